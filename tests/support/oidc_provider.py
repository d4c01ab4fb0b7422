"""Providers that are not ours, from npm: one that is certified, and one whose tokens lie."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from node import NODE
from program import Program

from bench.local_servers import free_port

SOURCES = Path(__file__).parents[1] / "auth/providers/strangers"
CLIENT_ID, CLIENT_SECRET = "authberry", "a secret of the client's, for tests".replace(" ", "-")


@contextmanager
def oidc_provider(folder: Path, redirect_uris: Sequence[str], **environment: str) -> Iterator[str]:
    """Run `oidc-provider`, from a folder where it is installed, for us; yields its issuer."""
    client = {
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "redirect_uris": list(redirect_uris),
    }
    with _running(
        folder, "oidc-provider.mjs", {"CLIENTS": json.dumps([client]), **environment}
    ) as url:
        yield url


@contextmanager
def mock_server(folder: Path) -> Iterator[str]:
    """Run `oauth2-mock-server`; yields its issuer."""
    with _running(folder, "mock-server.mjs", {}) as url:
        yield url


@contextmanager
def _running(folder: Path, name: str, environment: dict[str, str]) -> Iterator[str]:
    port = free_port()
    with Program(
        [NODE, folder / name], folder, {"PORT": str(port), **environment}, port
    ) as running:
        yield running.url


async def log_in_there(url: str, account: str) -> dict[str, str]:
    """Do what a person does there; returns the query that their browser brings back."""
    async with httpx.AsyncClient() as browser:
        answer = await browser.get(url)
        for _ in range(10):
            if answer.is_redirect:
                location = urljoin(str(answer.url), answer.headers["Location"])
                query = parse_qs(urlsplit(location).query)
                if {"state", "code"} <= query.keys() or {"state", "error"} <= query.keys():
                    return {name: values[0] for name, values in query.items()}
                answer = await browser.get(location)
                continue
            answer = await _submit(browser, answer, account)
    raise AssertionError("it never came back")


async def _submit(browser: httpx.AsyncClient, page: httpx.Response, account: str) -> httpx.Response:
    """Fill the form of a page in, or refuse where the account is none."""
    assert page.status_code == httpx.codes.OK, page.text
    if not account:
        (abort,) = re.findall(r'href="([^"]+/abort)"', page.text)
        return await browser.get(urljoin(str(page.url), abort))
    (action,) = re.findall(r'<form[^>]+action="([^"]+)"', page.text)
    (prompt,) = re.findall(r'name="prompt" value="(\w+)"', page.text)
    form = {"prompt": prompt, "login": account, "password": "x"}
    return await browser.post(urljoin(str(page.url), action), data=form)
