"""Refreshing with several cookies at once."""

import pytest
from frozen_clock import FrozenClock
from people import BROWSER, begin, refresh
from rotations import MakeAuth, hash_of, rotated
from rows import session_row

from authberry import Auth, Issued
from authberry.errors import (
    RefreshTokenInvalid,
    SessionRevoked,
)
from authberry.models import User
from authberry.tokens.refresh_tokens import RefreshTokenCodec


async def test_of_several_cookies_the_first_good_one_wins(
    auth: Auth, ada: User, issued: Issued
) -> None:
    """Garbage, another server's cookie and a dead session's do not stand in the way."""
    dead = await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(dead.session.id, BROWSER)
    foreign = RefreshTokenCodec(["another server's secret"])
    stranger = foreign.seal(foreign.first(issued.session.id))

    again = await refresh(auth, "garbage", stranger, dead.refresh_token, issued.refresh_token)

    assert again.session.id == issued.session.id
    assert (await session_row(auth, issued))["generation"] == 1


async def test_of_two_cookies_of_one_session_the_newest_wins(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A stale duplicate, left behind under another path, is no theft, wherever it stands."""
    (stale, _, current) = await rotated(auth, issued, clock, 2)
    clock.tick(60)
    third = await refresh(auth, stale, current)
    clock.tick(60)
    fourth = await refresh(auth, third.refresh_token, stale)
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (4, None)
    assert row["token_hash"] == hash_of(auth, fourth.refresh_token)


async def test_where_no_cookie_is_good_the_last_refusal_is_told(
    auth: Auth, ada: User, issued: Issued
) -> None:
    """A dead session among garbage is a dead session."""
    await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    with pytest.raises(SessionRevoked):
        await refresh(auth, "garbage", issued.refresh_token)


async def test_a_dead_cookie_beside_a_lost_race_clears_nothing(
    make_auth: MakeAuth, ada: User
) -> None:
    """The session that lost the race is alive, and its cookie has the same name."""
    auth = await make_auth(refresh_window=0)
    dead, live = await begin(auth, ada), await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(dead.session.id, BROWSER)
    await refresh(auth, live.refresh_token)

    with pytest.raises(RefreshTokenInvalid) as refusal:
        await refresh(auth, live.refresh_token, dead.refresh_token)

    assert not refusal.value.session_over
    assert (await session_row(auth, live))["revoked_at"] is None
