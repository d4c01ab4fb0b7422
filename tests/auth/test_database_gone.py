"""The database goes away in the middle: nothing is half done, and nobody is logged out for it."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from database_servers import Postgres
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin, outcome, refresh
from rows import Row, everything, session_row, user_row
from statements import Statements

from authberry import Auth, Issued, RefreshTokenTransport, Viewer
from authberry.errors import InvalidCredentials, RefreshTokenReused, SessionRevoked
from authberry.models import DatabaseUnavailable, User

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
NEW_PASSWORD = "another long phrase"


@pytest.fixture
async def bob(auth: Auth) -> User:
    """Bob, who has a password."""
    return await auth.accounts.create("bob@example.com", PASSWORD)


def change(auth: Auth, bob: User, issued: Issued) -> Coroutine[Any, Any, Issued]:
    """Bob's change of his password, in one of his sessions."""
    viewer = Viewer(bob, issued.session)
    return auth.accounts.password_changes.change(viewer, PASSWORD, NEW_PASSWORD, BROWSER)


def bobs(bob: User, *sessions: Issued) -> list[Callable[[Auth], Awaitable[Row]]]:
    """The rows that a change of his password writes."""
    return [partial(user_row, user=bob), *(partial(session_row, session=one) for one in sessions)]


async def password_is(auth: Auth, password: str) -> bool:
    """Whether Bob can log in with it."""
    try:
        await auth.logins.passwords.login("bob@example.com", password, PHONE, BODY)
    except InvalidCredentials:
        return False
    return True


# A statement fails


async def test_a_refresh_that_fails_changes_nothing(
    auth: Auth, issued: Issued, statements: Statements
) -> None:
    """Whichever statement fails, the token is good for the next try."""
    before = await everything(auth)
    for number in count(1):
        if not await statements.break_(number, refresh(auth, issued.refresh_token)):
            break
        assert await everything(auth) == before
    assert number == 2
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (1, None)


async def test_a_refresh_whose_answer_is_lost_is_repeated(
    auth: Auth, issued: Issued, statements: Statements
) -> None:
    """The claim was written and nobody heard of it: the same successor is handed out."""
    assert await statements.break_(1, refresh(auth, issued.refresh_token), answer_is_lost=True)
    row = await session_row(auth, issued)
    assert row["generation"] == 1

    again = await refresh(auth, issued.refresh_token)

    assert await session_row(auth, issued) == row
    assert await outcome(auth, again.refresh_token) == again.refresh_token


@pytest.mark.parametrize("answer_is_lost", [False, True])
async def test_reuse_that_cannot_be_written_is_noticed_the_next_time(
    auth: Auth, issued: Issued, clock: FrozenClock, statements: Statements, *, answer_is_lost: bool
) -> None:
    """An error of the database is never reuse, and reuse is never forgotten because of one."""
    await refresh(auth, issued.refresh_token)
    clock.tick(31)
    for number in (1, 2, 3):
        stolen = refresh(auth, issued.refresh_token)
        assert await statements.break_(number, stolen, answer_is_lost=answer_is_lost)
        is_revoked = answer_is_lost and number == 3
        assert ((await session_row(auth, issued))["revoked_at"] is not None) == is_revoked
    expected = SessionRevoked if answer_is_lost else RefreshTokenReused
    assert await outcome(auth, issued.refresh_token) is expected


async def test_a_password_change_that_fails_changes_nothing(
    auth: Auth, bob: User, statements: Statements
) -> None:
    """Password, other sessions and this one change together or not at all."""
    issued, phone = await begin(auth, bob), await begin(auth, bob, PHONE)
    before = await everything(auth)
    for number in count(1):
        if not await statements.break_(number, change(auth, bob, issued)):
            break
        assert await everything(auth) == before, statements.seen
    assert any("COMMIT" in statement for statement in statements.seen)
    assert (await session_row(auth, phone))["revoked_reason"] == "password changed"
    assert await password_is(auth, NEW_PASSWORD)


@pytest.mark.parametrize("act", ["disable", "set a password"])
async def test_shutting_an_account_that_fails_changes_nothing(
    auth: Auth, bob: User, statements: Statements, act: str
) -> None:
    """Nobody is disabled with sessions that live on."""
    await begin(auth, bob)
    before = await everything(auth)
    for number in count(1):
        if act == "disable":
            shutting = auth.accounts.disable(bob, BROWSER)
        else:
            shutting = auth.accounts.password_changes.set(bob, NEW_PASSWORD, BROWSER)
        if not await statements.break_(number, shutting):
            break
        assert await everything(auth) == before, statements.seen
    assert number > 3


# Somebody hangs up


async def test_hanging_up_during_a_password_change_leaves_all_or_nothing(
    auth: Auth, statements: Statements
) -> None:
    """Wherever it is cancelled, the state is the old or the new one, and the database answers."""
    outcomes = []
    for number in count(1):
        bob = await auth.accounts.create(f"bob{number}@example.com", PASSWORD)
        issued, phone = await begin(auth, bob), await begin(auth, bob, PHONE)
        before = [await row(auth) for row in bobs(bob, issued, phone)]
        was_cancelled = await statements.hang_up(number, change(auth, bob, issued))
        async with asyncio.timeout(60):
            after = [await row(auth) for row in bobs(bob, issued, phone)]
        outcomes.append([new != old for old, new in zip(before, after, strict=True)])
        if not was_cancelled:
            break
    assert number > 4
    assert [True] * 3 in outcomes
    assert all(outcome in ([True] * 3, [False] * 3) for outcome in outcomes), outcomes


async def test_hanging_up_during_a_refresh_loses_no_token(
    auth: Auth, ada: User, statements: Statements
) -> None:
    """Half a rotation does not exist: the next try gets the token's one successor."""
    for number in count(1):
        issued = await begin(auth, ada)
        was_cancelled = await statements.hang_up(number, refresh(auth, issued.refresh_token))
        async with asyncio.timeout(60):
            again = await refresh(auth, issued.refresh_token)
        row = await session_row(auth, issued)
        assert (row["generation"], row["revoked_at"]) == (1, None)
        assert await outcome(auth, again.refresh_token) == again.refresh_token
        if not was_cancelled:
            break
    assert number == 2


async def test_twenty_who_hang_up_leave_a_database_that_answers(
    auth: Auth, bob: User, statements: Statements
) -> None:
    """No connection and no lock is kept by somebody who has gone."""
    issued = await begin(auth, bob)
    for _ in range(20):
        # The first two read; the third begins the transaction.
        assert await statements.hang_up(3, change(auth, bob, issued))
    async with asyncio.timeout(60):
        await change(auth, bob, issued)
    assert await password_is(auth, NEW_PASSWORD)


# The server is away


@contextmanager
def gone(request: pytest.FixtureRequest, url: str) -> Iterator[None]:
    """Stop PostgreSQL; or write to the SQLite file from elsewhere, without an end."""
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite://").partition("?")[0])
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.close()
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


async def test_a_database_that_is_away_is_unavailable_and_recovers(
    request: pytest.FixtureRequest, make_auth: MakeAuth, database_url: str
) -> None:
    """Soon, not after a time-out of the client; nothing is revoked; then everything goes on."""
    impatient = "?busy_timeout=200" if database_url.startswith("sqlite") else ""
    auth = await make_auth(database_url=database_url + impatient)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))

    with gone(request, database_url):
        for _ in range(3):
            begun = time.monotonic()
            with pytest.raises(DatabaseUnavailable):
                await refresh(auth, issued.refresh_token)
            assert time.monotonic() - begun < 30
        verified = await auth.signing.access_tokens.verify(issued.access_token.value)
        assert verified.session_id == issued.session.id

    again = await refresh(auth, issued.refresh_token)
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (1, None)
    assert again.refresh_token != issued.refresh_token


@asynccontextmanager
async def locked(request: pytest.FixtureRequest, url: str) -> AsyncIterator[None]:
    """Keep everybody else waiting: the database is there, and a statement does not return."""
    if url.startswith("sqlite"):
        with gone(request, url):
            yield
        return
    connection = await asyncpg.connect(url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE authberry_refresh_token")
        yield
    await connection.close()


async def test_a_statement_that_does_not_return_is_given_up(
    request: pytest.FixtureRequest,
    make_auth: MakeAuth,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For want of a lock here: the client is told to try again, and what it has is still good."""
    monkeypatch.setattr("authberry.models.database.connection_url.STATEMENT_TIMEOUT", 0.2)
    auth = await make_auth()
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    async with locked(request, database_url):
        for _ in range(3):
            async with asyncio.timeout(60):
                with pytest.raises(DatabaseUnavailable):
                    await refresh(auth, issued.refresh_token)
    again = await refresh(auth, issued.refresh_token)
    assert again.refresh_token != issued.refresh_token
    assert (await session_row(auth, issued))["revoked_at"] is None


async def test_twenty_refreshes_while_connections_are_cut(
    request: pytest.FixtureRequest, auth: Auth, issued: Issued, database_url: str
) -> None:
    """A failover costs errors that can be tried again, and ends no session."""

    async def until_it_works() -> str:
        while True:
            try:
                return (await refresh(auth, issued.refresh_token)).refresh_token
            except DatabaseUnavailable:
                await asyncio.sleep(0.01)

    tasks = [asyncio.create_task(until_it_works()) for _ in range(20)]
    if not database_url.startswith("sqlite"):
        postgres: Postgres = request.getfixturevalue("postgres")
        for _ in range(3):
            await asyncio.to_thread(postgres.disconnect, database_url)
    async with asyncio.timeout(60):
        results = await asyncio.gather(*tasks)

    assert len(set(results)) == 1
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (1, None)


async def test_a_folder_that_is_not_there_is_a_database_that_is_unavailable(
    make_auth: MakeAuth, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A wrong path is said as such, and not as a crash."""
    if request.getfixturevalue("database_url").startswith("sqlite"):
        with pytest.raises(DatabaseUnavailable):
            await make_auth(database_url=f"sqlite://{tmp_path}/no/such/folder.db")
    else:
        with pytest.raises(DatabaseUnavailable):
            await make_auth(database_url="postgresql://postgres@127.0.0.1:1/nothing")
