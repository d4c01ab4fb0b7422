"""Refreshing until a session ends: by its limits, with its person, or for another password."""

import asyncio
from datetime import timedelta

import pytest
from frozen_clock import NOON, FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin, outcome, refresh
from rotations import MICROSECOND, MakeAuth, hash_of, rotated
from rows import changes, session_row

from authberry import Auth, Issued, Viewer
from authberry.errors import (
    RefreshTokenExpired,
    SessionRevoked,
)
from authberry.models import User
from authberry.tokens.refresh_tokens import RefreshTokenCodec

DAY = 24 * 60 * 60


# Limits


async def test_an_idle_session_expires_at_14_days(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A moment before it is refreshed, at the moment it is over."""
    other = await begin(auth, issued.user)
    clock.tick(timedelta(days=14) - MICROSECOND)
    assert isinstance(await outcome(auth, issued.refresh_token), str)
    clock.tick(MICROSECOND)
    with pytest.raises(RefreshTokenExpired) as refusal:
        await refresh(auth, other.refresh_token)
    assert refusal.value.session_over
    assert (await session_row(auth, other))["revoked_at"] is None


async def test_a_rotation_extends_the_idle_limit(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """14 days from the last use."""
    clock.tick(13 * DAY)
    again = await refresh(auth, issued.refresh_token)
    assert again.session.expires_at == clock.now() + timedelta(days=14)
    clock.tick(13 * DAY)
    assert isinstance(await outcome(auth, again.refresh_token), str)


async def test_no_rotation_extends_the_absolute_limit(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """However busy, a session ends at 90 days, to the microsecond, and says so beforehand."""
    token = issued.refresh_token
    end = NOON + timedelta(days=90)
    while clock.now() + timedelta(days=10) < end:
        clock.tick(10 * DAY)
        token = (await refresh(auth, token)).refresh_token
        row = await session_row(auth, issued)
        assert row["expires_at"] == min(clock.now() + timedelta(days=14), end)
        assert row["absolute_expires_at"] == end
    clock.time = end - MICROSECOND
    token = (await refresh(auth, token)).refresh_token
    clock.tick(MICROSECOND)
    assert await outcome(auth, token) is RefreshTokenExpired


async def test_expired_inside_the_window_is_expired(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """The window answers races; it gives nobody more time."""
    auth = await make_auth(refresh_idle_ttl=10, refresh_absolute_ttl=15)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    clock.tick(9)
    current = (await refresh(auth, issued.refresh_token)).refresh_token
    clock.tick(6)
    assert await outcome(auth, current) is RefreshTokenExpired
    assert await outcome(auth, issued.refresh_token) is RefreshTokenExpired
    assert (await session_row(auth, issued))["revoked_at"] is None


async def test_an_access_token_does_not_outlive_its_session(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """The last one of a session is shorter."""
    auth = await make_auth(refresh_idle_ttl=100, refresh_absolute_ttl=100)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    assert issued.access_token.expires_at == (NOON + timedelta(seconds=100)).replace(microsecond=0)
    assert issued.access_token.lifetime == timedelta(seconds=100)


# The person


async def test_a_disabled_persons_session_is_over(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """Even where only the flag was set, by hand, the next refresh ends the session."""
    with auth.database.use():
        await User.filter(id=ada.id).update(disabled_at=clock.now())
    before = await session_row(auth, issued)
    with pytest.raises(SessionRevoked) as refusal:
        await refresh(auth, issued.refresh_token)
    assert refusal.value.session_over
    assert changes(before, await session_row(auth, issued)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "disabled",
    }


async def test_roles_are_read_again(auth: Auth, ada: User, issued: Issued) -> None:
    """What somebody may do today is in the next token, not in the one after the next login."""
    assert (await auth.signing.access_tokens.verify(issued.access_token.value)).roles == ("admin",)
    with auth.database.use():
        await User.filter(id=ada.id).update(roles=["reader"])
    for _ in range(2):  # a rotation, and the same token again
        again = await refresh(auth, issued.refresh_token)
        assert (await auth.signing.access_tokens.verify(again.access_token.value)).roles == (
            "reader",
        )


async def test_a_revoked_session_is_over_whatever_is_presented(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """The row keeps why it ended: a later reuse does not write over it."""
    (parent, current) = await rotated(auth, issued, clock, 1)
    await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    before = await session_row(auth, issued)
    clock.tick(60)
    for token in (current, parent):
        with pytest.raises(SessionRevoked) as refusal:
            await refresh(auth, token)
        assert refusal.value.session_over
    assert await session_row(auth, issued) == before
    assert before["revoked_reason"] == "operator"


# A new password


async def test_a_new_password_ends_the_row_and_goes_on_in_another(
    auth: Auth, clock: FrozenClock
) -> None:
    """No token of before names it. What was begun by a login, and when it ends, is as it was."""
    ada = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await begin(auth, ada)
    clock.tick(60)
    before = await session_row(auth, issued)

    changed = await auth.accounts.password_changes.change(
        Viewer(ada, issued.session), PASSWORD, "another long phrase", PHONE
    )

    ended = await session_row(auth, issued)
    assert changes(before, ended) == {"revoked_at": clock.now(), "revoked_reason": "renewed"}
    after = await session_row(auth, changed)
    assert changes(before, after) == {
        "id": changed.session.id,
        "token_hash": hash_of(auth, changed.refresh_token),
        "authenticated_at": clock.now(),
        "last_used_at": clock.now(),
        "expires_at": clock.now() + timedelta(days=14),
        "user_agent": "Safari",
        "ip_address": "198.51.100.7",
    }
    derived = [
        token.hash
        for token in RefreshTokenCodec(auth.settings.secrets).successors(
            RefreshTokenCodec(auth.settings.secrets).open(issued.refresh_token)
        )
    ]
    assert after["token_hash"] not in derived

    for seconds, may_be_replaced in ((0, True), (29, True), (1, False), (3600, False)):
        clock.tick(seconds)
        with pytest.raises(SessionRevoked) as refusal:
            await refresh(auth, issued.refresh_token)
        assert refusal.value.session_over is not may_be_replaced
    assert await session_row(auth, issued) == ended
    assert await session_row(auth, changed) == after
    assert isinstance(await outcome(auth, changed.refresh_token), str)


async def test_with_a_window_of_0_the_cookie_of_a_renewed_session_is_left_for_five_seconds(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """As long as whoever comes second is late rather than a thief."""
    auth = await make_auth(refresh_window=0)
    ada = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await begin(auth, ada)
    viewer = Viewer(ada, issued.session)
    await auth.accounts.password_changes.change(viewer, PASSWORD, "another long phrase", PHONE)
    for seconds, is_over in ((4, False), (1, True)):
        clock.tick(seconds)
        with pytest.raises(SessionRevoked) as refusal:
            await refresh(auth, issued.refresh_token)
        assert refusal.value.session_over is is_over


async def test_a_password_change_and_a_refresh_at_once_leave_one_live_token(
    auth: Auth, clock: FrozenClock
) -> None:
    """Whichever is first, what the change answered with lives, and nothing else."""
    ada = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await begin(auth, ada)

    changing = auth.accounts.password_changes.change(
        Viewer(ada, issued.session), PASSWORD, "another long phrase", BROWSER
    )
    changed, refreshed = await asyncio.gather(
        changing, asyncio.gather(*(outcome(auth, issued.refresh_token) for _ in range(5)))
    )

    assert (await session_row(auth, issued))["revoked_reason"] == "renewed"
    row = await session_row(auth, changed)
    assert row["revoked_at"] is None
    assert row["token_hash"] == hash_of(auth, changed.refresh_token)
    assert {SessionRevoked} >= {one for one in refreshed if not isinstance(one, str)}
    for token in {one for one in refreshed if isinstance(one, str)}:
        assert await outcome(auth, token) is SessionRevoked
    assert isinstance(await outcome(auth, changed.refresh_token), str)


async def test_a_password_change_in_the_midst_of_a_race_makes_a_thief_of_nobody(
    auth: Auth, clock: FrozenClock
) -> None:
    """A tab that comes third, with the token of before both, is refused; the session goes on."""
    ada = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await begin(auth, ada)
    clock.tick(60)
    rotated_token = (await refresh(auth, issued.refresh_token)).refresh_token
    clock.tick(1)
    changed = await auth.accounts.password_changes.change(
        Viewer(ada, issued.session), PASSWORD, "another long phrase", BROWSER
    )
    before = await session_row(auth, changed)

    for token in (issued.refresh_token, rotated_token):
        with pytest.raises(SessionRevoked) as refusal:
            await refresh(auth, token)
        assert not refusal.value.session_over
    assert await session_row(auth, changed) == before
    assert isinstance(await outcome(auth, changed.refresh_token), str)

    clock.tick(30)
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
    assert (await session_row(auth, changed))["revoked_at"] is None
