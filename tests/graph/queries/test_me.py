"""`me`: who is asking."""

import pytest
from browser import Browser, data
from documents import ME
from frozen_clock import NOON, FrozenClock
from people import begin
from statements import Statements

from authberry import Auth, Client, Issued
from authberry.models import RefreshToken, User


async def test_me_is_the_person_of_the_access_token(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """As the row has them now: roles, too, are read again."""
    with auth.database.use():
        await User.filter(id=issued.user.id).update(roles=["editor"], email_verified=True)
    assert data(await browser.ask(ME, token=issued.access_token.value)) == {
        "id": str(issued.user.id),
        "email": "ada@example.com",
        "name": "Ada",
        "emailVerified": True,
        "roles": ["editor"],
        "createdAt": "2026-01-01T12:00:00.654Z",
    }


async def test_the_cookie_alone_is_nobody(browser: Browser, in_browser: Issued) -> None:
    """What browsers send by themselves proves nothing to a query."""
    response = await browser.ask(ME)
    assert response.json() == {
        "data": {"me": None},
        "errors": [
            {
                "message": "No access token was sent.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["me"],
                "extensions": {"code": "UNAUTHENTICATED", "reason": "TOKEN_MISSING"},
            }
        ],
    }


async def test_a_request_costs_one_query_however_much_it_asks(
    auth: Auth, browser: Browser, issued: Issued, statements: Statements
) -> None:
    """The person and the session come together, and once."""
    document = "{ me { id } again: me { name } and: me { roles } }"
    response = await browser.ask(document, token=issued.access_token.value)
    assert response.json()["data"]["again"] == {"name": "Ada"}
    assert len(statements.seen) == 1


@pytest.mark.parametrize(
    "end", ["revoked", "disabled", "expired", "deleted session", "deleted person"]
)
async def test_a_session_that_ends_takes_its_access_token_along(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock, end: str
) -> None:
    """At once, and not when the token expires."""
    session = await begin(auth, ada)
    with auth.database.use():
        match end:
            case "revoked":
                await auth.sessions.revocation.revoke_by_id(session.session.id, Client())
            case "disabled":
                await User.filter(id=ada.id).update(disabled_at=NOON)
            case "expired":
                await RefreshToken.filter(id=session.session.id).update(expires_at=NOON)
            case "deleted session":
                await RefreshToken.filter(id=session.session.id).delete()
            case _:
                await User.filter(id=ada.id).delete()

    response = await browser.ask(ME, token=session.access_token.value)

    assert response.json() == {
        "data": {"me": None},
        "errors": [
            {
                "message": "The session has been ended.",
                "locations": [{"line": 1, "column": 3}],
                "path": ["me"],
                "extensions": {"code": "UNAUTHENTICATED", "reason": "SESSION_REVOKED"},
            }
        ],
    }
