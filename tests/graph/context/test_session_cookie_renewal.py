"""A session's cookie is another after a proof: who holds the one before it, and for how long."""

import asyncio

import pytest
from apps import MakeApp, person
from browser import Browser, codes, cookie_set, data, set_cookies
from documents import CHANGE_PASSWORD, ME, REFRESH_TOKEN, SESSIONS
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, begin
from rows import session_row
from second_factors import REAUTHENTICATE, UNLIMITED, with_app

from authberry import Auth, RefreshTokenTransport
from authberry.models import User

NAME = "authberry_session"
NEW_PASSWORD = "another horse, another staple"
SESSION = "{ session { id acr amr } }"
CHANGE = """
mutation($newPassword: String!) {
  changePassword(newPassword: $newPassword) { __typename ... on AuthPayload { refreshToken } }
}"""
"""Without the old one: for who has just proved who they are."""


@pytest.fixture
async def holding(auth: Auth, browser: Browser, ada: User) -> str:
    """What the cookie of a browser holds in which Ada has been logged in for an hour."""
    session = await begin(auth, ada, transport=RefreshTokenTransport.SESSION)
    browser.keep(NAME, session.refresh_token)
    return session.refresh_token


async def holder(browser: Browser, value: str) -> Browser:
    """Somebody with a copy of a cookie."""
    other = Browser(browser.app)
    other.keep(NAME, value)
    return other


async def prove(browser: Browser, **proof: object) -> str:
    """Prove once more who one is; returns what the cookie holds now."""
    response = await browser.ask(REAUTHENTICATE, proof=proof)
    assert data(response)["__typename"] == "AuthPayload", response.text
    return cookie_set(response).value


async def test_a_proof_sets_another_cookie_for_the_same_session(
    auth: Auth, browser: Browser, holding: str, clock: FrozenClock
) -> None:
    """Which knows of the proof."""
    before = data(await browser.ask(SESSIONS))
    clock.tick(3600)
    assert codes(await browser.ask(CHANGE, {"newPassword": NEW_PASSWORD})) == ["UNAUTHENTICATED"]
    after = await prove(browser, password=PASSWORD)
    assert after != holding
    assert [one["id"] for one in data(await browser.ask(SESSIONS))] == [before[0]["id"]]
    changed = await browser.ask(CHANGE, {"newPassword": NEW_PASSWORD})
    assert data(changed)["__typename"] == "AuthPayload"


async def test_who_asked_just_before_a_proof_is_answered_without_it(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """A page in the middle of being rendered; what it may not do is what the proof was for."""
    phone = await with_app(auth, ada)
    begun = await begin(auth, ada, transport=RefreshTokenTransport.SESSION)
    holding = begun.refresh_token
    browser.keep(NAME, holding)
    clock.tick(3600)
    await prove(browser, totpCode=phone.next_code(clock.tick))
    assert data(await browser.ask(SESSION))["acr"] == "aal2"
    before = await holder(browser, holding)
    assert data(await before.ask(ME))["email"] == "ada@example.com"
    refused = await before.ask(CHANGE, {"newPassword": NEW_PASSWORD})
    assert codes(refused) == ["UNAUTHENTICATED"]
    assert "STEP_UP_REQUIRED" in refused.text
    clock.tick(31)
    assert codes(await before.ask(ME)) == ["UNAUTHENTICATED"]
    assert set_cookies(await before.ask(ME)) == []
    assert data(await browser.ask(ME))["email"] == "ada@example.com"


@pytest.mark.parametrize("window", [0, 30])
async def test_the_one_before_that_is_answered_by_no_window(
    make_app: MakeApp, clock: FrozenClock, window: int
) -> None:
    """A token two proofs old is nobody's; it ends nothing either, since reading changes nothing."""
    app = await make_app(refresh_window=window)
    auth: Auth = app.state.auth
    ada = await person(auth, "ada@example.com")
    first = await begin(auth, ada, transport=RefreshTokenTransport.SESSION)
    browser = Browser(app)
    browser.keep(NAME, first.refresh_token)
    second = await prove(browser, password=PASSWORD)
    third = await prove(browser, password=PASSWORD)
    assert [
        codes(await (await holder(browser, value)).ask(ME))
        for value in (first.refresh_token, second, third)
    ] == [["UNAUTHENTICATED"], [], []]
    clock.tick(5 if window == 0 else 30)
    assert codes(await (await holder(browser, second)).ask(ME)) == ["UNAUTHENTICATED"]
    assert codes(await (await holder(browser, third)).ask(ME)) == []


async def test_two_tabs_that_prove_it_at_once_end_with_the_same_cookie(
    auth: Auth, browser: Browser, holding: str, clock: FrozenClock
) -> None:
    """Whichever answer arrives last, the jar holds what is good."""
    clock.tick(3600)
    tabs = [await holder(browser, holding) for _ in range(2)]
    first, second = await asyncio.gather(*(prove(tab, password=PASSWORD) for tab in tabs))
    assert first == second
    clock.tick(60)
    assert data(await tabs[0].ask(ME))["email"] == "ada@example.com"


async def test_a_new_password_leaves_nothing_of_the_cookie_before(
    auth: Auth, browser: Browser, holding: str
) -> None:
    """At once, and the session has another id; the browser goes on with what it was given."""
    before = data(await browser.ask(SESSION))["id"]
    change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    response = await browser.ask(CHANGE_PASSWORD, change)
    assert cookie_set(response).value != holding
    assert data(response)["refreshToken"] is None
    assert data(await browser.ask(SESSION))["id"] != before
    stale = await (await holder(browser, holding)).ask(ME)
    assert codes(stale) == ["UNAUTHENTICATED"]
    assert set_cookies(stale) == []
    refused = await (await holder(browser, holding)).ask(REFRESH_TOKEN)
    assert data(refused)["code"] == "SESSION_REVOKED"
    assert set_cookies(refused) == []


async def test_a_proof_by_an_access_token_alone_sets_the_cookie_too(
    auth: Auth, browser: Browser, holding: str, clock: FrozenClock
) -> None:
    """Nobody knows then what it held before, so that this is over at once."""
    token = data(await browser.ask(REFRESH_TOKEN))["accessToken"]
    alone = Browser(browser.app)
    response = await alone.ask(REAUTHENTICATE, token=token, proof={"password": PASSWORD})
    assert alone.cookies == {NAME: cookie_set(response).value}
    assert data(await alone.ask(ME))["email"] == "ada@example.com"
    assert codes(await browser.ask(ME)) == ["UNAUTHENTICATED"]


async def test_a_proof_from_another_site_changes_nothing(
    auth: Auth, browser: Browser, holding: str
) -> None:
    """Its answer would set a cookie."""
    token = data(await browser.ask(REFRESH_TOKEN))["accessToken"]
    elsewhere = {"Origin": "https://evil.example"}
    alone = Browser(browser.app)
    response = await alone.ask(
        REAUTHENTICATE, token=token, proof={"password": PASSWORD}, headers=elsewhere
    )
    assert codes(response) == ["CROSS_SITE_REQUEST"]
    assert data(await browser.ask(ME))["email"] == "ada@example.com"


async def test_fifty_who_ask_while_it_is_proved_are_all_answered(
    make_app: MakeApp, clock: FrozenClock
) -> None:
    """At any moment of it: nobody is logged out, and nothing fails."""
    app = await make_app(**UNLIMITED)
    auth: Auth = app.state.auth
    ada = await person(auth, "ada@example.com")
    issued = await begin(auth, ada, transport=RefreshTokenTransport.SESSION)
    browser = Browser(app)
    browser.keep(NAME, issued.refresh_token)
    for _ in range(3):
        value = browser.cookies[NAME]
        assert value
        page = await holder(browser, value)
        asking = [asyncio.create_task(page.ask(ME)) for _ in range(25)]
        proving = asyncio.create_task(prove(browser, password=PASSWORD))
        asking += [asyncio.create_task(page.ask(ME)) for _ in range(25)]
        answers = await asyncio.gather(*asking)
        await proving
        assert {answer.status_code for answer in answers} == {200}
        assert {data(answer)["email"] for answer in answers} == {"ada@example.com"}
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (3, None)
    await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    assert codes(await browser.ask(ME)) == ["UNAUTHENTICATED"]
