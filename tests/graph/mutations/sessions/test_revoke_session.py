"""`revokeSession`: end one session of the person asking."""

from uuid import uuid4

import pytest
from apps import MakeApp
from browser import Browser, codes, data
from documents import ME, REFRESH_TOKEN, REVOKE_SESSION
from frozen_clock import FrozenClock
from people import PHONE, begin
from rows import changes, everything, session_row

from authberry import Auth, Issued
from authberry.models import User


async def test_a_lost_phone_is_logged_out_at_once(
    auth: Auth, browser: Browser, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """Both of its tokens stop, and nothing else does."""
    phone = await begin(auth, ada, PHONE)
    before, own = await session_row(auth, phone), await session_row(auth, issued)

    response = await browser.ask(
        REVOKE_SESSION, id=str(phone.session.id), token=issued.access_token.value
    )

    assert data(response) == {"__typename": "SessionsRevoked", "count": 1}
    assert changes(before, await session_row(auth, phone)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "revoked",
    }
    assert await session_row(auth, issued) == own
    me = await browser.ask(ME, token=phone.access_token.value)
    assert me.json()["errors"][0]["extensions"]["reason"] == "SESSION_REVOKED"
    refused = await browser.ask(REFRESH_TOKEN, refreshToken=phone.refresh_token)
    assert data(refused)["code"] == "SESSION_REVOKED"


async def test_one_s_own_session_may_be_ended_like_any_other(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """It is in the list, after all."""
    response = await browser.ask(
        REVOKE_SESSION, id=str(issued.session.id), token=issued.access_token.value
    )
    assert data(response)["count"] == 1
    assert codes(await browser.ask(ME, token=issued.access_token.value)) == ["UNAUTHENTICATED"]


async def test_what_is_not_one_s_own_does_not_exist(
    auth: Auth, browser: Browser, ada: User, issued: Issued
) -> None:
    """Somebody else's, one that ended, an unknown one, garbage: one answer, and nothing changes."""
    mallory = await auth.accounts.create("mallory@example.com", None)
    theirs = await begin(auth, mallory)
    over = await begin(auth, ada)
    await browser.ask(REVOKE_SESSION, id=str(over.session.id), token=issued.access_token.value)
    before = await everything(auth)
    strange = ("", "garbage", "a\0b", "\ud800", "1" * 10_000, "' OR 1=1 --")

    answers = [
        await browser.ask(REVOKE_SESSION, id=session_id, token=issued.access_token.value)
        for session_id in (str(theirs.session.id), str(over.session.id), str(uuid4()), *strange)
    ]

    assert data(answers[0]) == {
        "__typename": "SessionNotFound",
        "code": "SESSION_NOT_FOUND",
        "message": "You have no live session with this id.",
    }
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert await everything(auth) == before


@pytest.mark.parametrize("token", [None, "garbage"])
async def test_strangers_end_nothing(
    auth: Auth, browser: Browser, in_browser: Issued, token: str | None
) -> None:
    """To know an id is not to own it, and the cookie does not act."""
    before = await everything(auth)
    response = await browser.ask(REVOKE_SESSION, id=str(in_browser.session.id), token=token)
    assert codes(response) == ["UNAUTHENTICATED"]
    assert response.json()["data"] == {"revokeSession": None}
    assert await everything(auth) == before


async def test_guessing_ids_is_throttled(make_app: MakeApp) -> None:
    """An error, since the contract has no such answer among the results."""
    app = await make_app(session_attempts="1/hour")
    auth: Auth = app.state.auth
    session = await begin(auth, await auth.accounts.create("ada@example.com", None))
    browser = Browser(app)
    token = session.access_token.value
    await browser.ask(REVOKE_SESSION, id=str(uuid4()), token=token)
    response = await browser.ask(REVOKE_SESSION, id=str(session.session.id), token=token)
    assert codes(response) == ["TOO_MANY_ATTEMPTS"]
    wait = response.json()["errors"][0]["extensions"]["retryAfter"]
    assert 3000 < wait <= 3600
    assert response.headers["retry-after"] == str(wait)
    assert (await session_row(auth, session))["revoked_at"] is None
