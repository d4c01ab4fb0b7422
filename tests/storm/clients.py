"""Honest clients: they refresh, in one tab and in two, and hear about nine answers in ten."""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import cycle
from random import Random

from tests.storm import plan as chances
from tests.storm.contestant import Answer, Contestant
from tests.storm.http_client import ConnectionBroken, ConnectionPool, Request
from tests.storm.plan import Plan
from tests.storm.tally import Tally

RETRY_DELAY = 0.05  # seconds, before another server is asked; longer each time
MAX_RETRY_DELAY = 0.5  # seconds
HISTORY_LINES = 16  # lines
KILL = "kill -9"
"""How a kill is called among what happened."""


class StormState:
    """What all clients share: the servers, the chances, the counts, and whether it still storms."""

    def __init__(self, contestant: Contestant, plan: Plan) -> None:
        """Count nothing yet."""
        self.contestant = contestant
        self.plan = plan
        self.tally = Tally()
        self.chance = Random(plan.seed)  # noqa: S311 - chances, not secrets
        self.over = asyncio.Event()
        self._pools = [ConnectionPool(server.port) for server in contestant.servers]
        self._turns = cycle(self._pools)

    async def ask(self, request: Request) -> Answer:
        """Ask the next server; where the connection breaks, the next but one, and so on."""
        rest = RETRY_DELAY
        while True:
            pool = next(self._turns)
            try:
                response = await pool.post(request)
            except ConnectionBroken:
                self.tally.broken += 1
                await asyncio.sleep(rest)
                rest = min(2 * rest, MAX_RETRY_DELAY)
                continue
            except TimeoutError:
                self.tally.errors["no answer"] += 1
                continue
            self.tally.statuses[response.status] += 1
            answer = self.contestant.read(response)
            if answer.is_fault and response.status < 500:
                self.tally.errors[answer.outcome] += 1
            return answer

    @property
    def is_over(self) -> bool:
        """Whether the storm has ended."""
        return self.over.is_set()

    async def rest(self, seconds: float) -> None:
        """Do nothing for a while, or until the storm is over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), seconds)

    def happens(self, share: float) -> bool:
        """Decide by chance: true for this share of calls."""
        return self.chance.random() < share

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools:
            pool.close()


class Client:
    """One session, and all that is known of it: what its owner holds, and what was ever issued."""

    def __init__(self, state: StormState, person: int, jar: str) -> None:
        """Log in with `log_in`."""
        self.state = state
        self.person = person
        self.jar = jar
        self.held = ""
        self.access = ""
        self.issued: list[str] = []
        self.left: dict[str, float] = {}
        """Tokens that were exchanged for another one, and when that was first seen."""
        self.is_stolen_from = False
        self.is_late = False
        """Its owner could not try again within the window: no server answered in time."""
        self.refusal: str | None = None
        """Why its owner is logged out..."""
        self.left_at = 0.0
        """...and since when: seconds of the storm."""
        self.last_used = ""
        """What it went on with when the storm was over."""
        self.complaints: list[str] = []
        self.history: deque[str] = deque(maxlen=HISTORY_LINES)
        """What it last sent and kept, to explain what should not have happened."""
        self.lock = asyncio.Lock()
        """Held while the client does something, and by whoever keeps it from that."""

    @property
    def is_in(self) -> bool:
        """Whether its owner has not been turned away."""
        return self.refusal is None

    async def log_in(self) -> None:
        """Begin the session."""
        answer = await self.state.ask(self.state.contestant.login(self.person, self.jar))
        assert answer.is_good, answer
        assert answer.refresh, answer
        self._take(answer)
        self.issued.append(answer.refresh)

    async def live(self) -> None:
        """Refresh, and rest, until the storm is over or the owner is logged out."""
        await self.state.rest(self.state.plan.pause * self.state.chance.random())
        while not self.state.is_over and self.is_in:
            async with self.lock:
                await self.act()
            if self.state.happens(chances.LOOKS):
                await self.look()
            await self.state.rest(self._rest())

    async def act(self) -> None:
        """Refresh in one tab or in two."""
        began = time.monotonic()
        delays = [0.0]
        if self.state.happens(chances.TWO_TABS):
            self.state.tally.chances["two tabs"] += 1
            delays.append(self.state.chance.uniform(0, chances.STAGGER))
        answers = list(await asyncio.gather(*(self._tab(delay) for delay in delays)))
        if len(answers) == 2 and self.state.happens(chances.REORDERED):
            self.state.tally.chances["reordered"] += 1
            answers.reverse()
        for sent, answer in answers:
            self._keep(sent, answer)
        is_late = time.monotonic() - began > self.state.plan.window
        self._leave_if_refused(answers, is_late=is_late)

    async def refresh(self, token: str) -> Answer:
        """Exchange a token, and note what was issued for it."""
        began = time.monotonic()
        answer = await self.state.ask(self.state.contestant.refresh(token, self.jar))
        kind = "refused"
        if answer.is_good:
            kind = "same token" if answer.refresh in {None, token} else "new token"
            self._note(token, answer.refresh)
        if answer.access:
            self.state.tally.headers.add(answer.access.partition(".")[0])
        self._write(f"{_short(token)} -> {_short(answer.refresh or answer.outcome)}", began)
        if not self.state.is_over:
            self.state.tally.refreshed(kind, time.monotonic() - began)
        return answer

    async def look(self) -> None:
        """Ask who is logged in."""
        answer = await self.state.ask(self.state.contestant.me(self.access))
        wanted = self.state.contestant.email(self.person)
        if answer.email != wanted and self.is_in and not self.is_stolen_from:
            self.complaints.append(f"me: {answer.email or answer.outcome}")

    def _rest(self) -> float:
        """Seconds until the next refresh: often before the window is over, and often behind it."""
        plan, chance = self.state.plan, self.state.chance
        if self.state.happens(chances.LONG_REST):
            return plan.window * chance.uniform(1, 1.5)
        return plan.pause * chance.uniform(0.2, 1)

    async def _tab(self, delay: float) -> tuple[str, Answer]:
        await asyncio.sleep(delay)
        sent = self.held
        for _ in range(chances.TRIES - 1):
            answer = await self.refresh(sent)
            if not self.state.happens(chances.LOST):
                break
            self.state.tally.chances["answer lost"] += 1
            await asyncio.sleep(self.state.chance.uniform(*chances.RETRY))
        else:
            answer = await self.refresh(sent)
        return sent, answer

    def _note(self, sent: str, received: str | None) -> None:
        if received is None or received == sent:
            return
        self.left.setdefault(sent, time.monotonic())
        if received not in self.issued:
            self.issued.append(received)

    def _keep(self, sent: str, answer: Answer) -> None:
        """Take an answer in: a cookie jar takes the last one, a program that which it waits for."""
        if answer.is_good and (self.jar == "cookie" or self.held == sent):
            self._take(answer)
        self._write(f"holds {_short(self.held)}", time.monotonic())

    def _write(self, what: str, began: float) -> None:
        tally = self.state.tally
        self.history.append(f"{began - tally.began:.2f}-{tally.now:.2f} {what}")

    def _take(self, answer: Answer) -> None:
        self.held = answer.refresh or self.held
        self.access = answer.access or self.access

    def _leave_if_refused(self, answers: Sequence[tuple[str, Answer]], *, is_late: bool) -> None:
        """Log out where what was refused is still all there is: another tab may have more."""
        for sent, answer in answers:
            if answer.is_good:
                continue
            self.is_late = self.is_late or is_late
            if not (self.is_stolen_from or self.is_late):
                self.state.tally.refusals[answer.outcome] += 1
            if sent == self.held and self.is_in:
                self.refusal, self.left_at = answer.outcome, self.state.tally.now


def _short(token: str) -> str:
    """Enough to tell the tokens of one session apart, and too little to use."""
    return token if len(token) < 32 else f"..{token[30:36]}"
