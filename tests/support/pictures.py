"""Pictures of pages, in `build/pictures`, where CI finds them."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page

PICTURES = Path(__file__).parents[2] / "build/pictures"

Photograph = Callable[[Page, str], Awaitable[None]]


async def photograph(page: Page, name: str) -> None:
    """Keep a picture of what the page looks like now."""
    await page.screenshot(path=PICTURES / f"{name}.png")
