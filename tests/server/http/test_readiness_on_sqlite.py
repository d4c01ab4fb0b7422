"""An SQLite file that is locked, read-only, or no longer where it was is not ready."""

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from apps import MakeApp
from browser import Browser, codes
from documents import LOGIN, ME
from log_lines import LogLines
from people import PASSWORD
from waiting import until

from authberry import Auth, Issued
from authberry.models import User

NOBODY = 65534
ADA = {"email": "ada@example.com", "password": PASSWORD}


async def readiness(browser: Browser) -> tuple[int, str | None]:
    """What the service answers to a balancer."""
    answer = await browser.send("GET", "/health/ready")
    return answer.status_code, answer.json().get("reason")


@pytest.fixture
def file(auth: Auth) -> Path:
    """The database's file."""
    assert auth.database.file
    return auth.database.file


# Locked


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Write to the file from elsewhere, without an end."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_a_locked_file_is_not_ready_until_it_is_free(
    make_app: MakeApp, database_url: str
) -> None:
    """Once the lock was held for as long as anybody waits; a login says the same."""
    app = await make_app(database_url=f"{database_url}?busy_timeout=100")
    browser, file = Browser(app), app.state.auth.database.file
    with locked(file):
        assert await readiness(browser) == (503, "database locked")
    assert await readiness(browser) == (200, None)


async def test_somebody_who_writes_for_a_moment_does_not_make_a_server_unready(
    browser: Browser, file: Path
) -> None:
    """A page of pruning, a migration: ready waits for its end, and others are served."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    asked = asyncio.create_task(readiness(browser))
    await asyncio.sleep(0.1)
    assert not asked.done()
    other.execute("COMMIT")
    other.close()
    assert await asked == (200, None)


# Moved away


def move(file: Path, to: Path) -> None:
    """Give a file another name, as an operator does."""
    file.rename(to)


@pytest.fixture(params=["moved away", "deleted", "replaced"])
def lose(request: pytest.FixtureRequest, file: Path) -> Callable[[], None]:
    """What becomes of the file under a running server."""

    def replace() -> None:
        copy = file.with_name("copy.db")
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        copy.replace(file)

    acts: dict[str, Callable[[], None]] = {
        "moved away": lambda: move(file, file.with_name("elsewhere.db")),
        "deleted": file.unlink,
        "replaced": replace,
    }
    return acts[request.param]


async def test_a_file_that_is_lost_is_noticed_without_being_asked(
    browser: Browser, auth: Auth, ada: User, issued: Issued, log: LogLines, lose: Callable[[], None]
) -> None:
    """Nothing more is written into a file that nobody will see, nor read from it."""
    log.start()
    token = issued.access_token.value
    assert codes(await browser.ask(ME, token=token)) == []
    lose()
    await until(lambda: auth.database.has_lost_file)
    answers = [await browser.ask(LOGIN, ADA), await browser.ask(ME, token=token)]
    assert [codes(answer) for answer in answers] == [["SERVICE_UNAVAILABLE"]] * 2
    assert await readiness(browser) == (503, "database file moved")
    (line,) = [one for one in log.records if one["event"] == "the database file is gone"]
    assert line["level"] == "error"
    assert line["file"] == str(auth.database.file)
    assert line["cause"].endswith("Put it back, or restart the service to use what is there now")


async def test_a_file_that_is_put_back_is_used_again(
    browser: Browser, auth: Auth, ada: User, file: Path
) -> None:
    """The same file, with what the log beside it holds."""
    away = file.with_name("elsewhere.db")
    move(file, away)
    assert await readiness(browser) == (503, "database file moved")
    move(away, file)
    assert await readiness(browser) == (200, None)
    assert codes(await browser.ask(LOGIN, ADA)) == []


async def test_ready_asks_at_once_and_makes_no_file(browser: Browser, file: Path) -> None:
    """A name under which nothing is stays one."""
    move(file, file.with_name("elsewhere.db"))
    assert await readiness(browser) == (503, "database file moved")
    names = set(file.parent.glob("*"))
    assert file not in names


# Read-only


@pytest.fixture
def file_of_others(database_url: str) -> Iterator[Path]:
    """The database in a folder that everybody may enter, as root's own folders are not."""
    folder = Path(tempfile.mkdtemp(prefix="authberry-read-only-"))
    folder.chmod(0o755)
    yield Path(shutil.copy(database_url.partition("://")[2], folder))
    shutil.rmtree(folder)


@contextmanager
def may_only_read(file: Path) -> Iterator[None]:
    """Take the right to write from whoever the process acts as, who for root is somebody else."""
    file.chmod(0o444)
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(os.getuid())
        file.chmod(0o644)


async def test_a_file_that_may_not_be_written_to_is_not_ready(
    make_app: MakeApp, file_of_others: Path
) -> None:
    """As after a restore by another user, or on a disk that was mounted anew after an error."""
    browser = Browser(await make_app(database_url=f"sqlite://{file_of_others}"))
    with may_only_read(file_of_others):
        assert await readiness(browser) == (503, "database read-only")
    assert await readiness(browser) == (200, None)
