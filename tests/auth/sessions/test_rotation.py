"""Refreshing: what one presented token does to the row of its session.

The window is 30 seconds, the idle limit 14 days, the absolute one 90 days, unless a test says so.
"""

from datetime import timedelta
from typing import Any

import pytest
from frozen_clock import NOON, FrozenClock
from people import PHONE, begin, refresh
from rotations import hash_of, rotated
from rows import changes, everything, session_row
from statements import Statements

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.errors import (
    RefreshTokenInvalid,
    RefreshTokenMissing,
)
from authberry.models import RefreshToken, User
from authberry.tokens.refresh_tokens import RefreshTokenCodec

# Rotating


async def test_the_first_refresh_rotates(auth: Auth, issued: Issued) -> None:
    """A login's token is good for one use, even at once: the window counts from a rotation."""
    before = await session_row(auth, issued)

    again = await refresh(auth, issued.refresh_token, client=PHONE)

    assert again.refresh_token != issued.refresh_token
    assert again.access_token.value != issued.access_token.value
    assert again.session.id == issued.session.id
    assert again.user.id == issued.user.id
    assert changes(before, await session_row(auth, issued)) == {
        "generation": 1,
        "token_hash": hash_of(auth, again.refresh_token),
        "rotated_at": NOON,
        "user_agent": "Safari",
        "ip_address": "198.51.100.7",
    }


async def test_a_session_that_begins_is_one_row(auth: Auth, ada: User) -> None:
    """Its facts are all there, and of its token only a hash."""
    issued = await begin(auth, ada, transport=RefreshTokenTransport.COOKIE)

    assert await session_row(auth, issued) == {
        "id": issued.session.id,
        "user_id": ada.id,
        "generation": 0,
        "token_hash": hash_of(auth, issued.refresh_token),
        "transport": "COOKIE",
        "authenticated_at": NOON,
        "amr": None,
        "proofs": None,
        "created_at": NOON,
        "rotated_at": None,
        "last_used_at": NOON,
        "expires_at": NOON + timedelta(days=14),
        "absolute_expires_at": NOON + timedelta(days=90),
        "user_agent": "Firefox",
        "ip_address": "192.0.2.1",
        "revoked_at": None,
        "revoked_reason": None,
    }
    assert issued.transport is RefreshTokenTransport.COOKIE


async def test_a_hundred_refreshes_leave_one_row(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A session is one row with one live token, however often it is rotated."""
    tokens = await rotated(auth, issued, clock, 100)

    assert len(set(tokens)) == 101
    rows = (await everything(auth))["RefreshToken"]
    assert [(row["id"], row["generation"], row["token_hash"]) for row in rows] == [
        (issued.session.id, 100, hash_of(auth, tokens[-1]))
    ]


async def test_rotating_costs_one_statement(
    auth: Auth, issued: Issued, statements: Statements
) -> None:
    """It claims the rotation, and returns the session with its user."""
    await refresh(auth, issued.refresh_token)
    assert [statement.split()[0] for statement in statements.seen] == ["UPDATE"]


async def test_garbage_costs_no_statement(auth: Auth, statements: Statements) -> None:
    """Strangers cannot make the database work."""
    for garbage in ("", "garbage", "A" * 91, "é" * 91):
        with pytest.raises(RefreshTokenInvalid) as refusal:
            await refresh(auth, garbage)
        assert not refusal.value.session_over
    assert statements.seen == []


async def test_nothing_presented_is_missing(auth: Auth) -> None:
    """No cookie and no argument is a case of its own, for the client to log in."""
    with pytest.raises(RefreshTokenMissing):
        await refresh(auth)


async def test_a_session_that_is_gone_is_invalid_and_over(auth: Auth, issued: Issued) -> None:
    """A token of a deleted session is ours, so that its cookie may be cleared."""
    with auth.database.use():
        await RefreshToken.filter(id=issued.session.id).delete()
    with pytest.raises(RefreshTokenInvalid) as refusal:
        await refresh(auth, issued.refresh_token)
    assert refusal.value.session_over


# Secrecy


async def test_no_raw_secret_is_stored(auth: Auth, issued: Issued, clock: FrozenClock) -> None:
    """Of every token a session has had, no row holds the string, its bytes or its hex."""
    tokens = await rotated(auth, issued, clock, 3)
    stored = repr(await everything(auth))
    for token in tokens:
        secret = RefreshTokenCodec(auth.settings.secrets).open(token).secret
        for spelling in (token, secret.hex(), repr(secret)[2:-1], token[26:70]):
            assert spelling not in stored


async def test_issued_shows_no_token_when_it_is_logged(issued: Issued) -> None:
    """Its repr names the session, and neither of its tokens."""
    shown: Any = repr(issued)
    assert issued.refresh_token not in shown
    assert issued.access_token.value not in shown
