"""Refreshing again inside the window of 30 seconds, behind it, and without one."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest
from frozen_clock import FrozenClock
from people import PHONE, begin, outcome, refresh
from rotations import MICROSECOND, MakeAuth, hash_of, rotated
from rows import changes, session_row

from authberry import Auth, Issued
from authberry.errors import (
    RefreshTokenInvalid,
    RefreshTokenReused,
    SessionRevoked,
)
from authberry.models import User

# Inside the window


async def test_twenty_at_once_get_one_successor(auth: Auth, issued: Issued) -> None:
    """Refreshes that race converge: nobody is logged out, and one rotation is written."""
    results = await asyncio.gather(*(refresh(auth, issued.refresh_token) for _ in range(20)))

    assert len({result.refresh_token for result in results}) == 1
    row = await session_row(auth, issued)
    assert row["generation"] == 1
    assert row["token_hash"] == hash_of(auth, results[0].refresh_token)
    assert row["revoked_at"] is None


async def test_twenty_at_once_from_two_processes_get_one_successor(
    auth: Auth, issued: Issued, make_auth: MakeAuth
) -> None:
    """Two servers on one database behave as one."""
    servers = [auth, await make_auth()]

    results = await asyncio.gather(
        *(refresh(servers[turn % 2], issued.refresh_token) for turn in range(20))
    )

    assert len({result.refresh_token for result in results}) == 1
    assert (await session_row(auth, issued))["generation"] == 1


async def test_a_refresh_needs_one_connection(make_auth: MakeAuth) -> None:
    """With a pool of one, twenty at once wait for each other and not for themselves."""
    auth = await make_auth(database_pool_size=1)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))

    async with asyncio.timeout(60):
        results = await asyncio.gather(*(refresh(auth, issued.refresh_token) for _ in range(20)))

    assert len({result.refresh_token for result in results}) == 1


async def test_a_lost_answer_can_be_asked_for_again(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A client that never saw the answer gets the same one, and nothing is written."""
    lost = await refresh(auth, issued.refresh_token)
    before = await session_row(auth, issued)
    clock.tick(10)

    again = await refresh(auth, issued.refresh_token, client=PHONE)

    assert again.refresh_token == lost.refresh_token
    assert again.access_token.value != lost.access_token.value
    assert again.access_token.expires_at == lost.access_token.expires_at + timedelta(seconds=10)
    assert await session_row(auth, issued) == before


async def test_ten_tabs_restored_one_after_another_share_a_token(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """Each sends what the jar holds, old or new: one rotation, and nobody is taken for a thief."""
    clock.tick(600)
    jar = issued.refresh_token
    answers = []
    for tab in range(10):
        answers.append(
            (await refresh(auth, issued.refresh_token if tab % 2 else jar)).refresh_token
        )
        jar = answers[-1]
        clock.tick(2)

    assert len(set(answers)) == 1
    assert (await session_row(auth, issued))["generation"] == 1


async def test_the_current_token_is_not_rotated_inside_the_window(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A session rotates at most once a window; until then its token is handed out again."""
    first = await refresh(auth, issued.refresh_token)
    before = await session_row(auth, issued)

    clock.tick(timedelta(seconds=30) - MICROSECOND)
    assert (await refresh(auth, first.refresh_token)).refresh_token == first.refresh_token
    assert await session_row(auth, issued) == before

    clock.tick(MICROSECOND)
    second = await refresh(auth, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert (await session_row(auth, issued))["generation"] == 2


async def test_handing_out_again_does_not_extend_the_window(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """The window counts from the rotation, however often it is used."""
    await refresh(auth, issued.refresh_token)
    for _ in range(5):
        clock.tick(5)
        await refresh(auth, issued.refresh_token)
    clock.tick(5)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused


# Behind the window


async def test_the_parent_is_good_until_the_window_ends_and_not_a_moment_longer(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """At 30 seconds the successor must have arrived; whoever still has the parent is a thief."""
    current = (await refresh(auth, issued.refresh_token)).refresh_token

    clock.tick(timedelta(seconds=30) - MICROSECOND)
    assert await outcome(auth, issued.refresh_token) == current

    clock.tick(MICROSECOND)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused


async def test_reuse_ends_the_session_and_the_row_says_so(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """The revocation is written although the answer is an error; even the newest token is over."""
    (parent, current) = await rotated(auth, issued, clock, 1)
    before = await session_row(auth, issued)
    clock.tick(31)

    with pytest.raises(RefreshTokenReused) as refusal:
        await refresh(auth, parent)

    assert refusal.value.session_over
    assert changes(before, await session_row(auth, issued)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "reuse",
    }
    assert await outcome(auth, current) is SessionRevoked
    assert await outcome(auth, parent) is SessionRevoked


async def test_reuse_ends_no_other_session(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """An old token of one device logs out that device, not the person, and nobody else."""
    phone = await begin(auth, ada, PHONE)
    bob = await begin(auth, await auth.accounts.create("bob@example.com", None))
    await rotated(auth, issued, clock, 1)
    others = [await session_row(auth, phone), await session_row(auth, bob)]
    clock.tick(31)

    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused

    assert [await session_row(auth, phone), await session_row(auth, bob)] == others
    assert isinstance(await outcome(auth, phone.refresh_token), str)
    assert isinstance(await outcome(auth, bob.refresh_token), str)


async def test_a_grandparent_inside_the_window_is_reuse(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """Only the parent can have crossed with a rotation; what is older was used up before it."""
    (grandparent, _, _) = await rotated(auth, issued, clock, 2)

    assert await outcome(auth, grandparent) is RefreshTokenReused
    assert (await session_row(auth, issued))["revoked_reason"] == "reuse"


@pytest.mark.parametrize("age", [2, 3, 7])
async def test_every_ancestor_is_reuse(
    auth: Auth, issued: Issued, clock: FrozenClock, age: int
) -> None:
    """However many rotations ago it was used up, a token is proof."""
    tokens = await rotated(auth, issued, clock, 7)
    assert await outcome(auth, tokens[-1 - age]) is RefreshTokenReused


async def test_reuse_is_noticed_after_a_restart(
    auth: Auth, issued: Issued, clock: FrozenClock, make_auth: MakeAuth
) -> None:
    """All that matters is in the row: a new process knows what the old one knew."""
    (parent, current) = await rotated(auth, issued, clock, 1)
    await auth.close()
    restarted = await make_auth()

    assert await outcome(restarted, parent) == current
    clock.tick(31)
    assert await outcome(restarted, parent) is RefreshTokenReused
    assert await outcome(restarted, current) is SessionRevoked


async def test_twenty_thieves_at_once_end_the_session_once(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """Every one of them is refused, and the row keeps the first moment and reason."""
    await rotated(auth, issued, clock, 1)
    clock.tick(31)
    results = await asyncio.gather(*(outcome(auth, issued.refresh_token) for _ in range(20)))
    assert set(results) <= {RefreshTokenReused, SessionRevoked}
    assert RefreshTokenReused in results
    row = await session_row(auth, issued)
    clock.tick(5)
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
    assert await session_row(auth, issued) == row


# A window of 0


async def test_without_a_window_one_of_twenty_wins(make_auth: MakeAuth) -> None:
    """Strict rotation mints one successor; who came second is refused and nothing is revoked."""
    auth = await make_auth(refresh_window=0)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))

    results = await asyncio.gather(*(outcome(auth, issued.refresh_token) for _ in range(20)))

    counts = Counter(results)
    assert counts.pop(RefreshTokenInvalid) == 19
    ((winner, wins),) = counts.items()
    assert wins == 1
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (1, None)
    assert row["token_hash"] == hash_of(auth, str(winner))


async def test_without_a_window_every_use_rotates(make_auth: MakeAuth) -> None:
    """The current token is never handed out twice."""
    auth = await make_auth(refresh_window=0)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    first = await refresh(auth, issued.refresh_token)
    second = await refresh(auth, first.refresh_token)
    assert len({issued.refresh_token, first.refresh_token, second.refresh_token}) == 3
    assert (await session_row(auth, issued))["generation"] == 2


async def test_without_a_window_the_parent_is_late_for_five_seconds_and_then_stolen(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """A lost race clears no cookie and ends no session; five seconds later it is reuse."""
    auth = await make_auth(refresh_window=0)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    current = (await refresh(auth, issued.refresh_token)).refresh_token
    before = await session_row(auth, issued)

    clock.tick(timedelta(seconds=5) - MICROSECOND)
    with pytest.raises(RefreshTokenInvalid) as refusal:
        await refresh(auth, issued.refresh_token)
    assert not refusal.value.session_over
    assert await session_row(auth, issued) == before

    clock.tick(MICROSECOND)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused
    assert await outcome(auth, current) is SessionRevoked


async def test_without_a_window_a_grandparent_is_stolen_at_once(make_auth: MakeAuth) -> None:
    """Only the parent can have raced."""
    auth = await make_auth(refresh_window=0)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    parent = await refresh(auth, issued.refresh_token)
    await refresh(auth, parent.refresh_token)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused
