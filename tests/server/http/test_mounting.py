"""In a host's application: nothing to write but `Mount("/auth", create_app(settings))`."""

from collections.abc import Callable

import pytest
from apps import PRODUCTION
from browser import Browser, codes, cookie_set, data, set_cookies
from documents import LOGOUT, ME, REFRESH_TOKEN, REGISTER
from log_lines import LogLines
from mounted import ADA, HOST, HOSTS, MakeOurs, _loop_ends, end_loop, mounted, ours
from starlette.applications import Starlette

from authberry.server.oauth import METADATA
from authberry.tokens.jose import read_unverified

__all__ = ["_loop_ends", "ours"]


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize("path", ["/auth", "/api/v1/auth"])
async def test_people_log_in_through_a_mount_that_nobody_opened(
    ours: MakeOurs, kind: Callable[..., Starlette], path: str
) -> None:
    """The first request opens it; the cookie goes back to it, and to nothing else of the host's."""
    browser = Browser(mounted(ours(), path, kind), url=HOST + path)

    registered = await browser.ask(REGISTER, ADA)

    cookie = cookie_set(registered)
    assert (cookie.key, cookie["path"]) == ("refresh_token", path)
    for elsewhere in ("/", "/authority"):
        assert (await browser.send("GET", HOST + elsewhere)).json() == {"cookies": {}}
    refreshed = data(await browser.ask(REFRESH_TOKEN))
    assert refreshed["__typename"] == "AuthPayload"
    token = refreshed["accessToken"]
    assert data(await browser.ask(ME, token=token))["email"] == "ada@example.com"
    assert data(await browser.ask(LOGOUT)) == {"__typename": "LoggedOut", "ok": True}
    assert browser.cookies == {}
    assert codes(await browser.ask(ME, token=token)) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("kind", HOSTS)
async def test_every_route_is_below_the_path(
    ours: MakeOurs, kind: Callable[..., Starlette]
) -> None:
    """And what is nowhere is refused as JSON inside, and as the host does outside."""
    browser = Browser(mounted(ours(), kind=kind), url=f"{HOST}/auth")
    page = await browser.send("GET", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    keys = await browser.send("GET", "/.well-known/jwks.json")
    assert [key["alg"] for key in keys.json()["keys"]] == ["ES256"]
    for path in ("/health/live", "/health/ready"):
        assert (await browser.send("GET", path)).json() == {"status": "ok"}
    nowhere = await browser.send("GET", "/nowhere")
    assert (nowhere.status_code, codes(nowhere)) == (404, ["BAD_REQUEST"])
    outside = await browser.send("GET", f"{HOST}/nowhere")
    assert outside.status_code == 404
    assert "x-request-id" not in outside.headers
    assert "errors" not in outside.text


async def test_the_issuer_follows_the_mount(ours: MakeOurs) -> None:
    """Where no public URL is set, as in development: tokens and metadata name the path."""
    app = ours()
    browser = Browser(mounted(app, "/api/auth"), url=f"{HOST}/api/auth")
    token = data(await browser.ask(REGISTER, ADA))["accessToken"]
    claims = read_unverified(token)[1]
    assert (claims["iss"], claims["aud"]) == (f"{HOST}/api/auth", f"{HOST}/api/auth")
    described = (await browser.send("GET", METADATA)).json()
    assert described["issuer"] == f"{HOST}/api/auth"
    keys = await browser.send("GET", described["jwks_uri"])
    assert keys.json()["keys"][0]["kid"] == read_unverified(token)[0]["kid"]


async def test_a_public_url_says_it_beforehand(ours: MakeOurs, log: LogLines) -> None:
    """In production it has to be set; with the mount's path in it all is well, and nothing said."""
    log.start()
    url = "https://api.example.com/auth"
    browser = Browser(mounted(ours(**{**PRODUCTION, "public_url": url})), url=url)
    registered = await browser.ask(REGISTER, ADA)
    (header,) = set_cookies(registered)
    name, _, attributes = header.partition("=")
    assert name == "__Secure-refresh_token"
    assert attributes.partition("; ")[2] == (
        "HttpOnly; Max-Age=1209600; Path=/auth; SameSite=strict; Secure"
    )
    assert read_unverified(data(registered)["accessToken"])[1]["iss"] == url
    assert [record for record in log.records if record["level"] == "warning"] == []


@pytest.mark.one_process("each says it once")
async def test_a_public_url_without_the_path_is_said_to_lack_it(
    ours: MakeOurs, log: LogLines
) -> None:
    """Once, with the setting and what to set it to; the tokens stay as they were configured."""
    log.start()
    app = ours(**PRODUCTION)
    browser = Browser(mounted(app), url=f"{PRODUCTION['public_url']}/auth")
    for _ in range(3):
        await browser.ask("{ __typename }")
    await end_loop()
    await browser.ask("{ __typename }")
    (warning,) = (record for record in log.records if record["level"] == "warning")
    assert warning["event"] == "the public URL is not where the application is mounted"
    assert warning["setting"] == "AUTHBERRY_PUBLIC_URL"
    assert warning["expected"] == "https://auth.example.com/auth"
    assert app.state.auth.settings.public_url == "https://auth.example.com"


@pytest.mark.one_process("each says it once")
async def test_a_cookie_that_does_not_reach_the_mount_is_said_not_to(
    ours: MakeOurs, log: LogLines
) -> None:
    """Where nobody has said beforehand what the path would be, so that no doctor could."""
    log.start()
    browser = Browser(mounted(ours(cookie_path="/graphql")), url=f"{HOST}/auth")
    await browser.ask("{ __typename }")
    (warning,) = (record for record in log.records if record["level"] == "warning")
    assert warning["setting"] == "AUTHBERRY_COOKIE_PATH"
    assert warning["cause"] == (
        "does not cover /auth/graphql, so browsers do not send the cookie there"
    )


async def test_a_proxy_may_take_the_path_away(ours: MakeOurs, log: LogLines) -> None:
    """Then only the public URL knows of it, and nothing is amiss."""
    log.start()
    browser = Browser(ours(public_url="https://api.example.com/auth"), url="https://127.0.0.1:8000")
    registered = await browser.ask(REGISTER, ADA)
    assert cookie_set(registered)["path"] == "/auth"
    assert [record for record in log.records if record["level"] == "warning"] == []


async def test_what_is_served_at_the_root_stays_at_the_root(ours: MakeOurs) -> None:
    """No mount, no path."""
    registered = await Browser(ours()).ask(REGISTER, ADA)
    assert cookie_set(registered)["path"] == "/"
    assert read_unverified(data(registered)["accessToken"])[1]["iss"] == HOST
