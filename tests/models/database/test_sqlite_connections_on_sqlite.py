"""Writing at once, on the event loop's thread: committed, and never in anybody's way."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable

import pytest
from people import outcome, refresh

from authberry import Auth, Issued
from authberry.models import RefreshToken
from authberry.models.database.sqlite_connections import WRITES_BETWEEN_CHECKPOINTS

MakeAuth = Callable[..., Awaitable[Auth]]
TOUCH = "UPDATE authberry_refresh_token SET user_agent = ? WHERE id = ? RETURNING id"
A_MEBIBYTE = 2**20


async def test_what_is_written_at_once_is_there_for_everybody(auth: Auth, issued: Issued) -> None:
    """Committed, for the other connections of this process and for other processes."""
    with auth.database.use():
        rows = await auth.database.write(TOUCH, "Lynx", issued.session.id)
        assert [row["id"] for row in rows] == [str(issued.session.id)]
        assert (await RefreshToken.get(id=issued.session.id)).user_agent == "Lynx"
    with sqlite3.connect(str(auth.database.file)) as other:
        assert other.execute("SELECT user_agent FROM authberry_refresh_token").fetchall() == [
            ("Lynx",)
        ]
    other.close()


@pytest.mark.parametrize(("option", "level"), [("", 1), ("?synchronous=FULL", 2)])
async def test_what_a_url_says_of_a_commit_holds_on_every_connection_that_writes(
    make_auth: MakeAuth, database_url: str, option: str, level: int
) -> None:
    """Also on that which writes at once."""
    auth = await make_auth(database_url=database_url + option)
    with auth.database.use():
        for ask in (auth.database.fetch, auth.database.write):
            (row,) = await ask("PRAGMA synchronous")
            assert row["synchronous"] == level


async def test_a_refresh_waits_for_another_writer_without_holding_up_the_loop(
    auth: Auth, issued: Issued
) -> None:
    """Whoever finds the file locked waits on the thread, and the loop goes on."""
    other = sqlite3.connect(str(auth.database.file), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    renewing = asyncio.create_task(refresh(auth, issued.refresh_token))
    for _ in range(30):
        await asyncio.sleep(0.01)
        assert not renewing.done()
    other.execute("COMMIT")
    other.close()
    token = (await renewing).refresh_token
    assert await outcome(auth, token) == token


async def test_a_refresh_waits_for_a_transaction_of_its_own_process(
    auth: Auth, issued: Issued
) -> None:
    """Which has the lock on another connection, and rolls back here."""
    begun = asyncio.Event()

    async def change_one_s_mind() -> None:
        with auth.database.use():
            async with auth.database.transaction():
                await RefreshToken.filter(id=issued.session.id).update(user_agent="never")
                begun.set()
                await asyncio.sleep(0.05)
                raise KeyError

    changing = asyncio.create_task(change_one_s_mind())
    await begun.wait()
    assert await outcome(auth, issued.refresh_token) != issued.refresh_token
    assert isinstance((await asyncio.gather(changing, return_exceptions=True))[0], KeyError)
    with auth.database.use():
        row = await RefreshToken.get(id=issued.session.id)
    assert (row.generation, row.user_agent) == (1, "Firefox")


async def test_the_log_does_not_grow_with_what_is_written_at_once(
    auth: Auth, issued: Issued
) -> None:
    """The thread is given a statement now and then, and copies the log into the file."""
    with auth.database.use():
        for number in range(8 * WRITES_BETWEEN_CHECKPOINTS):
            await auth.database.write(TOUCH, f"browser {number}", issued.session.id)
    log = auth.database.file
    assert log is not None
    assert log.with_name(f"{log.name}-wal").stat().st_size < 8 * A_MEBIBYTE
