"""`revokeOtherSessions`: end the other sessions of the person asking."""

import pytest
from browser import Browser, codes, data
from documents import ME, REVOKE_OTHER_SESSIONS
from frozen_clock import FrozenClock
from people import PHONE, begin
from rows import changes, everything, session_row

from authberry import Auth, Issued
from authberry.models import User


@pytest.mark.parametrize("include_current", [False, True])
async def test_every_other_session_ends_and_this_one_if_asked_for(
    auth: Auth,
    browser: Browser,
    ada: User,
    issued: Issued,
    clock: FrozenClock,
    *,
    include_current: bool,
) -> None:
    """One's own only, and only those that were alive are counted."""
    others = [await begin(auth, ada, PHONE) for _ in range(3)]
    mallory = await begin(auth, await auth.accounts.create("mallory@example.com", None))
    sessions = [*others, issued, mallory]
    before = [await session_row(auth, session) for session in sessions]
    token = issued.access_token.value

    response = await browser.ask(
        REVOKE_OTHER_SESSIONS, {"includeCurrent": include_current}, token=token
    )

    assert data(response) == {"count": 4 if include_current else 3}
    ended = {"revoked_at": clock.now(), "revoked_reason": "revoked"}
    assert [
        changes(row, await session_row(auth, session))
        for row, session in zip(before, sessions, strict=True)
    ] == [ended, ended, ended, ended if include_current else {}, {}]
    me = await browser.ask(ME, token=token)
    assert (me.json()["data"]["me"] is None) is include_current
    again = await browser.ask(REVOKE_OTHER_SESSIONS, token=token)
    assert again.json()["data"] == {
        "revokeOtherSessions": None if include_current else {"count": 0}
    }


async def test_strangers_end_nothing(auth: Auth, browser: Browser, in_browser: Issued) -> None:
    """The cookie does not act."""
    before = await everything(auth)
    response = await browser.ask(REVOKE_OTHER_SESSIONS, includeCurrent=True)
    assert codes(response) == ["UNAUTHENTICATED"]
    assert response.json()["data"] == {"revokeOtherSessions": None}
    assert await everything(auth) == before
