"""Keys over the network: fetched once, and renewed unseen."""

import asyncio
import json
from contextlib import suppress

from clocks_moved import LoopClock
from fetched_keys import let_time_out, until_fetched
from frozen_clock import FrozenClock
from issuer import Issuer, refusal
from key_server import (
    KeyServer,
    no_answer,
    response,
)
from waiting import until

from authberry import AccessTokenVerifier
from authberry.errors import UnauthenticatedReason
from authberry.tokens.jose import Key

INVALID = UnauthenticatedReason.TOKEN_INVALID
NEW = Key.generate("ES256")


# Fetched


async def test_the_keys_are_fetched_once(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """For the first token, however many come at once, and for all that follow."""
    tokens = [issuer.token(jti=f"token {number}") for number in range(20)]
    assert key_server.asked == 0
    assert await asyncio.gather(*(refusal(verifier, token) for token in tokens)) == [None] * 20
    assert key_server.asked == 1
    assert await refusal(verifier, tokens[0]) is None
    assert key_server.asked == 1


async def test_entering_has_them_on_their_way(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """And nobody has waited for it; leaving ends what is under way, and tokens are still read."""
    async with verifier:
        await until(lambda: key_server.asked == 1)
        await until_fetched(verifier)
        assert await refusal(verifier, issuer.token()) is None
        key_server.answer = no_answer
        assert verifier._remote
        fetching = verifier._remote.start_fetching()
    assert fetching.cancelled()
    assert await refusal(verifier, issuer.token()) is None


async def test_keys_are_renewed_behind_the_back_of_a_request(
    verifier: AccessTokenVerifier,
    key_server: KeyServer,
    issuer: Issuer,
    clock: FrozenClock,
    loop_clock: LoopClock,
) -> None:
    """After five minutes, by use, once; no request waits for the answer, however late it is."""
    assert await refusal(verifier, issuer.token()) is None
    clock.tick(299)
    assert await refusal(verifier, issuer.token()) is None
    await until_fetched(verifier)
    assert key_server.asked == 1
    key_server.answer = no_answer
    clock.tick(1)
    loop_clock.stop()
    for _ in range(5):  # while no time passes
        assert await refusal(verifier, issuer.token()) is None
    await let_time_out(loop_clock, key_server, 2)
    await until_fetched(verifier)
    assert key_server.asked == 2


async def test_a_key_that_is_withdrawn_is_trusted_no_more(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """Not even for a token that was verified before, nor for another key of the same name."""
    token = issuer.token(exp=int(clock.now().timestamp()) + 3600)
    assert await refusal(verifier, token) is None
    clock.tick(300)
    key_server.answer = response(
        json.dumps({"keys": [{**(NEW.public_jwk or {}), "kid": issuer.key.kid}]}).encode()
    )
    assert await refusal(verifier, token) is None
    await until_fetched(verifier)
    assert await refusal(verifier, token) is INVALID


# Rotated


async def test_a_rotation_that_was_published_is_not_noticed(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """The next key is there before it signs; the old one stays for as long as its tokens last."""
    old, new = issuer.key, NEW
    assert await refusal(verifier, issuer.token()) is None
    key_server.publish(old, new)
    clock.tick(300)
    assert await refusal(verifier, issuer.token()) is None
    await until_fetched(verifier)
    issuer.key = new
    assert await refusal(verifier, issuer.token()) is None
    issuer.key = old
    assert await refusal(verifier, issuer.token()) is None
    assert key_server.asked == 2


async def test_a_rotation_in_an_emergency_is_seen_at_once(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """A token with a key that is not here makes it look again, for all who bring one."""
    assert await refusal(verifier, issuer.token()) is None
    issuer.key = NEW
    key_server.publish(NEW)
    tokens = [issuer.token(jti=f"token {number}") for number in range(20)]
    assert await asyncio.gather(*(refusal(verifier, token) for token in tokens)) == [None] * 20
    assert key_server.asked == 2


async def test_a_flood_of_invented_keys_costs_one_question_in_thirty_seconds(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """And an emergency during it is seen when they are over."""
    assert await refusal(verifier, issuer.token()) is None

    async def flood() -> None:
        for number in range(200):
            assert await refusal(verifier, issuer.token({"kid": f"invented {number}"})) is INVALID

    await flood()
    assert key_server.asked == 2
    clock.tick(29)
    await flood()
    assert key_server.asked == 2
    issuer.key = NEW
    key_server.publish(NEW)
    assert await refusal(verifier, issuer.token()) is INVALID
    clock.tick(1)
    assert await refusal(verifier, issuer.token()) is None
    assert key_server.asked == 3


async def test_one_who_gives_up_takes_nothing_from_the_others(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """The answer is everybody's."""
    go = asyncio.Event()
    whole = key_server.answer

    async def late(writer: asyncio.StreamWriter) -> None:
        await go.wait()
        await whole(writer)

    key_server.answer = late
    first, second = (asyncio.create_task(refusal(verifier, issuer.token())) for _ in range(2))
    await until(lambda: key_server.asked == 1)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    go.set()
    assert await second is None
    assert key_server.asked == 1
