"""The database is away, slow, full, or has one connection to give."""

import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from apps import person
from browser import codes, data
from database_servers import Postgres
from documents import LOGIN, LOGOUT, ME, REFRESH_TOKEN, REGISTER
from fault_table import FaultTable, seconds_until
from logged_in_user import LogIn
from outages import SmallDisk, locked_sqlite, refusing_postgres, silent_postgres, stopped_postgres
from people import PASSWORD, begin
from processes import OpenBrowser, Serve, rules_on
from rows import everything

from authberry import Auth

DATABASE = os.environ.get("TEST_DATABASE", "sqlite")
ADA = {"email": "ada@example.com", "password": PASSWORD}
EVE = {**ADA, "email": "eve@example.com"}
LOCKED = 3  # seconds, in which whoever writes to a file that is locked is told so
Outage = Callable[[Postgres | None, str], AbstractAsyncContextManager[None]]
WAYS: dict[str, Outage] = (
    {"locked by another process": locked_sqlite}
    if DATABASE == "sqlite"
    else {
        "stopped": stopped_postgres,  # type: ignore[dict-item]
        "silent": silent_postgres,  # type: ignore[dict-item]
        "refusing connections": refusing_postgres,  # type: ignore[dict-item]
    }
)


def refusals(log: str) -> list[dict[str, object]]:
    """The lines of a server's log about what the database refused."""
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == "the database refuses"]


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Postgres | None:
    """The database server that can be stopped."""
    return None if DATABASE == "sqlite" else request.getfixturevalue("postgres")


@pytest.mark.parametrize("way", WAYS)
async def test_without_a_database_nothing_is_decided(
    log_in: LogIn,
    open_browser: OpenBrowser,
    database: Postgres | None,
    database_url: str,
    table: FaultTable,
    way: str,
) -> None:
    """Whoever writes is told to try again; no row changes, and a cookie goes by a logout only."""
    ada = await log_in()
    before, jar = await ada.rows(), ada.browser.cookies
    leaving = open_browser(ada.server)
    leaving.keep("refresh_token", jar["refresh_token"] or "")
    async with WAYS[way](database, database_url):
        began = time.monotonic()
        answers = await asyncio.gather(
            ada.browser.ask(LOGIN, ADA),
            ada.browser.ask(REGISTER, EVE),
            ada.browser.ask(REFRESH_TOKEN),
            leaving.ask(LOGOUT, token=ada.token),
        )
        patience = time.monotonic() - began
        reading = await ada.browser.ask(ME, token=ada.token)
        began = time.monotonic()
        ready = await ada.browser.send("GET", "/health/ready")
        readiness = time.monotonic() - began
    recovery = await seconds_until(ada.is_served)

    reads = DATABASE == "sqlite"
    assert [codes(answer) for answer in answers] == [["SERVICE_UNAVAILABLE"]] * 4
    assert ["set-cookie" in answer.headers for answer in answers] == [False, False, False, True]
    assert (ready.status_code, ready.json()["reason"]) == (
        503,
        "database locked" if reads else "database unreachable",
    )
    if reads:
        assert max(patience, readiness) < LOCKED
        assert {line["code"] for line in refusals(ada.server.log)} == {"SQLITE_BUSY"}
    assert codes(reading) == ([] if reads else ["SERVICE_UNAVAILABLE"])
    assert set(jar) == set(ada.browser.cookies)
    assert leaving.cookies == {}
    changed = [name for name, count in (await ada.rows()).items() if count != before[name]]
    changed += ["revoked_at"] if (await ada.session())["revoked_at"] else []
    # SQLite has one connection, and what it was at when it was given up may still be done.
    assert len(changed) <= (1 if reads else 0), changed
    table.note(
        f"Database {way}",
        answer=f"`SERVICE_UNAVAILABLE` within {patience:.0f} s to whatever writes, not ready within"
        f" {readiness:.0f} s" + ("; reads go on" if reads else ", and to reads"),
        rows="as they were"
        + (", but for the one statement that was waiting for the lock" if reads else ""),
        recovery=recovery,
    )


async def test_a_slow_database_makes_people_wait_and_no_more(
    log_in: LogIn, database: Postgres | None, database_url: str, table: FaultTable
) -> None:
    """A second behind a lock: the refresh is answered when it has its turn, once."""
    ada = await log_in()
    async with rules_on(database_url) as rules:
        generation = (await ada.session())["generation"]
        with rules.database.use():
            async with rules.database.transaction():
                db = rules.database._context.db()
                lock = "UPDATE authberry_refresh_token SET last_used_at = last_used_at"
                await db.execute_query(lock)
                asked = asyncio.create_task(ada.browser.ask(REFRESH_TOKEN))
                await asyncio.sleep(1)
                was_waiting = not asked.done()
    answer = data(await asked)
    assert answer["__typename"] == "AuthPayload"
    assert was_waiting or DATABASE == "postgres"
    assert (await ada.session())["generation"] == generation
    table.note(
        "Database slow: each row locked for 1 s",
        answer="the usual one, 1 s late",
        rows="the change, once",
        recovery="at once",
    )


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    """A disk that is full when told so."""
    folder = Path(tempfile.mkdtemp(prefix="authberry-disk-"))
    disk = SmallDisk(folder, 8 if DATABASE == "sqlite" else 160)
    yield disk
    disk.close()
    folder.rmdir()


@pytest.fixture
def url_on_disk(disk: SmallDisk, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty database on it."""
    if DATABASE == "sqlite":
        yield f"sqlite://{disk.folder}/authberry.db"
        return
    monkeypatch.setattr("tempfile.tempdir", str(disk.folder))
    with Postgres() as postgres:
        yield postgres.create_database()


async def test_a_full_disk_loses_nothing_that_was_promised(
    log_in: LogIn, disk: SmallDisk, url_on_disk: str, table: FaultTable
) -> None:
    """People register until there is no room: whoever was told yes is there."""
    ada = await log_in(database_url=url_on_disk)
    before = (await ada.rows())["User"]
    disk.fill()
    kinds: list[str] = []
    for number in range(2000):
        response = await ada.browser.ask(
            REGISTER, email=f"{number}@example.com", password=PASSWORD, transport="BODY"
        )
        kinds.append(next(iter(codes(response)), "") or data(response)["__typename"])
        if kinds.count("SERVICE_UNAVAILABLE") == 3:
            break
    assert set(kinds) == {"SERVICE_UNAVAILABLE"} or set(kinds) == {
        "AuthPayload",
        "SERVICE_UNAVAILABLE",
    }
    disk.clear()
    recovery = await seconds_until(ada.is_served)
    promised = kinds.count("AuthPayload")
    rows = await ada.rows()
    assert rows["User"] == before + promised
    assert rows["RefreshToken"] == 1 + promised
    assert (await ada.session())["revoked_at"] is None
    table.note(
        "Disk full",
        answer="`SERVICE_UNAVAILABLE` to whatever writes",
        rows="all that was answered with yes",
        recovery=recovery,
    )


async def test_one_connection_is_enough_for_twenty_refreshes(
    serve: Serve, open_browser: OpenBrowser, rules: Auth, table: FaultTable
) -> None:
    """None of them holds it while it waits for another."""
    browser = open_browser(serve(database_pool_size=1, refresh_attempts="off"))
    ada = await person(rules, "ada@example.com")
    sessions = [await begin(rules, ada) for _ in range(20)]
    began = time.monotonic()
    answers = await asyncio.gather(
        *(browser.ask(REFRESH_TOKEN, refreshToken=one.refresh_token) for one in sessions)
    )
    took = time.monotonic() - began
    assert {data(answer)["__typename"] for answer in answers} == {"AuthPayload"}
    rows = (await everything(rules))["RefreshToken"]
    assert [row["generation"] for row in rows] == [1] * 20
    table.note(
        "A pool of one connection, 20 refreshes at once",
        answer=f"the usual one to each, all within {took:.1f} s",
        rows="one rotation each",
        recovery="nothing to recover from",
    )


@pytest.mark.skipif(DATABASE == "sqlite", reason="a file is not away")
async def test_a_database_that_is_away_is_said_once_and_in_one_line(
    log_in: LogIn, database: Postgres, database_url: str
) -> None:
    """Each cause, however often it is tried; a request of before has nothing to do with it."""
    ada = await log_in()
    for _ in range(3):
        assert codes(await ada.browser.ask(ME, token=ada.token)) == []
    before = len(ada.server.log)
    async with stopped_postgres(database, database_url):
        for _ in range(3):
            assert codes(await ada.browser.ask(ME, token=ada.token)) == ["SERVICE_UNAVAILABLE"]
            await asyncio.sleep(1.1)
        log = [json.loads(line) for line in ada.server.log[before:].splitlines()]
    causes = [one["cause"] for one in log if one["event"].startswith("changes are not heard of")]
    assert len(causes) == len(set(causes)) > 0
    assert {one["logger"].partition(".")[0] for one in log} == {"authberry"}
    assert [one for one in log if "exception" in one] == []
    of_requests = [one for one in log if "request_id" in one]
    assert {one["event"] for one in of_requests} == {"the database refuses"}
    assert len(of_requests) == len({one["code"] for one in of_requests})
