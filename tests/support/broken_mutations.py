"""A mutation whose statements fail in turn, sent by a client that tries again."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx
import pytest
from browser import codes, data
from external_logins import PROVIDER, acme
from frozen_clock import FrozenClock
from mutation_cases import Ada, Case
from rows import EVENTS, Row, everything
from sent_mail import mails
from stand_in_provider import StandInProvider, server
from starlette.applications import Starlette
from statements import Statements
from writing_identity_mutations import APP

from authberry import Auth
from authberry.mail import Outbox

__all__ = ["mutation", "server"]

MakeApp = Callable[..., Awaitable[Starlette]]
State = dict[str, list[Row]]


@dataclass
class BrokenMutation:
    """Sends one mutation again and again, each time from another person of the same situation."""

    app: Starlette
    clock: FrozenClock
    statements: Statements
    case: Case

    def __post_init__(self) -> None:
        """Keep the rules at hand."""
        self.auth: Auth = self.app.state.auth

    async def fail_in_turn(self, *, answer_is_lost: bool = False) -> int:
        """Let each statement fail, and assert what a client, the rows and the mail are to be then.

        Args:
            answer_is_lost: Each takes effect, and fails afterwards: then all is written, or none.

        Returns:
            How many statements there are.
        """
        written = []
        for number in count(1):
            ada = Ada(self.app, self.clock, number)
            ask = await self.case.prepare(ada)
            sent, before = await mails(self.auth), await self.state()
            cookie = ada.browser.cookies.get("refresh_token")
            with self.statements.broken(number, answer_is_lost=answer_is_lost):
                response = await ask()
            if len(self.statements.seen) < number:
                written.append(await self.answered(response, before))
                break
            assert codes(response) == ["SERVICE_UNAVAILABLE"], (number, self.statements.seen)
            after = await self.state()
            if answer_is_lost:
                written += [one for one in [difference(before, after)] if any(one.values())]
                continue
            assert after == before, (number, self.statements.seen)
            assert await mails(self.auth) == sent
            if self.case.mutation != "logout":  # which forgets on a shared machine what it can
                assert ada.browser.cookies.get("refresh_token") == cookie
            written.append(await self.answered(await ask(), before))
        if answer_is_lost:
            for one in written:
                one.pop(EVENTS, None)  # some of which are written a little later
        assert any(written[-1].values())
        others = {number: one for number, one in enumerate(written, 1) if one != written[-1]}
        assert others == {}, written[-1]
        return number - 1

    async def answered(self, response: httpx.Response, before: State) -> dict[str, Any]:
        """What an answer without a fault has written."""
        answer = data(response)
        assert answer.get("__typename", self.case.answer) == self.case.answer, answer
        return difference(before, await self.state())

    async def state(self) -> State:
        """Every row, once what was recorded is written; mail stays where it is."""
        await self.auth.resources.events.flush()
        rows = await everything(self.auth)
        for pending in (*rows["PendingLogin"], *rows["ExternalLogin"]):
            del pending["attempts"]  # which count whatever comes of them
        return rows


def difference(before: State, after: State) -> dict[str, Any]:
    """What has become of rows, without what is different each time: ids, hashes and times."""
    return {
        table: (
            Counter(_kind(row) for row in rows if _id(row) not in old),
            len(old.keys() - {_id(row) for row in rows}),
            Counter(
                tuple(name for name in row if row[name] != old[_id(row)][name])
                for row in rows
                if _id(row) in old and row != old[_id(row)]
            ),
        )
        for table, rows in after.items()
        for old in [{_id(row): row for row in before[table]}]
        if rows != before[table]
    }


def _id(row: Row) -> object:
    return row.get("id") or row.get("kid") or row["challenge_hash"]


def _kind(row: Row) -> object:
    return row.get("kind") or row.get("letter") or row.get("purpose")


@pytest.fixture
def mutation(
    make_app: MakeApp,
    clock: FrozenClock,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
    server: StandInProvider,
) -> Callable[[Case], Awaitable[BrokenMutation]]:
    """Make an application for a mutation, which writes nothing by itself meanwhile."""

    async def make(case: Case) -> BrokenMutation:
        monkeypatch.setattr("authberry.events.store.PAUSE", 3600)
        settings = {
            "event_ttl": 90 * 86_400,
            "security_notices": True,
            "email_verification": "optional",
            "providers": {PROVIDER: acme(server, audiences=APP)},
            **case.settings,
        }
        # Before it starts: else it looks once for what was left, some time or other.
        monkeypatch.setattr(Outbox, "wake", lambda _self: None)
        app = await make_app(**settings)
        app.state.provider = server
        return BrokenMutation(app, clock, statements, case)

    return make
