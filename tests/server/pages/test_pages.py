"""Our own pages, as they are served; tests/browser uses them."""

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Literal

import pytest
from apps import PRODUCTION, MakeApp
from browser import Browser, codes, data
from error_messages import Unknown, calls
from people import PASSWORD
from provider_buttons import PROVIDERS
from starlette.applications import Starlette
from starlette.routing import Mount

from authberry import Auth
from authberry.errors import ErrorCode
from authberry.events.history import SecurityEventKind
from authberry.links.pages import LinkPages
from authberry.models import OneTimeToken, User
from authberry.server.http.built_files import BuiltFiles
from authberry.server.pages.assets import BUILT, served
from authberry.server.pages.html import FOLDER as TEMPLATES
from authberry.server.pages.html import PAGES
from authberry.server.pages.routes import CHANGE_PASSWORD, POLICY
from authberry.server.pages.texts import FOLDER as TEXTS
from authberry.server.pages.texts import LANGUAGES, texts
from authberry.settings import LinkPurpose

SOURCES = Path(__file__).parents[3] / "server/frontend/pages"
TITLES = {"en": "Log in", "ko": "로그인"}
RESET = """
mutation ($token: String!, $newPassword: String!) {
  resetPassword(token: $token, newPassword: $newPassword) { __typename }
}"""


@pytest.fixture(params=PAGES)
def path(request: pytest.FixtureRequest) -> str:
    """Of each page in turn."""
    return f"/account/{request.param}"


async def html(browser: Browser, path: str, accepted: str | None = None) -> str:
    """What a page is made of."""
    page = await browser.send("GET", path, headers={"Accept-Language": accepted})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return page.text


def named(page: str) -> Iterator[str]:
    """Every address that a page names."""
    yield from re.findall(r'(?:src|href)="([^"]*)"', page)


# The answer


async def test_a_page_has_the_strictest_policy_and_is_not_kept(browser: Browser, path: str) -> None:
    """Nothing inline, nobody else's, in no frame, no form but by the script, no markup by it."""
    headers = (await browser.send("GET", path)).headers
    assert (
        headers["content-security-policy"]
        == POLICY
        == (
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
            " img-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none';"
            " require-trusted-types-for 'script'; trusted-types 'none'"
        )
    )
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "set-cookie" not in headers


async def test_a_page_names_only_what_is_there(browser: Browser, path: str) -> None:
    """Relative to itself, so that it works below whatever path; files may be kept for ever."""
    page = await html(browser, path)
    assert len(list(named(page))) >= 6
    for name in named(page):
        assert not re.match(r"[a-z]+:|/", name)
        found = await browser.send("GET", f"/account/{name}")
        assert found.status_code == 200, name
        if name.startswith("assets/"):
            assert found.headers["cache-control"] == "public, max-age=31536000, immutable"
            assert found.headers["x-content-type-options"] == "nosniff"
            assert found.headers["content-encoding"] == "gzip"
            assert found.content == gzip.decompress(packed(name))


def packed(name: str) -> bytes:
    """A file as it goes over the wire."""
    return (BUILT / f"{name.removeprefix('assets/')}.gz").read_bytes()


async def test_a_page_has_a_script_of_its_own_and_loads_at_once_what_that_needs(
    browser: Browser, path: str
) -> None:
    """Whatever a script imports is named by the page, so that no file waits for another.

    But for what it imports when that is used, which stands in brackets.
    """
    page = await html(browser, path)
    scripts = re.findall(r'<script type="module" src="([^"]*)"', page)
    preloaded = re.findall(r'<link rel="modulepreload" href="([^"]*)"', page)
    assert len(scripts) == 1
    assert scripts[0].startswith(f"assets/{path.rpartition('/')[2] or 'account'}-")
    imported = {
        f"assets/{name}"
        for script in (*scripts, *preloaded)
        for name in re.findall(r'(?<!\()"\./([^"]+\.js)"', gzip.decompress(packed(script)).decode())
    }
    assert set(preloaded) == imported


async def test_a_page_loads_no_more_script_than_it_uses(browser: Browser, path: str) -> None:
    """Compressed: those on which nobody logs in do without what keeps somebody logged in."""
    names = [name for name in named(await html(browser, path)) if name.endswith(".js")]
    loaded = sum(len(packed(name)) for name in names)
    most = {"": 16_000, "login": 11_300, "register": 11_300, "login-link": 10_500}
    most |= {"second-step": 11_200, "enroll": 12_000, "external": 11_300, "prove-account": 11_300}
    assert loaded < most.get(path.rpartition("/")[2], 4_100)


async def test_nothing_in_a_page_is_inline(browser: Browser, path: str) -> None:
    """Neither scripts nor styles, and no form says where it goes."""
    page = await html(browser, path)
    assert re.findall(r"<script[^>]*>[^<]+|<style|\sstyle=|\son\w+=|\saction=", page) == []


async def test_without_a_script_a_page_says_what_is_missing(browser: Browser, path: str) -> None:
    """Its forms are not shown before there is one."""
    page = await html(browser, path)
    assert '<noscript><p class="note">This page needs JavaScript.' in page
    shown = re.sub(r'<template.*?</template>|<div id="inside" hidden>.*', "", page, flags=re.DOTALL)
    assert all(" hidden" in form for form in re.findall(r"<form[^>]*>", shown))


async def test_a_page_is_only_read(browser: Browser, path: str) -> None:
    """HEAD is GET without the page; there is nothing to post to."""
    whole, head = await browser.send("GET", path), await browser.send("HEAD", path)
    ours = {"date", "x-request-id"}
    assert head.status_code == 200
    assert {**head.headers, **dict.fromkeys(ours)} == {**whole.headers, **dict.fromkeys(ours)}
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        refused = await browser.send(method, path)
        assert (refused.status_code, codes(refused)) == (405, ["BAD_REQUEST"])


async def test_there_are_no_other_pages_or_files(browser: Browser) -> None:
    """Nor what lies beside them."""
    for name in ("nowhere", "login/", "account.html", "assets/", "assets/x.svg"):
        assert (await browser.send("GET", f"/account/{name}")).status_code == 404, name
    ours = ("built.json", "login.js", "built-from.sha256", f"{served('login.js')}.gz")
    for name in (*ours, "..%2f__init__.py", "%2e%2e%2ftexts%2fen.json", "%00"):
        assert (await browser.send("GET", f"/account/assets/{name}")).status_code == 404, name


async def test_the_pages_can_be_switched_off(make_app: MakeApp) -> None:
    """For whoever has others; then there is nothing at all."""
    browser = Browser(await make_app(pages=False))
    for path in ("/account", *(f"/account/{name}" for name in PAGES), CHANGE_PASSWORD):
        assert (await browser.send("GET", path)).status_code == 404


# Languages


@pytest.mark.parametrize(
    ("accepted", "language"),
    [(None, "en"), ("ko", "ko"), ("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("fr, ko;q=0.5", "ko"),
     ("en, ko;q=0.5", "en"), ("fr", "en")],
)  # fmt: skip
async def test_a_page_is_in_the_language_that_the_browser_asks_for(
    browser: Browser, accepted: str | None, language: str
) -> None:
    """English where neither is wanted; caches are told what decides."""
    page = await browser.send("GET", "/account/login", headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{TITLES[language]}</h1>" in page.text
    assert page.headers["content-language"] == language
    assert page.headers["vary"] == "Accept-Language"


async def test_somebody_may_choose_another_language(browser: Browser, path: str) -> None:
    """By a link that is there in either, and then every page that is linked to is in it too."""
    page = await html(browser, f"{path}?lang=ko", "en")
    assert '<html lang="ko">' in page
    links = [name for name in named(page) if not name.startswith("assets/")]
    assert {"?lang=en", "?lang=ko"} < set(links)
    assert all(link.endswith("?lang=ko") for link in links if link != "?lang=en")


async def test_a_language_that_there_is_not_is_not_chosen(browser: Browser) -> None:
    """The browser's counts."""
    page = await html(browser, '/account/login?lang="><script>', "ko")
    assert '<html lang="ko">' in page
    assert "?lang=&" not in page
    assert page.count("<script") == 1


def test_every_language_says_everything() -> None:
    """The same texts, with the same to be filled in, and none that is empty."""
    assert {file.stem for file in TEXTS.iterdir()} == set(LANGUAGES)
    english, *others = (texts(language) for language in LANGUAGES)
    for other in others:
        for one, another in ((english.page, other.page), (english.script, other.script)):
            assert list(one) == list(another)
            for name, text in one.items():
                assert blanks(text) == blanks(another[name]), name
                assert another[name].strip()


def blanks(text: str) -> set[str]:
    """What has to be filled in."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_no_text_is_left_over() -> None:
    """Whatever is written is said somewhere."""
    templates = "".join(file.read_text("utf-8") for file in TEMPLATES.iterdir())
    said = set(re.findall(r"say\(['\"]([^'\"]+)", templates))
    of_pages = {
        f"{page or 'account'}.{part}" for page in PAGES for part in ("title", "about", "button")
    }
    assert said <= set(texts("en").page) <= said | of_pages


# What the script says


def test_every_code_has_a_text() -> None:
    """And whatever may be in the list of what happened lately; nothing else is in it."""
    script = set(texts("ko").script)
    assert {code.value for code in ErrorCode} <= script
    shown = {f"event.{kind.value}" for kind in SecurityEventKind}
    assert shown == {name for name in script if name.startswith("event.")}


def test_every_reason_to_refuse_a_password_has_a_text() -> None:
    """The API gives it in English, whoever the code is that does."""
    told = {re.sub("<.*>", "{number}", reason) for reason in reasons()}
    assert len(told) > 4
    assert told <= set(texts("ko").script)


def reasons() -> Iterator[str]:
    """Each that stands somewhere in the rules."""
    for call in calls("WeakPassword"):
        for made in call.arguments if call.file.startswith("auth/") else ():
            if isinstance(made, Unknown):
                yield from made.texts
            elif isinstance(made, list):
                yield from made


async def test_every_form_has_something_to_do(make_app: MakeApp, path: str) -> None:
    """What it is called after, in the script of its page; and no script does what no form asks."""
    browser = Browser(await make_app(providers=PROVIDERS))
    acts = set(re.findall(r'data-act="(\w+)"', await html(browser, path)))
    source = (SOURCES / f"{path.rpartition('/')[2] or 'account'}.ts").read_text("utf-8")
    (begun,) = re.findall(r"^begin\(\{([\w\s,]+)\}\);$", source, re.MULTILINE)
    assert acts - {"requestEmailVerification"} == set(re.findall(r"\w+", begun))


def test_what_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    """In a checkout that was not installed."""
    with pytest.raises(RuntimeError, match=r"not built.*`node bundle\.mjs` in server/frontend"):
        BuiltFiles(tmp_path).find("built.json")


# Links


async def test_every_link_leads_to_a_page_that_is_there(auth: Auth) -> None:
    """With its token where no browser sends it."""
    links = LinkPages(auth.settings)
    for purpose in LinkPurpose:
        page, _, fragment = links.to(purpose, "a-token").partition("#")
        assert page.removeprefix("http://127.0.0.1:8000/account/") in PAGES
        assert fragment == "token=a-token"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_opening_a_link_uses_nothing_up(
    auth: Auth, ada: User, browser: Browser, method: str
) -> None:
    """However often, and even with the token where it does not belong."""
    token = await auth.links.tokens.issue(ada, LinkPurpose.RESET_PASSWORD)
    with auth.database.use():
        before = await OneTimeToken.all().values()
    for name in PAGES:
        for _ in range(2):
            opened = await browser.send(method, f"/account/{name}?token={token}#token={token}")
            assert opened.status_code == 200
            assert token not in opened.text
    with auth.database.use():
        assert await OneTimeToken.all().values() == before
    answer = await browser.ask(
        RESET, token=None, variables={"token": token, "newPassword": PASSWORD + "!"}
    )
    assert data(answer) == {"__typename": "PasswordReset"}


# Where it is


async def test_the_pages_are_found_below_a_path(make_app: MakeApp) -> None:
    """`Mount("/auth", create_app())`, from the bare address on."""
    browser = Browser(Starlette(routes=[Mount("/auth", await make_app())]))
    bare = await browser.send("GET", "/auth/account", headers={"Host": "evil.example"})
    assert (bare.status_code, bare.headers["location"]) == (308, "account/")
    page = await html(browser, "/auth/account/")
    for name in named(page):
        assert (await browser.send("GET", f"/auth/account/{name}")).status_code == 200


async def test_password_managers_find_the_form(browser: Browser) -> None:
    """At the root of an origin, whatever its host is called."""
    found = await browser.send("GET", CHANGE_PASSWORD, headers={"Host": "evil.example"})
    assert (found.status_code, found.headers["location"]) == (302, "/account/#password")
    assert 'id="password"' in await html(browser, "/account/")


async def test_below_a_path_the_root_is_somebody_elses(make_app: MakeApp) -> None:
    """So nothing there is answered for it."""
    app = await make_app()
    mounted = Browser(Starlette(routes=[Mount("/auth", app)]))
    assert (await mounted.send("GET", f"/auth{CHANGE_PASSWORD}")).status_code == 404
    behind = Browser(await make_app(public_url="https://example.com/auth"))
    assert (await behind.send("GET", CHANGE_PASSWORD)).status_code == 404


# What is offered


async def test_what_the_settings_do_not_allow_is_not_offered(make_app: MakeApp) -> None:
    """No account where registration is closed, no link by mail where none is sent."""
    browser = Browser(await make_app(**PRODUCTION, registration="closed", email_verification="off"))
    assert 'data-act="register"' not in await html(browser, "/account/register")
    page = await html(browser, "/account/login")
    assert re.findall(r'data-act="(\w+)"', page) == ["login", "loginWithPasskey"]
    assert [name for name in named(page) if "assets" not in name] == ["?lang=en", "?lang=ko"]
    account = re.findall(r'data-act="(\w+)"', await html(browser, "/account/"))
    assert "requestEmailChange" not in account
    assert "accountExport" in account


@pytest.mark.parametrize(
    ("public_url", "hosts", "is_elsewhere"),
    [
        ("http://127.0.0.1:8000", "localhost", True),
        ("http://[::1]:8000/auth", "localhost", True),
        ("http://192.0.2.1:8000", "", False),
        ("http://auth.example.com:8000", "auth.example.com", False),
    ],
)
async def test_a_page_knows_at_which_hosts_passkeys_are(
    make_app: MakeApp, public_url: str, hosts: str, *, is_elsewhere: bool
) -> None:
    """And leads there, if that is this machine, by its name and not by its address."""
    browser = Browser(await make_app(public_url=public_url))
    for name in ("", "login", "second-step", "enroll"):
        page = await html(browser, f"/account/{name}")
        assert re.findall(r'data-passkeys="([^"]*)"', page) == [hosts]
        assert ("data-elsewhere" in page) == is_elsewhere


@pytest.mark.parametrize("transport", ["COOKIE", "SESSION"])
async def test_a_page_knows_how_its_logins_are_held(
    make_app: MakeApp, transport: Literal["COOKIE", "SESSION"], path: str
) -> None:
    """As the service wants it."""
    page = await html(Browser(await make_app(pages_transport=transport)), path)
    assert re.findall(r'data-transport="([^"]*)"', page) == [transport]


async def test_the_service_is_called_what_it_is_called(make_app: MakeApp) -> None:
    """Escaped, like whatever is written into a page."""
    browser = Browser(await make_app(service_name="Bonnie & <Clyde>"))
    page = await html(browser, "/account/login")
    assert "<title>Log in · Bonnie &amp; &lt;Clyde&gt;</title>" in page


def test_the_catalogues_are_json_with_nothing_twice() -> None:
    """A text that is written twice would be one that is never said."""
    for file in TEXTS.iterdir():
        pairs: list[str] = []

        def keep(found: list[tuple[str, object]], pairs: list[str] = pairs) -> dict[str, object]:
            pairs += [name for name, value in found if isinstance(value, str)]
            return dict(found)

        json.loads(file.read_text("utf-8"), object_pairs_hook=keep)
        assert len(pairs) == len(texts(file.stem).page) + len(texts(file.stem).script)
