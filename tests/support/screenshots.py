"""Screenshots of pages, in `build/pictures`, where CI finds them."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from playwright.async_api import Page

SCREENSHOTS = Path(__file__).parents[2] / "build/pictures"

TakeScreenshot = Callable[..., Awaitable[None]]


async def take_screenshot(page: Page, name: str, *, whole: bool = False) -> None:
    """Save what the page looks like now: what is to be seen of it, or the whole of it."""
    await page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=whole)
