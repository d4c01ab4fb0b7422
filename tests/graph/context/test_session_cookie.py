"""A session that a cookie stands for by itself: begun, asked with, and ended."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, codes, cookie_names, cookie_set, data, errors, set_cookies
from documents import LOGIN, LOGOUT, ME, REFRESH_TOKEN, REVOKE_SESSION, SESSIONS, UPDATE_PROFILE
from every_log import EveryRecord, every_log
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, begin
from rows import everything

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.models import User
from authberry.tokens import RefreshTokenCodec

__all__ = ["every_log"]

SESSION = RefreshTokenTransport.SESSION
NAME = "authberry_session"
ADA = {"email": "ada@example.com", "password": PASSWORD}
NINETY_DAYS = 7_776_000
TWO_PEOPLE = "The access token and the session cookie are of different people."

SHAPES: list[tuple[Mapping[str, object], str, str]] = [
    ({}, NAME, "HttpOnly; Max-Age=7776000; Path=/; SameSite=lax"),
    (PRODUCTION, "__Host-session", "HttpOnly; Max-Age=7776000; Path=/; SameSite=lax; Secure"),
    (
        {**PRODUCTION, "cookie_path": "/graphql"},
        "__Host-session",
        "HttpOnly; Max-Age=7776000; Path=/; SameSite=lax; Secure",
    ),
    (
        {**PRODUCTION, "cookie_domain": "example.com"},
        "__Secure-session",
        "Domain=example.com; HttpOnly; Max-Age=7776000; Path=/; SameSite=lax; Secure",
    ),
    (
        {**PRODUCTION, "cookie_samesite": "none"},
        "__Host-session",
        "HttpOnly; Max-Age=7776000; Path=/; SameSite=none; Secure",
    ),
    (
        {**PRODUCTION, "cookie_name": "__Host-session"},
        "__Host-authberry_session",
        "HttpOnly; Max-Age=7776000; Path=/; SameSite=lax; Secure",
    ),
]


async def log_in(browser: Browser) -> str:
    """Log in, and return what the cookie holds."""
    response = await browser.ask(LOGIN, ADA, transport="SESSION")
    assert data(response)["__typename"] == "AuthPayload"
    return cookie_set(response).value


@pytest.mark.parametrize(("settings", "name", "attributes"), SHAPES)
async def test_a_login_sets_one_cookie_and_a_logout_deletes_it(
    make_app: MakeApp, settings: Mapping[str, object], name: str, attributes: str
) -> None:
    """For as long as the session can live at most; with the same attributes both times."""
    app = await make_app(**settings)
    await person(app.state.auth, "ada@example.com")
    browser = Browser(app, url=app.state.auth.settings.public_url)

    login = await browser.ask(LOGIN, ADA, transport="SESSION")

    value = cookie_set(login).value
    assert set_cookies(login) == [f"{name}={value}; {attributes}"]
    assert data(await browser.ask(ME))["email"] == "ada@example.com"
    deletion = attributes.replace(f"Max-Age={NINETY_DAYS}", "Max-Age=0")
    assert set_cookies(await browser.ask(LOGOUT)) == [f'{name}=""; {deletion}']
    browser.keep(name, value)
    assert codes(await browser.ask(ME)) == ["UNAUTHENTICATED"]


async def test_the_cookie_s_secret_is_in_no_body_row_or_log(
    auth: Auth, browser: Browser, ada: User, every_log: EveryRecord, tmp_path: Path
) -> None:
    """Not when it is set, not when it is asked with, and not when it is refused."""
    login = await browser.ask(LOGIN, ADA, transport="SESSION")
    value = cookie_set(login).value
    asked = await browser.ask(SESSIONS)
    token = await browser.ask(REFRESH_TOKEN)
    browser.keep(NAME, value[:-4] + "AAAA")
    refused = await browser.ask(ME)
    browser.keep(NAME, value)
    ended = await browser.ask(LOGOUT)
    secret = RefreshTokenCodec(auth.settings.secrets, "session cookie").open(value).secret
    for answer in (login, asked, token, refused, ended):
        assert value not in answer.text
    for text in (str(await everything(auth)), *every_log.lines):
        assert value not in text
        assert secret.hex() not in text
    assert data(login)["refreshToken"] is None
    assert data(token)["refreshToken"] is None


async def test_queries_and_mutations_are_answered_by_the_cookie_alone(
    browser: Browser, ada: User
) -> None:
    """As for an access token; and no answer sets a cookie or may be kept by a cache."""
    await log_in(browser)
    for response in (
        await browser.ask(ME),
        await browser.ask(SESSIONS),
        await browser.ask(UPDATE_PROFILE, {"name": "Countess"}),
    ):
        assert not errors(response)
        assert set_cookies(response) == []
        assert response.headers["cache-control"] == "no-store"
    assert data(await browser.ask(ME))["name"] == "Countess"


async def test_a_get_answers_queries_and_changes_nothing(browser: Browser, ada: User) -> None:
    """Where GET is on, which is in development."""
    await log_in(browser)
    answer = await browser.send("GET", params={"query": ME})
    assert data(answer)["email"] == "ada@example.com"
    mutation = 'mutation { updateProfile(name: "Countess") { __typename } }'
    assert (await browser.send("GET", params={"query": mutation})).status_code == 405
    assert data(await browser.ask(ME))["name"] == "Ada"


async def test_fifty_who_ask_at_once_are_all_answered_and_change_nothing(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """A page that is rendered in fifty pieces; whoever asks behind a logout is nobody."""
    value = await log_in(browser)
    before = await everything(auth)
    answers = await asyncio.gather(*(browser.ask(ME) for _ in range(50)))
    assert {data(answer)["email"] for answer in answers} == {"ada@example.com"}
    assert [set_cookies(answer) for answer in answers] == [[]] * 50
    assert await everything(auth) == before
    await browser.ask(LOGOUT)
    browser.keep(NAME, value)
    answers = await asyncio.gather(*(browser.ask(ME) for _ in range(50)))
    assert [codes(answer) for answer in answers] == [["UNAUTHENTICATED"]] * 50
    assert [set_cookies(answer) for answer in answers] == [[]] * 50


async def test_the_session_is_listed_and_ended_from_another_device(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """As every other."""
    await log_in(browser)
    (session,) = data(await browser.ask(SESSIONS))
    assert (session["current"], session["userAgent"]) == (True, "Firefox")
    phone = await begin(auth, ada)
    token = phone.access_token.value
    laptop = Browser(browser.app)
    ended = await laptop.ask(REVOKE_SESSION, {"id": session["id"]}, token=token)
    assert data(ended)["count"] == 1
    assert codes(await browser.ask(ME)) == ["UNAUTHENTICATED"]


async def test_an_access_token_for_other_services_leaves_the_cookie_as_it_is(
    browser: Browser, ada: User
) -> None:
    """As often as it is asked for."""
    value = await log_in(browser)
    for _ in range(2):
        response = await browser.ask(REFRESH_TOKEN)
        assert set_cookies(response) == []
        token = data(response)["accessToken"]
        alone = Browser(browser.app)
        assert data(await alone.ask(ME, token=token))["email"] == "ada@example.com"
    assert browser.cookies == {NAME: value}


async def test_a_dead_cookie_gets_no_access_token_and_is_left_alone(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """The answer may arrive behind that of a login, whose cookie it would delete."""
    await log_in(browser)
    await auth.sessions.revocation.revoke_everyone(BROWSER)
    response = await browser.ask(REFRESH_TOKEN)
    assert data(response)["code"] == "SESSION_REVOKED"
    assert set_cookies(response) == []


async def test_a_token_goes_first_and_must_be_of_the_same_person(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """Whoever sends two people's proofs is answered as neither."""
    await log_in(browser)
    grace = await person(auth, "grace@example.com")
    hers, his = await begin(auth, grace), await begin(auth, ada)
    assert data(await browser.ask(ME, token=his.access_token.value))["email"] == "ada@example.com"
    assert codes(await browser.ask(ME, token="nonsense")) == ["UNAUTHENTICATED"]
    both = await browser.ask(ME, token=hers.access_token.value)
    assert codes(both) == ["BAD_REQUEST"]
    assert TWO_PEOPLE in json.loads(both.text)["errors"][0]["message"]
    change = await browser.ask(UPDATE_PROFILE, {"name": "X"}, token=hers.access_token.value)
    assert codes(change) == ["BAD_REQUEST"]
    # One that stands for nobody any more is no person.
    await auth.sessions.revocation.revoke_all(ada.id, BROWSER, reason="test")
    alone = await browser.ask(ME, token=hers.access_token.value)
    assert data(alone)["email"] == "grace@example.com"


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("COOKIE", "SESSION", {NAME}), ("SESSION", "COOKIE", {"refresh_token"})],
)
async def test_a_browser_holds_one_of_the_two(
    browser: Browser, ada: User, first: str, second: str, kept: set[str]
) -> None:
    """Who it is does not depend on how it asks."""
    await browser.ask(LOGIN, ADA, transport=first)
    response = await browser.ask(LOGIN, ADA, transport=second)
    assert set(browser.cookies) == kept
    assert sorted(cookie_names(response).values()) == [False, True, True]


async def test_neither_token_is_good_as_the_other(
    auth: Auth, browser: Browser, ada: User, in_browser: Issued
) -> None:
    """They look alike, and are made under other keys."""
    refresh = in_browser.refresh_token
    browser.forget()
    cookie = await log_in(browser)
    browser.forget()
    browser.keep(NAME, refresh)
    assert codes(await browser.ask(ME)) == ["UNAUTHENTICATED"]
    browser.forget()
    browser.keep("refresh_token", cookie)
    assert data(await browser.ask(REFRESH_TOKEN))["code"] == "REFRESH_TOKEN_INVALID"
    by_argument = await browser.ask(REFRESH_TOKEN, refreshToken=cookie)
    assert data(by_argument)["code"] == "REFRESH_TOKEN_INVALID"


async def test_another_s_cookie_of_the_name_is_left_alone(browser: Browser, ada: User) -> None:
    """Over http there is no prefix that keeps others from it."""
    browser.keep(NAME, "eyJjYXJ0IjpbXX0.signed")
    assert codes(await browser.ask(ME)) == ["UNAUTHENTICATED"]
    response = await browser.ask(LOGOUT)
    assert data(response)["ok"] is True
    assert set_cookies(response) == []


async def test_the_cookie_s_session_lives_on_while_it_is_used(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """Within its limits, which nobody lengthens by reading."""
    await log_in(browser)
    for _ in range(6):
        clock.tick(13 * 86_400)
        assert data(await browser.ask(ME))["email"] == "ada@example.com"
    clock.tick(13 * 86_400)
    assert codes(await browser.ask(ME)) == ["UNAUTHENTICATED"]
