"""A process is told to stop, or is killed, while people use it."""

import asyncio
import signal
import time
from collections.abc import Callable

import httpx
from browser import Browser, data
from documents import REFRESH_TOKEN
from fault_table import FaultTable, seconds_until
from logged_in_user import LoggedInUser, LogIn
from people import begin
from processes import rules_on
from rows import everything
from waiting import TIMEOUT, until

from authberry import Issued

CLIENTS = 24


class Load:
    """Clients that refresh as fast as they can, each in its own session."""

    def __init__(self, ada: LoggedInUser, sessions: list[Issued]) -> None:
        """Take a session for each."""
        self._ada = ada
        self._is_over = False
        self.tokens: dict[object, str] = {one.session.id: one.refresh_token for one in sessions}
        self.answered = 0
        self.bad: list[str] = []
        self.cut = 0  # requests that were sent and never answered
        self.refused = 0  # that found nobody listening

    async def run(self, cause: Callable[[], None]) -> None:
        """Let all refresh, have something happen in the middle of it, and go on until it shows."""
        tasks = [asyncio.create_task(self._refresh(session)) for session in self.tokens]
        async with asyncio.timeout(TIMEOUT):
            while self.answered < 5 * CLIENTS:  # noqa: ASYNC110 - a count has no event
                await asyncio.sleep(0.01)
        cause()
        await until(lambda: self.refused > 0)
        self._is_over = True
        await asyncio.gather(*tasks)

    async def _refresh(self, session: object) -> None:
        browser = Browser(None, url=self._ada.server.url)
        while not self._is_over:
            try:
                response = await browser.ask(
                    REFRESH_TOKEN,
                    refreshToken=self.tokens[session],
                )
            except httpx.ConnectError:
                self.refused += 1
                await asyncio.sleep(0.05)
                continue
            except httpx.TransportError:
                self.cut += 1
                continue
            if response.status_code != 200 or "errors" in response.json():
                self.bad.append(response.text)
                continue
            self.tokens[session] = data(response)["refreshToken"]
            self.answered += 1
        await browser.close()


async def _load(log_in: LogIn) -> tuple[LoggedInUser, Load]:
    ada = await log_in(sessions_per_user=1000)
    async with rules_on(ada.server.database_url) as rules:
        sessions = [await begin(rules, ada.issued.user) for _ in range(CLIENTS)]
    return ada, Load(ada, sessions)


async def _all_go_on(ada: LoggedInUser, load: Load) -> bool:
    answers = [
        data(await ada.browser.ask(REFRESH_TOKEN, refreshToken=token))["__typename"]
        for token in load.tokens.values()
    ]
    async with rules_on(ada.server.database_url) as rules:
        rows = (await everything(rules))["RefreshToken"]
    assert [row["revoked_at"] for row in rows] == [None] * len(rows)
    return set(answers) == {"AuthPayload"}


async def test_told_to_stop_under_load_it_answers_what_it_has_begun(
    log_in: LogIn, table: FaultTable
) -> None:
    """No request that was taken is dropped; who comes later finds nobody, and comes again."""
    ada, load = await _load(log_in)
    ended: list[float] = []

    def stop() -> None:
        ended.append(time.monotonic())
        ada.server.signal(signal.SIGTERM)

    await load.run(stop)
    assert await asyncio.to_thread(ada.server.wait) == 0
    stopped_in = time.monotonic() - ended[0]
    await asyncio.to_thread(ada.server.start)
    recovery = await seconds_until(ada.is_served)
    assert (load.cut, load.bad) == (0, [])
    assert load.answered >= 5 * CLIENTS
    assert load.refused > 0
    assert await _all_go_on(ada, load)
    assert "Traceback" not in ada.server.log
    table.note(
        f"SIGTERM while {CLIENTS} clients refresh without pause",
        answer=f"each request that was taken: {load.answered} answered, 0 dropped;"
        f" ended well within {stopped_in:.1f} s",
        rows="each answer's",
        recovery=recovery,
    )


async def test_killed_under_load_it_loses_nothing_that_was_committed(
    log_in: LogIn, table: FaultTable
) -> None:
    """Requests under way are cut; with the token each client holds, each goes on."""
    ada, load = await _load(log_in)
    await load.run(ada.server.kill)
    began = time.monotonic()
    await asyncio.to_thread(ada.server.start)
    start = time.monotonic() - began
    recovery = await seconds_until(ada.is_served)
    assert load.bad == []
    assert load.answered >= 5 * CLIENTS
    assert load.cut + load.refused > 0
    assert await _all_go_on(ada, load)
    table.note(
        f"`kill -9` while {CLIENTS} clients refresh without pause",
        answer=f"none to the {load.cut} requests under way; each client goes on with what it holds",
        rows="each answer's",
        recovery=f"{recovery:.1f} s after a start of {start:.1f} s",
    )
