"""Who is asking at a plain route: the same stories in each framework."""

import pytest
from apps import person
from browser import Browser, set_cookies
from frozen_clock import FrozenClock
from people import PHONE, begin
from route_answers import get, refused, submit
from route_hosts import route_host
from starlette.requests import HTTPConnection
from statements import Statements

from authberry import Auth, RefreshTokenTransport, Settings, SettingsError
from authberry.models import User
from authberry.server.routes.guard import Guard
from authberry.signing import Proof

pytestmark = pytest.mark.one_process("the host holds one Auth")

NAME = "authberry_session"
SESSION = RefreshTokenTransport.SESSION
EMAIL = "ada@example.com"
MISSING = (401, "Bearer", "UNAUTHENTICATED")


@pytest.fixture
async def held(auth: Auth, ada: User, stranger: Browser) -> Browser:
    """Ada's browser, in which a cookie alone stands for her session."""
    stranger.keep(NAME, (await begin(auth, ada, transport=SESSION)).refresh_token)
    return stranger


async def make_editor(auth: Auth, user: User) -> None:
    """Give somebody the role, behind the back of their sessions."""
    with auth.database.use():
        await User.filter(id=user.id).update(roles=["editor"])


async def test_a_route_knows_who_asks_by_the_cookie(held: Browser) -> None:
    """Where somebody is required and where somebody may be; and no answer sets a cookie."""
    for path in ("/page", "/anybody", "/recent"):
        response = await get(held, path)
        assert (response.status_code, response.json()) == (200, EMAIL)
        assert set_cookies(response) == []
    assert (await submit(held, "/page")).json() == EMAIL


async def test_a_route_knows_who_asks_by_the_token(
    auth: Auth, ada: User, stranger: Browser
) -> None:
    """As a program sends it."""
    token = (await begin(auth, ada)).access_token.value
    for path in ("/page", "/anybody", "/recent"):
        assert (await get(stranger, path, Authorization=f"Bearer {token}")).json() == EMAIL


async def test_nobody_is_told_to_log_in_or_is_nobody(stranger: Browser) -> None:
    """401 where somebody is required."""
    for path in ("/page", "/editors", "/recent"):
        assert refused(await get(stranger, path)) == MISSING
    answer = await get(stranger, "/anybody")
    assert (answer.status_code, answer.json()) == (200, None)


async def test_a_bad_token_is_refused_everywhere(stranger: Browser) -> None:
    """Also where nobody need be known: whoever sends one means to be somebody."""
    for path in ("/page", "/anybody"):
        status, challenge, code = refused(await get(stranger, path, Authorization="Bearer x"))
        assert (status, code) == (401, "UNAUTHENTICATED")
        assert str(challenge).startswith('Bearer error="invalid_token"')


async def test_a_dead_cookie_is_nobody_s_and_stays(
    auth: Auth, ada: User, stranger: Browser
) -> None:
    """The end of a session is seen by the next load; reading clears nothing."""
    issued = await begin(auth, ada, transport=SESSION)
    stranger.keep(NAME, issued.refresh_token)
    assert (await get(stranger, "/page")).json() == EMAIL
    await auth.sessions.revocation.revoke_by_id(issued.session.id, PHONE)
    gone, anybody = await get(stranger, "/page"), await get(stranger, "/anybody")
    assert refused(gone)[::2] == (401, "UNAUTHENTICATED")
    assert (anybody.status_code, anybody.json()) == (200, None)
    assert set_cookies(gone) == set_cookies(anybody) == []


async def test_a_role_is_as_it_is_now(auth: Auth, ada: User, held: Browser) -> None:
    """403 without it; with it at once, in the same session."""
    answer = refused(await get(held, "/editors"))
    assert answer == (403, 'Bearer error="insufficient_scope"', "FORBIDDEN")
    await make_editor(auth, ada)
    assert (await get(held, "/editors")).json() == EMAIL


async def test_a_login_is_recent_for_as_long_as_the_route_says(
    held: Browser, clock: FrozenClock
) -> None:
    """To the second; and then it says what it wants (RFC 9470)."""
    clock.tick(299)
    assert (await get(held, "/recent")).json() == EMAIL
    clock.tick(2)
    challenge = 'Bearer error="insufficient_user_authentication", max_age="300"'
    assert refused(await get(held, "/recent")) == (401, challenge, "UNAUTHENTICATED")
    assert (await get(held, "/page")).json() == EMAIL


async def test_a_route_may_want_a_level(auth: Auth, ada: User, stranger: Browser) -> None:
    """A password alone is not enough; with a second factor it is."""
    stranger.keep(NAME, (await begin(auth, ada, transport=SESSION)).refresh_token)
    challenge = 'Bearer error="insufficient_user_authentication", acr_values="aal2", max_age="300"'
    assert refused(await submit(stranger, "/pay")) == (401, challenge, "UNAUTHENTICATED")
    strong = Proof(("pwd", "otp", "mfa"), "aal2")
    issued = await begin(auth, ada, transport=SESSION, proof=strong)
    stranger.forget()
    stranger.keep(NAME, issued.refresh_token)
    assert (await submit(stranger, "/pay")).json() == EMAIL


async def test_two_people_in_one_request_are_refused(auth: Auth, held: Browser) -> None:
    """As GraphQL refuses them."""
    bob = await begin(auth, await person(auth, "bob@example.com"))
    header = f"Bearer {bob.access_token.value}"
    for path in ("/page", "/anybody"):
        assert refused(await get(held, path, Authorization=header))[::2] == (400, "BAD_REQUEST")


async def test_a_request_looks_once_however_many_ask(
    auth: Auth, ada: User, held: Browser, statements: Statements
) -> None:
    """Three dependencies, and a resolver of the host's schema in the same request."""
    await make_editor(auth, ada)
    statements.seen.clear()
    assert (await get(held, "/twice")).json() == [EMAIL, EMAIL, EMAIL]
    assert len(statements.seen) == 1


async def test_without_a_database_it_is_unavailable(held: Browser, statements: Statements) -> None:
    """503, for whoever may be somebody; nobody is told that they are logged out."""
    for path in ("/page", "/anybody", "/recent"):
        with statements.broken(stays=True):
            response = await get(held, path)
        assert refused(response) == (503, None, "SERVICE_UNAVAILABLE")
        assert response.headers["retry-after"] == "1"
        assert set_cookies(response) == []
    assert (await get(held, "/page")).json() == EMAIL


async def test_a_host_that_forgets_to_open_is_told_so(
    default_settings: dict[str, object], framework: str
) -> None:
    """And nobody gets in."""
    closed = Auth(Settings.load(**default_settings))
    browser = Browser(route_host(framework, closed))
    assert (await get(browser, "/page")).status_code == 500
    with pytest.raises(RuntimeError, match="async with auth: yield"):
        await Guard(closed).find(HTTPConnection({"type": "http", "headers": []}))


def test_what_no_login_is_is_refused_when_the_routes_are_built(
    default_settings: dict[str, object],
) -> None:
    """Nobody could ever come up to it; nor has anybody a role that is misspelt."""
    guard = Guard(Auth(Settings.load(**{**default_settings, "roles": "editor"})))
    for wrong in ({}, {"acr": "aal3"}):
        with pytest.raises(ValueError, match="with_recent_login"):
            guard.with_recent_login(**wrong)  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="has no such role"):
        guard.with_role("editr")
