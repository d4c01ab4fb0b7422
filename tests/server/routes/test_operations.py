"""A form logs in, goes on and logs out by GraphQL in the same request."""

import httpx
import pytest
from browser import Browser, cookie_names, set_cookies
from frozen_clock import FrozenClock
from people import PASSWORD, begin
from route_answers import LINK, get, refused, submit
from second_factors import live_sessions, with_app
from statements import Statements

from authberry import Auth, RefreshTokenTransport
from authberry.models import User

pytestmark = pytest.mark.one_process("the host holds one Auth")

NAME = "authberry_session"
ADA = {"email": "ada@example.com", "password": PASSWORD, "transport": "SESSION"}
EVIL = {"Origin": "https://evil.example"}


async def log_in(browser: Browser, **more: str) -> httpx.Response:
    """Send the form of a login page."""
    return await submit(browser, "/run/login", {**ADA, **more})


async def test_a_form_logs_in_and_out(auth: Auth, ada: User, stranger: Browser) -> None:
    """The cookie is on the form's own answer, with the attributes that the endpoint gives it."""
    login = await log_in(stranger)
    assert login.json()["__typename"] == "AuthPayload"
    assert login.json()["refreshToken"] is None
    (cookie,) = set_cookies(login)
    assert cookie.startswith(f"{NAME}=")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "path=/", "samesite=lax", "max-age=7776000"} <= attributes
    assert login.headers["cache-control"] == "no-store"
    assert (await get(stranger, "/page")).json() == "ada@example.com"

    logout = await submit(stranger, "/run/logout")
    assert logout.json() == {"__typename": "LoggedOut", "ok": True}
    assert cookie_names(logout)[NAME] is False
    assert (await get(stranger, "/anybody")).json() is None
    assert await live_sessions(auth) == 0


async def test_a_wrong_password_is_an_answer(auth: Auth, ada: User, stranger: Browser) -> None:
    """For the page to say; no cookie, no session."""
    login = await log_in(stranger, password="not this one")
    assert (login.status_code, login.json()["code"]) == (200, "INVALID_CREDENTIALS")
    assert set_cookies(login) == []
    assert await live_sessions(auth) == 0


async def test_a_second_factor_is_asked_for_by_the_next_form(
    auth: Auth, ada: User, stranger: Browser, clock: FrozenClock
) -> None:
    """The browser holds the ticket between the two."""
    phone = await with_app(auth, ada)
    asked = await log_in(stranger)
    assert asked.json()["__typename"] == "SecondFactorRequired"
    assert asked.json()["ticket"] is None
    assert (await get(stranger, "/anybody")).json() is None
    wrong = await submit(stranger, "/run/second", {"totpCode": "000000"})
    assert wrong.json()["code"] == "INVALID_PROOF"
    done = await submit(stranger, "/run/second", {"totpCode": phone.next_code(clock.tick)})
    assert done.json()["session"]["acr"] == "aal2"
    assert (await submit(stranger, "/pay")).json() == "ada@example.com"


async def test_a_new_password_gives_the_session_another_cookie(
    auth: Auth, ada: User, stranger: Browser
) -> None:
    """And ends the old one at once."""
    await log_in(stranger)
    before = stranger.cookies[NAME]
    fields = {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"}
    changed = await submit(stranger, "/run/password", fields)
    assert changed.json()["__typename"] == "AuthPayload"
    assert stranger.cookies[NAME] not in {before, None}
    assert (await get(stranger, "/page")).json() == "ada@example.com"
    stranger.forget()
    stranger.keep(NAME, str(before))
    assert (await get(stranger, "/anybody")).json() is None


async def test_a_query_answers_the_person(auth: Auth, ada: User, stranger: Browser) -> None:
    """By GET as well, where a page is rendered; nobody is refused as at any route."""
    assert refused(await get(stranger, "/run/sessions")) == (401, "Bearer", "UNAUTHENTICATED")
    await log_in(stranger)
    (session,) = (await get(stranger, "/run/sessions", **LINK)).json()
    assert session["current"] is True


async def test_a_get_changes_nothing(auth: Auth, ada: User, stranger: Browser) -> None:
    """Any link or picture of another site makes one: it is a fault of the host's."""
    await log_in(stranger)
    assert (await get(stranger, "/run/logout", **LINK)).status_code == 500
    assert (await get(stranger, "/page")).json() == "ada@example.com"


async def test_a_form_of_another_site_logs_nobody_in_or_out(
    auth: Auth, ada: User, stranger: Browser
) -> None:
    """Nor in as somebody whom it chooses (login CSRF)."""
    login = await submit(stranger, "/run/login", ADA, EVIL)
    assert refused(login) == (403, None, "CROSS_SITE_REQUEST")
    assert set_cookies(login) == []
    await log_in(stranger)
    for operation in ("logout", "password"):
        fields = {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"}
        sent = fields if operation == "password" else {}
        response = await submit(stranger, f"/run/{operation}", sent, EVIL)
        assert refused(response) == (403, None, "CROSS_SITE_REQUEST")
    assert (await get(stranger, "/page")).json() == "ada@example.com"
    assert await live_sessions(auth) == 1


async def test_what_does_not_fit_is_a_bad_request(stranger: Browser) -> None:
    """Without a word of what was sent."""
    response = await submit(stranger, "/run/login", {"email": "ada@example.com"})
    assert refused(response) == (400, None, "BAD_REQUEST")
    response = await log_in(stranger, transport="PIGEON")
    assert refused(response) == (400, None, "BAD_REQUEST")
    assert "PIGEON" not in response.text


async def test_an_attempt_counts_as_at_the_endpoint(
    auth: Auth, ada: User, stranger: Browser
) -> None:
    """The limits are of the service, whatever way the guesses come."""
    for _ in range(10):
        await log_in(stranger, password="not this one")
    answer = (await log_in(stranger)).json()
    assert answer["code"] == "TOO_MANY_ATTEMPTS"


async def test_without_a_database_a_form_is_told_so(
    auth: Auth, ada: User, stranger: Browser, statements: Statements
) -> None:
    """And the cookie stays."""
    issued = await begin(auth, ada, transport=RefreshTokenTransport.SESSION)
    stranger.keep(NAME, issued.refresh_token)
    with statements.broken(stays=True):
        response = await submit(stranger, "/run/logout")
    assert refused(response) == (503, None, "SERVICE_UNAVAILABLE")
    assert response.headers["retry-after"] == "1"
    assert (await get(stranger, "/page")).json() == "ada@example.com"
