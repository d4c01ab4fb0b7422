"""What Prometheus reads."""

import os

from browser import Browser

DATABASE = os.environ.get("TEST_DATABASE", "sqlite")


async def scrape(browser: Browser, token: str | None = None) -> dict[str, float]:
    """Each series by its name and labels, as they are written."""
    headers = {"Authorization": f"Bearer {token}" if token else None}
    response = await browser.send("GET", "/metrics", headers=headers)
    assert response.status_code == 200
    return series(response.text)


def series(text: str) -> dict[str, float]:
    """Read the text format."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def changes(before: dict[str, float], after: dict[str, float], prefix: str) -> dict[str, float]:
    """How much each series whose name begins so has grown, where it has."""
    return {
        name.removeprefix(prefix): value - before.get(name, 0)
        for name, value in after.items()
        if name.startswith(prefix) and value != before.get(name, 0)
    }
