"""Counts in a store that processes share, and without it while it is away."""

import asyncio
from collections import Counter
from collections.abc import Iterator

import pytest
from database_servers import TIMEOUT, Valkey
from late_store import LateStore, late_store
from people import BROWSER, PASSWORD, log_in, refresh
from throttles import MakeAuth, budget, guesses, spent

from authberry import throttle as throttling
from authberry.errors import InvalidCredentials, TooManyAttempts
from authberry.events.log import SecurityLog
from authberry.metrics import Metrics
from authberry.throttle import Throttle

__all__ = ["late_store"]


async def test_two_processes_share_a_budget(valkey: Valkey) -> None:
    """Which are one service to whoever guesses."""
    servers = [
        Throttle(valkey.url, SecurityLog(Metrics())),
        Throttle(valkey.url, SecurityLog(Metrics())),
    ]
    results = await asyncio.gather(
        *(spent(servers[turn % 2], budget("5/hour")) for turn in range(40))
    )
    assert Counter(results) == {True: 5, False: 35}
    await servers[0].restore(budget("5/hour"))
    assert await spent(servers[1], budget("5/hour"))
    for server in servers:
        await server.close()


async def test_the_store_forgets_and_knows_no_names(valkey: Valkey) -> None:
    """Every key has its time, and none holds an address of mail or of the network."""
    throttle = Throttle(valkey.url, SecurityLog(Metrics()))
    await throttle.spend(BROWSER, budget("5/hour", "login", "ada@example.com", "192.0.2.1"))
    with valkey.client() as client:
        keys = list(client.scan_iter())
        assert keys
        assert all(0 < client.ttl(key) <= 3600 for key in keys)
        dump = repr([(key, client.dump(key)) for key in keys])
    assert "ada" not in dump
    assert "192.0.2" not in dump
    await throttle.close()


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A store of its own, to be killed."""
    with Valkey() as server:
        yield server


async def test_without_the_store_each_process_limits_by_itself(
    own_valkey: Valkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never without a limit; at once; and together again when it is back, with no restart."""
    servers = [
        Throttle(own_valkey.url, SecurityLog(Metrics())),
        Throttle(own_valkey.url, SecurityLog(Metrics())),
    ]
    assert await spent(servers[0], budget("3/hour"))
    assert await servers[0].problem() is None
    own_valkey.stop()

    results = [
        [await spent(server, budget("3/hour")) for _ in range(20)].count(True) for server in servers
    ]
    assert results == [2, 3]  # the first had granted one when the store was there
    assert await servers[0].problem() is not None

    own_valkey.start()
    monkeypatch.setattr("authberry.throttle.STORE_RETRY", 0)
    for server in servers:
        server._resume_at = 0
    turns = [await spent(servers[turn % 2], budget("3/hour", "another")) for turn in range(20)]
    assert turns.count(True) == 3
    assert await servers[0].problem() is None
    for server in servers:
        await server.close()


async def test_a_store_that_is_back_grants_nothing_twice(own_valkey: Valkey) -> None:
    """It has forgotten everything; what was granted without it is remembered here."""
    throttle = Throttle(own_valkey.url, SecurityLog(Metrics()))
    own_valkey.stop()
    assert [await spent(throttle, budget("3/hour")) for _ in range(4)] == [True] * 3 + [False]
    own_valkey.start()
    throttle._resume_at = 0
    with pytest.raises(TooManyAttempts) as refusal:
        await throttle.spend(BROWSER, budget("3/hour"))
    assert 3000 < refusal.value.retry_after <= 3600
    await throttle.restore(budget("3/hour"))
    assert [await spent(throttle, budget("3/hour")) for _ in range(4)] == [True] * 3 + [False]
    assert await throttle.problem() is None
    await throttle.close()


@pytest.mark.parametrize("answered", [0, 2, 4])
async def test_answers_that_come_too_late_are_no_second_budget(
    late_store: LateStore, answered: int
) -> None:
    """What the store has granted before is counted here as well."""
    late_store.answered = answered
    throttle = Throttle(f"{late_store.url}?{TIMEOUT}", SecurityLog(Metrics()))
    results = await asyncio.gather(*(spent(throttle, budget("5/hour")) for _ in range(50)))
    assert Counter(results) == {True: 5, False: 45}
    await throttle.close()


async def test_what_is_filled_again_elsewhere_is_full_here(valkey: Valkey) -> None:
    """What is counted here stops nobody while the store answers: it knows of others' logins."""
    here, there = (Throttle(valkey.url, SecurityLog(Metrics())) for _ in range(2))
    for _ in range(3):
        assert await spent(here, budget("3/hour"))
    await there.restore(budget("3/hour"))
    assert [await spent(here, budget("3/hour")) for _ in range(4)] == [True] * 3 + [False]
    for server in (here, there):
        await server.close()


async def test_a_store_that_hangs_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It accepts and says nothing: it is waited for once, and then not again for a while."""
    assert throttling.STORE_TIMEOUT <= 0.5
    assert throttling.STORE_RETRY >= 5
    monkeypatch.setattr(throttling, "STORE_RETRY", 3600)
    connections = []

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.read()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        throttle = Throttle(f"valkey://127.0.0.1:{port}/0", SecurityLog(Metrics()))
        results = [await spent(throttle, budget("3/hour")) for _ in range(20)]
        assert sum(results) == 3
        assert len(connections) == 1
        await throttle.close()
        for writer in connections:
            writer.close()


@pytest.mark.one_process("without the store each counts by itself")
async def test_people_log_in_and_refresh_while_the_store_is_away(
    own_valkey: Valkey, make_auth: MakeAuth
) -> None:
    """And twenty wrong guesses are still stopped at the fifth."""
    auth = await make_auth(throttle_url=own_valkey.url, refresh_attempts="100/minute")
    await auth.accounts.create("ada@example.com", PASSWORD)
    own_valkey.stop()
    issued = await log_in(auth, "ada@example.com")
    await refresh(auth, issued.refresh_token)
    assert await guesses(auth, 20) == {InvalidCredentials: 5, TooManyAttempts: 15}
