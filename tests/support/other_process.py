"""Another process on the same database, which does something in the middle of what one does here.

It has a thread, an event loop and connections of its own, so that it gets as far as the database
lets it while everything here stands still.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from statements import Statements

from authberry import Auth, Settings
from authberry.clock import Clock
from authberry.errors import AuthError

WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""

Act = Callable[[Auth], Awaitable[object]]


class OtherProcess:
    """Does one thing, once it is told to."""

    def __init__(self, settings: dict[str, object], clock: Clock, act: Act) -> None:
        """Say what; nothing is done yet."""
        self._settings = Settings.load(**settings)
        self._clock = clock
        self._act = act
        self._thread = threading.Thread(target=self._run)
        self.outcome: object = None
        """What it has come to: what `act` returned, or a refusal."""
        self.came_first = False
        """Whether it was done, and had not to wait, before what is done here was committed."""

    async def during(
        self, number: int, statements: Statements, act: Awaitable[object]
    ) -> tuple[object, bool]:
        """Let it act just before a statement of something here, which then goes on.

        Returns what that has come to, and whether there was such a statement.
        """
        outcomes: list[object] = []

        async def run() -> None:
            outcomes.append(await outcome(act))

        happened = await statements.beside(number, run(), lambda: self._start(statements))
        if self._thread.ident:
            await asyncio.to_thread(self._thread.join)
        return outcomes[0], happened

    def _start(self, statements: Statements) -> None:
        """Let it get as far as it can: to its end, or to where it waits for what is done here."""
        url = self._settings.database_url
        is_sqlite = url.startswith("sqlite")
        if is_sqlite and statements.has_begun:
            return  # there is one writer
        has_committed = statements.has_committed
        self._thread.start()
        while self._thread.is_alive():
            self._thread.join(0.02)
            if not is_sqlite and in_thread(lambda: _waiting(url)):
                return
        self.came_first = not has_committed

    def _run(self) -> None:
        self.outcome = asyncio.run(self._open_and_act())

    async def _open_and_act(self) -> object:
        async with Auth(self._settings, clock=self._clock) as auth:
            return await outcome(self._act(auth))


async def outcome(act: Awaitable[object]) -> object:
    """What something has come to: what it returns, or a refusal."""
    try:
        return await act
    except AuthError as refusal:
        return refusal


def in_thread(make: Callable[[], Any]) -> Any:
    """Run a coroutine where no event loop is in the way; returns its result."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(asyncio.run(make())))
    thread.start()
    thread.join()
    return results[0]


async def _waiting(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(WAITING))
    finally:
        await connection.close()
