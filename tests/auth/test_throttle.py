"""How often something may be tried: counted before, by all together, and without the store too.

A window goes by the process's clock of the day, on the store too, so that a test may move it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from clocks_moved import WallClock, wall
from database_servers import TIMEOUT, Valkey
from late_store import LateStore, late_store
from limits import parse
from people import BROWSER, PASSWORD, PHONE, begin, log_in, refresh
from rows import everything

from authberry import Auth, Client, RefreshTokenTransport
from authberry import throttle as throttling
from authberry.errors import InvalidCredentials, SessionNotFound, TooManyAttempts
from authberry.events.log import SecurityLog
from authberry.metrics import Metrics
from authberry.models import User
from authberry.sessions.viewers import Viewer
from authberry.throttle import Budget, Throttle

__all__ = ["late_store", "wall"]

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY


def budget(limit: str, *subject: str) -> Budget:
    """So many attempts for one subject."""
    return Budget(parse(limit), subject or ("test",))


async def spent(throttle: Throttle, *budgets: Budget) -> bool:
    """Whether an attempt was there to be spent."""
    try:
        await throttle.spend(BROWSER, *budgets)
    except TooManyAttempts:
        return False
    return True


@pytest.fixture(params=["memory", "valkey"])
def url(request: pytest.FixtureRequest) -> str:
    """Where attempts are counted."""
    if request.param == "memory":
        return "memory://"
    valkey: Valkey = request.getfixturevalue("valkey")
    return valkey.url


@pytest.fixture
async def throttle(url: str) -> AsyncIterator[Throttle]:
    """A throttle with nothing counted."""
    throttle = Throttle(url, SecurityLog(Metrics()))
    yield throttle
    await throttle.close()


async def test_a_budget_is_so_many_attempts(throttle: Throttle) -> None:
    """The next one is told how long to wait: whole seconds, at least one, at most the window."""
    for _ in range(3):
        await throttle.spend(BROWSER, budget("3/hour"))
    with pytest.raises(TooManyAttempts) as refusal:
        await throttle.spend(BROWSER, budget("3/hour"))
    assert type(refusal.value.retry_after) is int
    assert 3000 < refusal.value.retry_after <= 3600


async def test_a_hundred_at_once_get_no_more_than_the_budget(throttle: Throttle) -> None:
    """Checking and counting are one step."""
    results = await asyncio.gather(*(spent(throttle, budget("5/hour")) for _ in range(100)))
    assert Counter(results) == {True: 5, False: 95}


async def test_subjects_do_not_share_a_budget(throttle: Throttle) -> None:
    """Nor do two that are written alike when they are put together."""
    for subject in (("a", "b"), ("a",), ("ab",), ("a", "b", "c"), ("a", "bc")):
        assert await spent(throttle, budget("1/hour", *subject))
        assert not await spent(throttle, budget("1/hour", *subject))


async def test_an_empty_budget_leaves_those_behind_it_alone(throttle: Throttle) -> None:
    """Whoever is stopped as a person does not use up the limit of their network."""
    narrow, wide = budget("1/hour", "narrow"), budget("2/hour", "wide")
    assert await spent(throttle, narrow, wide)
    for _ in range(5):
        assert not await spent(throttle, narrow, wide)
    assert await spent(throttle, wide)
    assert not await spent(throttle, wide)


async def test_a_window_moves(throttle: Throttle, wall: WallClock) -> None:
    """An attempt comes back when its own time is over: no edge doubles the budget."""
    limit = budget("2/hour")
    assert await spent(throttle, limit)
    wall.now += 2000
    assert await spent(throttle, limit)
    wall.now += 1590
    assert not await spent(throttle, limit)
    wall.now += 20
    assert await spent(throttle, limit)
    assert not await spent(throttle, limit)


async def test_being_stopped_does_not_make_it_longer(throttle: Throttle, wall: WallClock) -> None:
    """Who goes on trying is let in as soon as who waits: nobody keeps another out for ever."""
    assert await spent(throttle, budget("1/hour"))
    for _ in range(36):
        wall.now += 99
        assert not await spent(throttle, budget("1/hour"))
    wall.now += 40
    assert await spent(throttle, budget("1/hour"))


async def test_a_restored_budget_is_full(throttle: Throttle) -> None:
    """Others are as they were; what is off costs nothing and stops nobody."""
    one, other, off = budget("1/hour", "one"), budget("1/hour", "other"), Budget(None, ("off",))
    assert await spent(throttle, one, other)
    await throttle.restore(one, off)
    assert await spent(throttle, one)
    assert not await spent(throttle, other)
    for _ in range(10):
        assert await spent(throttle, off)


async def test_being_stopped_is_an_event(
    throttle: Throttle, caplog: pytest.LogCaptureFixture
) -> None:
    """With the address, and what was tried; not for whom."""
    caplog.set_level("DEBUG", "authberry")
    await throttle.spend(PHONE, budget("1/hour", "login", "ada@example.com"))
    assert caplog.records == []
    with pytest.raises(TooManyAttempts):
        await throttle.spend(PHONE, budget("1/hour", "login", "ada@example.com"))
    (record,) = caplog.records
    assert vars(record)["event"] == "attempts_exceeded"
    assert vars(record)["reason"] == "login"
    assert vars(record)["address"] == PHONE.address
    assert "ada@example.com" not in repr(vars(record))


# Shared


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


# Logging in


async def guess(auth: Auth, email: str = "ada@example.com", client: Client = BROWSER) -> object:
    """One wrong guess."""
    try:
        await auth.logins.passwords.login(email, "wrong password", client, BODY)
    except (InvalidCredentials, TooManyAttempts) as refusal:
        return type(refusal)
    return None


async def guesses(auth: Auth, count: int) -> Counter[object]:
    """Many of them, one after another."""
    return Counter([await guess(auth) for _ in range(count)])


@pytest.mark.one_process("in memory each counts by itself")
async def test_guesses_at_once_never_exceed_the_budget(make_auth: MakeAuth, url: str) -> None:
    """The attempt is counted before the password is hashed, not when that is done."""
    auth = await make_auth(throttle_url=url)
    await auth.accounts.create("ada@example.com", PASSWORD)
    hashed = 0
    matches = auth.passwords.hasher._matches

    def counted(*arguments: object) -> bool:
        nonlocal hashed
        hashed += 1
        return matches(*arguments)  # type: ignore[arg-type]

    auth.passwords.hasher._matches = counted  # type: ignore[method-assign,assignment]
    results = Counter(await asyncio.gather(*(guess(auth) for _ in range(50))))
    assert results == {InvalidCredentials: 5, TooManyAttempts: 45}
    assert hashed == 5


async def test_the_right_password_fills_the_budget_again(make_auth: MakeAuth) -> None:
    """Whoever mistypes now and then is never stopped; the sixth guess in a row is."""
    auth = await make_auth()
    await auth.accounts.create("ada@example.com", PASSWORD)
    for _ in range(4):
        assert await guesses(auth, 4) == {InvalidCredentials: 4}
        await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)
    assert await guesses(auth, 6) == {InvalidCredentials: 5, TooManyAttempts: 1}
    with pytest.raises(TooManyAttempts):
        await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)


async def test_a_stranger_cannot_keep_the_owner_out(make_auth: MakeAuth, wall: WallClock) -> None:
    """Whose address is used up at the stranger's is not at home; and it passes by itself."""
    auth = await make_auth(login_attempts="2/hour")
    await auth.accounts.create("ada@example.com", PASSWORD)
    assert await guesses(auth, 5) == {InvalidCredentials: 2, TooManyAttempts: 3}
    await auth.logins.passwords.login("ada@example.com", PASSWORD, PHONE, BODY)
    wall.now += 3601
    await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)


async def test_one_account_is_guarded_against_many_networks(make_auth: MakeAuth) -> None:
    """Fifty an hour, from wherever they come."""
    auth = await make_auth(login_attempts_per_account="10/hour")
    await auth.accounts.create("ada@example.com", PASSWORD)
    results = Counter(
        [await guess(auth, client=Client(f"198.51.100.{host}")) for host in range(30)]
    )
    assert results == {InvalidCredentials: 10, TooManyAttempts: 20}


async def test_many_accounts_are_guarded_against_one_network(make_auth: MakeAuth) -> None:
    """Whether they exist or not; all addresses of a /64 are one network."""
    auth = await make_auth(login_attempts_per_address="10/hour")
    results = Counter(
        [
            await guess(auth, f"person{number}@example.com", Client(f"2001:db8::{number:x}"))
            for number in range(30)
        ]
    )
    assert results == {InvalidCredentials: 10, TooManyAttempts: 20}
    assert await guess(auth, client=Client("2001:db8:0:1::1")) is InvalidCredentials


async def test_a_botnet_is_stopped_in_all(make_auth: MakeAuth) -> None:
    """Every network and every account new: there is a ceiling."""
    auth = await make_auth(login_attempts_in_all="10/hour")
    results = Counter(
        [
            await guess(auth, f"person{number}@example.com", Client(f"198.51.100.{number}"))
            for number in range(30)
        ]
    )
    assert results == {InvalidCredentials: 10, TooManyAttempts: 20}


@pytest.mark.parametrize("spelling", ["ADA@example.com", " ada@example.com ", "ada@EXAMPLE.com"])
async def test_another_spelling_is_no_new_budget(make_auth: MakeAuth, spelling: str) -> None:
    """The address is counted as it is looked up."""
    auth = await make_auth(login_attempts="2/hour")
    assert await guess(auth) is InvalidCredentials
    assert await guess(auth, spelling) is InvalidCredentials
    assert await guess(auth, spelling) is TooManyAttempts


async def test_refreshing_is_limited_by_network(make_auth: MakeAuth, ada: User) -> None:
    """Generously, and without a session's harm."""
    auth = await make_auth(refresh_attempts="3/hour")
    issued = await begin(auth, ada)
    for _ in range(3):
        await refresh(auth, issued.refresh_token)
    before = await everything(auth)
    with pytest.raises(TooManyAttempts) as refusal:
        await refresh(auth, issued.refresh_token)
    assert not refusal.value.session_over
    assert await everything(auth) == before
    await refresh(auth, issued.refresh_token, client=PHONE)


async def test_ending_sessions_is_limited_by_person(make_auth: MakeAuth, ada: User) -> None:
    """Nobody tries ids all day long."""
    auth = await make_auth(session_attempts="2/hour")
    viewer = Viewer(ada, (await begin(auth, ada)).session)
    for _ in range(2):
        with pytest.raises(SessionNotFound):
            await auth.sessions.revocation.revoke(viewer, "nonsense", BROWSER)
    with pytest.raises(TooManyAttempts):
        await auth.sessions.revocation.revoke(viewer, "nonsense", PHONE)
    with pytest.raises(TooManyAttempts):
        await auth.sessions.revocation.revoke_others(viewer, PHONE)
