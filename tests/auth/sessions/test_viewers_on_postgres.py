"""What is remembered while PostgreSQL cannot tell of changes: nothing that anybody could notice."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest
from people import BROWSER, begin
from viewers import claims_of, is_live, until_cached

from authberry import Auth, Issued
from authberry.models import User
from authberry.models.change_notifications import CHANNEL, LEASE, RETRY

MakeAuth = Callable[..., Awaitable[Auth]]
LISTENERS = (
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    " AND pid <> pg_backend_pid() AND query LIKE '%pg_listening_channels%'"
)


async def listeners(auth: Auth) -> list[int]:
    """The server's processes at the other end of the listening connections."""
    with auth.database.use():
        return [row["pid"] for row in await auth.database.fetch(LISTENERS)]


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """Let processes stand still: their connections stay open, and say nothing."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def run(auth: Auth, sql: str) -> None:
    """Do something by hand."""
    with auth.database.use():
        await auth.database.fetch(sql)


@pytest.fixture
async def other(make_auth: MakeAuth) -> Auth:
    """Another process."""
    return await make_auth()


async def test_an_end_is_seen_through_a_channel_that_has_gone_mute(
    auth: Auth, other: Auth, issued: Issued
) -> None:
    """No notification comes and no connection breaks: the lease runs out before the answer."""
    claims = await claims_of(auth, issued)
    await until_cached(other, claims)
    with frozen(await listeners(auth)):
        assert await is_live(other, claims)
        await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
        assert not await is_live(other, claims)


async def test_nothing_remembered_is_used_once_a_lease_has_run_out(
    auth: Auth, other: Auth, issued: Issued
) -> None:
    """Whoever changes a row by hand tells nobody, and it is seen all the same."""
    claims = await claims_of(auth, issued)
    await until_cached(other, claims)
    with frozen(await listeners(auth)):
        with auth.database.use():
            await User.all().update(roles=["other"])
        await asyncio.sleep(LEASE)
        assert (await other.sessions.viewers.viewer(claims)).user.roles == ["other"]


async def test_a_mute_channel_holds_nobody_up(
    auth: Auth, other: Auth, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first to notice waits for a lease's length, and then requests read."""
    monkeypatch.setattr("authberry.models.database.connection_url.STATEMENT_TIMEOUT", 3600)
    claims = await claims_of(auth, issued)
    await until_cached(other, claims)
    with frozen(await listeners(auth)):
        await asyncio.sleep(LEASE)
        async with asyncio.timeout(60):  # not for as long as a statement may take
            assert all(await asyncio.gather(*(is_live(other, claims) for _ in range(20))))


async def test_a_channel_that_is_cut_loses_nothing_and_comes_back(
    auth: Auth, other: Auth, ada: User
) -> None:
    """While it is away every request reads; then it remembers again."""
    for _ in range(2):
        issued = await begin(auth, ada)
        claims = await claims_of(auth, issued)
        await until_cached(other, claims)
        await run(auth, LISTENERS.replace("SELECT pid", "SELECT pg_terminate_backend(pid)"))
        assert await is_live(other, claims)
        await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
        assert not await is_live(other, claims)
        await asyncio.sleep(RETRY)


@pytest.mark.own_tables("their triggers are taken away")
@pytest.mark.parametrize(
    "sabotage",
    [
        "DROP TRIGGER authberry_session_ended ON authberry_refresh_token",
        "ALTER TABLE authberry_user DISABLE TRIGGER authberry_user_changed",
    ],
    ids=["dropped", "disabled"],
)
async def test_nothing_is_remembered_where_nobody_would_tell(
    auth: Auth, other: Auth, issued: Issued, caplog: pytest.LogCaptureFixture, sabotage: str
) -> None:
    """Tables rebuilt without their triggers are noticed before anything is remembered."""
    await run(auth, sabotage)
    claims = await claims_of(auth, issued)
    for _ in range(10):
        assert await is_live(other, claims)
        await asyncio.sleep(0.02)
    assert other.sessions.viewers._held == {}
    assert [record.cause for record in caplog.records if hasattr(record, "cause")] == [
        "triggers are missing"
    ]


async def test_a_strangers_notification_breaks_nothing(
    auth: Auth, other: Auth, issued: Issued
) -> None:
    """Whoever may connect may notify: at worst something is read anew."""
    claims = await claims_of(auth, issued)
    for payload in ("", "echo 1", "not an id", str(claims.user_id)):
        await until_cached(other, claims)
        await run(auth, f"SELECT pg_notify('{CHANNEL}', '{payload}')")
        await asyncio.sleep(LEASE)
        assert await is_live(other, claims)


async def test_a_change_during_the_read_is_not_overwritten_by_it(
    auth: Auth, other: Auth, issued: Issued
) -> None:
    """What was read before the change, and arrives after the news of it, is not kept."""
    claims = await claims_of(auth, issued)
    await until_cached(other, claims)
    room = other.sessions.viewers._sessions_of(claims.user_id)
    room.clear()
    reading = asyncio.create_task(other.sessions.viewers.viewer(claims))
    await asyncio.sleep(0)
    other.sessions.viewers._forget(str(claims.user_id))
    await reading
    assert other.sessions.viewers._held.get(str(claims.user_id)) is None


async def test_news_that_comes_while_somebody_waits_for_a_lease_is_heeded(
    auth: Auth, other: Auth, issued: Issued
) -> None:
    """The lease is renewed together with the news: what was remembered before is not used."""
    claims = await claims_of(auth, issued)
    await until_cached(other, claims)
    with frozen(await listeners(auth)):
        await asyncio.sleep(LEASE)
        with auth.database.use():
            await User.all().update(roles=["other"])
        asking = asyncio.create_task(other.sessions.viewers.viewer(claims))
        await asyncio.sleep(LEASE / 8)
    assert (await asking).user.roles == ["other"]
