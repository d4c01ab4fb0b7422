"""GraphiQL's page and its files, as they are served; tests/browser uses them."""

import gzip
import re
from collections.abc import Iterator

import pytest
from apps import PRODUCTION, MakeApp
from browser import Browser, codes
from starlette.applications import Starlette
from starlette.routing import Mount

from authberry.server.graphiql.page import BUILT, POLICY

HTML = {"Accept": "text/html"}
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".ttf": "font/ttf",
}


def files() -> Iterator[str]:
    """What was built and is served by its own name."""
    yield from sorted(file.stem for file in BUILT.glob("*.gz"))


async def test_the_page_names_only_files_that_are_there(browser: Browser) -> None:
    """Relative to itself, so that it works under whatever path a host mounts it."""
    page = (await browser.send("GET", headers=HTML)).text
    named = re.findall(r'(?:src|href)="([^"]*)"', page)
    assert {name.partition("/")[0] for name in named} == {"data:,", "graphiql"}
    for name in named:
        if name != "data:,":
            assert (await browser.send("GET", f"/{name}")).status_code == 200
    assert "<script>" not in page
    assert "style=" not in page


async def test_a_file_is_served_as_what_it_is_and_kept_for_ever(browser: Browser) -> None:
    """Its name has a hash of what it holds."""
    assert {name.rpartition(".")[2] for name in files()} == {"css", "js", "ttf"}
    for name in files():
        response = await browser.send("GET", f"/graphiql/{name}")
        assert response.status_code == 200
        assert response.content == gzip.decompress((BUILT / f"{name}.gz").read_bytes())
        assert response.headers["content-encoding"] == "gzip"
        assert response.headers["content-type"] == TYPES[f".{name.rpartition('.')[2]}"]
        assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_a_file_is_unpacked_for_who_cannot(browser: Browser) -> None:
    """Which is no browser, but perhaps a proxy."""
    name = next(files())
    plain = {"Accept-Encoding": "identity"}
    response = await browser.send("GET", f"/graphiql/{name}", headers=plain)
    assert response.content == gzip.decompress((BUILT / f"{name}.gz").read_bytes())
    assert "content-encoding" not in response.headers
    assert response.headers["vary"] == "Accept-Encoding"


async def test_a_worker_may_load_nothing_and_ask_nobody(browser: Browser) -> None:
    """A worker has the policy of its own file."""
    for name in files():
        response = await browser.send("GET", f"/graphiql/{name}")
        policy = response.headers["content-security-policy"]
        assert policy == "default-src 'none'; frame-ancestors 'none'"


async def test_nothing_else_is_served_from_there(browser: Browser) -> None:
    """Neither what lies beside the files nor what lies elsewhere."""
    for name in (
        *(
            "index.html",
            f"{next(files())}.gz",
            "built-from.sha256",
            "__init__.py",
            "page-AAAAAAAA.js",
            "",
        ),
        *("..%2f__init__.py", "%2e%2e%2fpage%2fpackage.json", "..%5c__init__.py", "%00"),
    ):
        response = await browser.send("GET", f"/graphiql/{name}")
        assert response.status_code == 404, name
        assert codes(response) == ["BAD_REQUEST"]


async def test_the_files_are_there_where_the_page_is(make_app: MakeApp) -> None:
    """In production only if an operator wants it."""
    for settings, status in (
        (PRODUCTION, 404),
        ({**PRODUCTION, "graphiql": True, "introspection": True}, 200),
        ({"graphiql": False}, 404),
    ):
        browser = Browser(await make_app(**settings))
        assert (await browser.send("GET", f"/graphiql/{next(files())}")).status_code == status


async def test_the_page_and_its_files_are_found_below_a_path(make_app: MakeApp) -> None:
    """`Mount("/auth", create_app())`."""
    browser = Browser(Starlette(routes=[Mount("/auth", await make_app())]))
    page = await browser.send("GET", "/auth/graphql", headers=HTML)
    (script,) = re.findall(r'src="([^"]*)"', page.text)
    assert (await browser.send("GET", f"/auth/{script}")).status_code == 200


@pytest.mark.parametrize("source", ["script-src", "worker-src", "connect-src", "font-src"])
def test_the_policy_allows_nothing_but_our_own(source: str) -> None:
    """The one relaxation is for styles: the editor places each line by an inline one."""
    assert f" {source} 'self';" in POLICY
    assert POLICY.count("unsafe") == 1
    assert "style-src 'self' 'unsafe-inline';" in POLICY
