"""What is left when the storm is over, by requests and by the rows."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.storm.clients import Client, StormState
from tests.storm.contestant import Row
from tests.storm.thieves import PAST_WINDOW, Theft

AT_ONCE = 32
MOST_LATE = 0.1
"""With more of the sessions late it was no storm but a standstill."""
PAST_TOKENS = 3
"""So many of the tokens that were exchanged are tried once more, the newest first."""


@dataclass(slots=True)
class Outcome:
    """The verdict."""

    honest: int = 0
    """Sessions that nobody has stolen from."""
    late: int = 0
    """Others, whose owner met no server that answered in time: the machine was too slow."""
    still_in: int = 0
    """Those whose owner was never logged out, can refresh once more, and is who they were."""
    live_tokens: Counter[int] = field(default_factory=Counter)
    """How many honest sessions have so many tokens that are good."""
    strays: int = 0
    """Honest sessions with a live token that is not the one its owner holds."""
    thefts: Counter[str] = field(default_factory=Counter)
    stolen: int = 0
    """Sessions that were stolen from..."""
    ended: int = 0
    """...of which neither the thief nor the owner holds anything good now..."""
    thieves_in: int = 0
    """...and of which the thief can go on."""
    has_rows: bool = False
    """Whether sessions are rows that can be read."""
    ended_others: int = 0
    """Rows that are ended though nobody has stolen from them."""
    leavings: list[float] = field(default_factory=list)
    """When honest clients found themselves logged out: seconds of the storm."""
    server_errors: int = 0
    violations: list[str] = field(default_factory=list)


class Judge:
    """Looks at everybody, and notes what should not be."""

    def __init__(
        self, state: StormState, clients: Sequence[Client], thefts: Sequence[Theft]
    ) -> None:
        """Tell the stolen sessions from the honest ones."""
        self._state = state
        self._thefts = [theft for theft in thefts if theft.outcome]
        not_stolen = [client for client in clients if not client.is_stolen_from]
        self._honest = [client for client in not_stolen if not client.is_late]
        self._late = [client for client in not_stolen if client.is_late]
        self._sessions = len(clients)
        self.outcome = Outcome(len(self._honest), len(self._late), stolen=len(self._thefts))

    async def judge(self, say: Callable[[str], None]) -> Outcome:
        """Wait until no window is open, and look."""
        gone = [client.left_at for client in self._honest if not client.is_in]
        self.outcome.leavings = sorted(round(at, 2) for at in gone)
        await self._until_no_window_is_open()
        say("everybody refreshes once more")
        await self._rows("behind the storm")
        await _all(self._goes_on(client) for client in self._honest)
        await _all(self._is_over(theft) for theft in self._thefts)
        await self._rows("behind the last refresh")
        say("every token that was ever given away is tried once more")
        await _all(self._count_live(client) for client in self._honest)
        self._sum_up()
        return self.outcome

    async def _until_no_window_is_open(self) -> None:
        await asyncio.sleep(self._state.plan.window + PAST_WINDOW)

    async def _goes_on(self, client: Client) -> None:
        if client.refusal:
            self._wrong(client, f"was logged out: {client.refusal}: {'; '.join(client.history)}")
            return
        client.last_used = client.held
        answer = await client.refresh(client.held)
        if not answer.is_good:
            client.refusal = answer.outcome
            self._wrong(client, f"cannot go on: {answer.outcome}")
            return
        client.held = answer.refresh or client.held
        client.access = answer.access or client.access
        await client.look()
        for complaint in client.complaints:
            self._wrong(client, complaint)
        self.outcome.still_in += not client.complaints

    async def _is_over(self, theft: Theft) -> None:
        """Neither thief nor owner can go on."""
        self.outcome.thefts[f"{theft.kind}: {theft.outcome}"] += 1
        thief = bool(theft.held) and (await theft.client.refresh(theft.held)).is_good
        owner = (await theft.client.refresh(theft.client.held)).is_good
        accesses = [one for one in (theft.access, theft.client.access) if one]
        asked = [self._state.contestant.me(access) for access in accesses]
        seen = [(await self._state.ask(request)).email for request in asked]
        self.outcome.thieves_in += thief
        is_ended = not thief and not owner and not any(seen)
        self.outcome.ended += is_ended
        if not is_ended:
            self._wrong(theft.client, f"was stolen from, {theft.kind}, and lives on")

    async def _count_live(self, client: Client) -> None:
        """Try what was issued and never exchanged, and the newest of what was.

        But for the one that was exchanged a moment ago, whose window is open: those before it are
        two rotations behind.
        """
        identity = self._state.contestant.identity
        known = {identity(token) for token in (client.held, client.last_used) if token}
        others = [token for token in reversed(client.issued) if identity(token) not in known]
        never = [token for token in others if token not in client.left]
        spent = [token for token in others if token in client.left][:PAST_TOKENS]
        good = [(await client.refresh(token)).is_good for token in [*never, *spent]]
        self.outcome.strays += any(good)
        count = sum(good) + client.is_in
        self.outcome.live_tokens[count] += 1
        if any(good):
            self._wrong(client, f"has {count} live tokens")

    async def _rows(self, when: str) -> None:
        rows = await self._state.contestant.rows()
        if rows is None:
            return
        self.outcome.has_rows = True
        for client in self._honest:
            if client.is_in:
                self._compare(client, rows, when)
        stolen = {self._id(theft.client): theft for theft in self._thefts}
        for theft_id, theft in stolen.items():
            if rows[theft_id].ended != "reuse":
                self._wrong(theft.client, f"{when}: its row says {rows[theft_id].ended}")
        excused = {*stolen, *(self._id(client) for client in self._late)}
        ended = {row_id for row_id, row in rows.items() if row.ended} - excused
        self.outcome.ended_others = len(ended)
        if ended:
            self.outcome.violations.append(f"{when}: {len(ended)} others were ended")

    def _compare(self, client: Client, rows: Mapping[str, Row], when: str) -> None:
        session_id, held = self._state.contestant.row_of(client.held)
        if rows.get(session_id) != held:
            self._wrong(client, f"{when}: holds {held}, and its row is {rows.get(session_id)}")

    def _id(self, client: Client) -> str:
        return self._state.contestant.row_of(client.held)[0]

    def _sum_up(self) -> None:
        tally, outcome = self._state.tally, self.outcome
        outcome.server_errors = tally.server_errors()
        if outcome.server_errors:
            outcome.violations.append(f"server errors: {tally.statuses} {tally.errors}")
        if outcome.late > MOST_LATE * self._sessions:
            outcome.violations.append(f"{outcome.late} clients met no server in time")
        for refusal, count in tally.refusals.items():
            outcome.violations.append(f"honest clients were refused {count} times: {refusal}")
        for said, count in outcome.thefts.items():
            if self._state.contestant.finds_thieves and said.endswith("good"):
                outcome.violations.append(f"{count} thieves were not found, {said}")

    def _wrong(self, client: Client, what: str) -> None:
        self.outcome.violations.append(f"a {client.jar} session of {client.person} {what}")


async def _all(looks: Iterable[Awaitable[None]]) -> None:
    """Do all of it, not much at once."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(look: Awaitable[None]) -> None:
        async with gate:
            await look

    await asyncio.gather(*(one(look) for look in looks))
