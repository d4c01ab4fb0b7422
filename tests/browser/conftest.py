"""Chromium, and what it looks at: what `nox -s browser` runs, and nothing else."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from apps import database_url, tables
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from processes import rules, serve, standing

__all__ = ["database_url", "rules", "serve", "standing", "tables"]

PICTURES = Path(__file__).parents[2] / "build/pictures"

Photograph = Callable[[Page, str], Awaitable[None]]


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium, without a window, until the last test has ended."""
    async with async_playwright() as playwright:
        # Without its sandbox, which root may not use: it sees no page but ours.
        browser = await playwright.chromium.launch(
            executable_path=os.environ["TEST_BROWSER"], chromium_sandbox=False
        )
        yield browser
        await browser.close()


@pytest.fixture
async def profile(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """Somebody's browser, with an empty cookie jar: its pages are tabs of one another."""
    context = await chromium.new_context()
    yield context
    await context.close()


@pytest.fixture
def photograph() -> Photograph:
    """Keep a picture of a page in `build/pictures`, where CI finds it."""

    async def take(page: Page, name: str) -> None:
        await page.screenshot(path=PICTURES / f"{name}.png")

    return take
