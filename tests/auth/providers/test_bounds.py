"""How long a provider may take, and how much it may say."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from clocks_moved import LoopClock
from refused_logins import refused
from scripted_server import (
    endless_answer,
    no_answer,
    one_byte_at_a_time,
    response,
)
from stand_in_provider import METADATA, REDIRECT, StandInProvider, log_in

from authberry.providers import Providers, ProviderUnavailable

LATE = "no whole answer within 5 seconds"


async def after_five_seconds(work: Awaitable[Any], clock: LoopClock, asked: object) -> str:
    """Why a step comes to nothing, once five seconds have passed and not before."""
    task = asyncio.ensure_future(work)
    await clock.until(asked)  # type: ignore[arg-type]
    for _ in range(49):
        await clock.advance(0.1)
    assert not task.done()
    for _ in range(2):
        await clock.advance(0.1)
    await clock.until(task.done)
    with pytest.raises(ProviderUnavailable) as error:
        task.result()
    return error.value.reason


@pytest.mark.parametrize("answer", [no_answer, one_byte_at_a_time])
@pytest.mark.parametrize("path", [METADATA, "/token", "/jwks", "/userinfo"])
async def test_a_login_waits_for_five_seconds_in_all(
    providers: Providers, server: StandInProvider, loop_clock: LoopClock, path: str, answer: Any
) -> None:
    """Whichever question it is that is not answered, or bit by bit."""
    server.metadata = {"userinfo_endpoint": f"{server.origin}/userinfo"}
    server.claims = {"email": None}
    server.answers[path] = answer
    if path == METADATA:
        loop_clock.stop()
        work: Awaitable[Any] = providers.begin("acme", REDIRECT)
    else:
        begun = await providers.begin("acme", REDIRECT)
        loop_clock.stop()
        work = providers.finish("acme", REDIRECT, begun.kept, server.authorize(begun.url))
    told = await after_five_seconds(work, loop_clock, lambda: path in server.paths())
    assert told.endswith(LATE)


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
async def test_an_answer_without_end_is_not_read_to_its_end(
    providers: Providers, server: StandInProvider, path: str
) -> None:
    """128 KiB are enough for anybody."""
    server.metadata = {"userinfo_endpoint": f"{server.origin}/userinfo"}
    server.claims = {"email": None}
    server.answers[path] = endless_answer
    what = {"/token": "the token endpoint", "/userinfo": "userinfo"}[path]
    reason = f"{what}: the answer is longer than 131072 bytes"
    assert await refused(log_in(providers, server)) == (reason, "provider")


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
async def test_a_code_and_a_token_are_not_carried_elsewhere(
    providers: Providers, server: StandInProvider, path: str
) -> None:
    """By a redirection, of which 307 and 308 would take the form along."""
    server.metadata = {"userinfo_endpoint": f"{server.origin}/userinfo"}
    server.claims = {"email": None}
    what = {"/token": "the token endpoint", "/userinfo": "userinfo"}[path]
    for status in (b"302 Found", b"307 Temporary Redirect", b"308 Permanent Redirect"):
        there = f"Location: {server.origin}/elsewhere".encode()
        server.answers[path] = response(b"", there, status=status)
        reason = f"{what}: the answer has status {status.split()[0].decode()}"
        assert await refused(log_in(providers, server)) == (reason, "provider")
    assert "/elsewhere" not in server.paths()


async def test_a_bomb_of_gzip_is_not_unpacked(
    providers: Providers, server: StandInProvider
) -> None:
    """Nothing that is compressed is asked for, or read."""
    server.answers["/token"] = response(b"x" * 100, b"Content-Encoding: gzip")
    reason = "the token endpoint: the answer is compressed"
    assert await refused(log_in(providers, server)) == (reason, "provider")


async def test_a_server_that_is_not_there_is_said_to_be_away(
    providers: Providers, server: StandInProvider
) -> None:
    """At once, and by the kind of the error alone."""
    await server.stop()
    with pytest.raises(ProviderUnavailable) as error:
        await providers.begin("acme", REDIRECT)
    assert error.value.reason == "the metadata: ConnectError"
    await server.start()
