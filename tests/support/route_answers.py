"""What a host's plain routes are asked, and what they answer, whatever the framework."""

from collections.abc import Mapping
from typing import Any

import httpx
from browser import Browser

LINK = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "Accept": "text/html,application/xhtml+xml",
}
"""What a browser says of a click on a link in a mail."""


async def get(browser: Browser, path: str, **headers: str) -> httpx.Response:
    """Ask for a page, or for whatever the headers make of it."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await browser.send("GET", path, headers=named)


async def submit(
    browser: Browser,
    path: str,
    fields: Mapping[str, str] | None = None,
    headers: Mapping[str, str | None] | None = None,
) -> httpx.Response:
    """Submit a form of a page of the service's own."""
    sent = {"Origin": browser.origin, **(headers or {})}
    return await browser.send("POST", path, headers=sent, data=dict(fields or {}))


def refused(response: httpx.Response) -> tuple[int, str | None, str]:
    """The status of a refusal, its challenge and its code, wherever the framework has them."""
    facts = _facts(response.json())
    return response.status_code, response.headers.get("www-authenticate"), str(facts["code"])


def _facts(body: dict[str, Any]) -> dict[str, Any]:
    if "errors" in body:
        (error,) = body["errors"]
        return dict(error["extensions"])
    return dict(body["extra"] if "extra" in body else body["detail"])
