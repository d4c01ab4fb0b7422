"""Signing keys take turns, and no token is lost by it."""

import asyncio
from datetime import timedelta

from frozen_clock import FrozenClock
from people import begin
from rows import everything
from stored_keys import ACTIVE, DAY, NEXT, RETIRED, MakeAuth, is_good, published, states

from authberry import Auth, Issued
from authberry.models import SigningKey
from authberry.signing.keys import JWKS_MAX_AGE, PUBLISH_BEFORE, RELOAD_INTERVAL


async def test_a_key_is_published_before_it_signs(auth: Auth, clock: FrozenClock) -> None:
    """For longer than anybody keeps the key set, and a reload takes; then it signs at once."""
    assert PUBLISH_BEFORE > JWKS_MAX_AGE + RELOAD_INTERVAL
    former = auth.signing.keys.signing()
    added = await auth.signing.keys.rotate()
    assert states(auth) == [ACTIVE, NEXT]
    assert published(auth) == [former.kid, added.key.kid]

    clock.tick(PUBLISH_BEFORE - timedelta(microseconds=1))
    assert auth.signing.keys.signing() == former
    clock.tick(timedelta(microseconds=1))
    assert auth.signing.keys.signing() == added.key
    assert states(auth) == [RETIRED, ACTIVE]
    assert published(auth) == [former.kid, added.key.kid]


async def test_tokens_of_a_retired_key_are_good_until_they_expire(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """And a while longer, for clocks that differ; then the key is gone from the key set too."""
    former = auth.signing.keys.signing()
    added = await auth.signing.keys.rotate()
    clock.tick(PUBLISH_BEFORE)
    last = await begin(auth, issued.user)
    clock.tick(600)
    assert published(auth) == [former.kid, added.key.kid]
    assert await is_good(auth, issued)
    clock.tick(timedelta(microseconds=1))
    assert published(auth) == [added.key.kid]
    assert not await is_good(auth, issued)
    assert await is_good(auth, last)
    assert await auth.signing.keys.prune() == 1
    assert [row["kid"] for row in (await everything(auth))["SigningKey"]] == [added.key.kid]
    assert await auth.signing.keys.prune() == 0


async def test_a_stolen_key_is_replaced_at_once(auth: Auth, issued: Issued) -> None:
    """The new one signs now; tokens of the old one are good for no longer than they were."""
    added = await auth.signing.keys.rotate(immediately=True)
    assert auth.signing.keys.signing() == added.key
    assert states(auth) == [RETIRED, ACTIVE]
    assert await is_good(auth, issued)


async def test_a_stolen_next_key_is_passed_over(auth: Auth, clock: FrozenClock) -> None:
    """A key that replaces at once comes behind whatever was published, and stays the one."""
    passed_over = await auth.signing.keys.rotate()
    added = await auth.signing.keys.rotate(immediately=True)
    for _ in range(3):
        assert auth.signing.keys.signing() == added.key
        clock.tick(PUBLISH_BEFORE)
    assert auth.signing.keys.verifying(passed_over.key.kid) is None


async def test_keys_are_rotated_by_age(auth: Auth, clock: FrozenClock) -> None:
    """After 90 days the next one is published, and signs 15 minutes later, with no restart."""
    first = auth.signing.keys.signing()
    clock.tick(90 * DAY - 1)
    await auth.signing.keys.refresh()
    assert states(auth) == [ACTIVE]
    clock.tick(RELOAD_INTERVAL)
    await auth.signing.keys.refresh()
    assert states(auth) == [ACTIVE, NEXT]
    clock.tick(PUBLISH_BEFORE)
    await auth.signing.keys.refresh()
    assert states(auth) == [RETIRED, ACTIVE]
    assert auth.signing.keys.signing() != first
    assert len((await everything(auth))["SigningKey"]) == 2


async def test_a_service_that_slept_for_months_makes_one_key(
    auth: Auth, make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """It signs with the old one until the new one has been published."""
    clock.tick(400 * DAY)
    servers = [auth, await make_auth(), await make_auth()]
    for server in servers:
        await server.signing.keys.refresh()
        assert states(server) == [ACTIVE, NEXT]
    assert len({server.signing.keys.signing().kid for server in servers}) == 1


async def test_processes_that_rotate_at_once_make_one_key(
    auth: Auth, make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Whoever comes second finds the first one's."""
    servers = [auth, *[await make_auth() for _ in range(3)]]
    clock.tick(90 * DAY)
    await asyncio.gather(*(server.signing.keys.refresh() for server in servers))
    for server in servers:
        await server.signing.keys.load()
    assert [len(server.signing.keys.states()) for server in servers] == [2] * 4
    assert len((await everything(auth))["SigningKey"]) == 2
    assert len({server.signing.keys.states()[1][0].key.kid for server in servers}) == 1


async def test_processes_that_start_at_once_sign_with_one_key(make_auth: MakeAuth) -> None:
    """On an empty database."""
    await make_auth()  # the tables
    first = await make_auth()
    with first.database.use():
        await SigningKey.all().delete()
    servers = await asyncio.gather(*(make_auth() for _ in range(4)))
    for server in servers:
        await server.signing.keys.load()
    assert len({server.signing.keys.signing().kid for server in servers}) == 1


async def test_rotating_under_load_loses_no_token(
    auth: Auth, issued: Issued, make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Two servers, one of which has not heard: each verifies what the other signs, all the time."""
    other = await make_auth()
    await auth.signing.keys.rotate()
    for _ in range(30):
        clock.tick(60)
        for signer, reader in ((auth, other), (other, auth)):
            token = await signer.signing.access_tokens.issue(issued.user, issued.session)
            await reader.signing.access_tokens.verify(token.value)
    assert auth.signing.keys.signing() == other.signing.keys.signing()
