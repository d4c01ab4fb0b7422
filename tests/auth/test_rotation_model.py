"""Any sequence of refreshes, thefts, logouts and waiting, against a small specification."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from frozen_clock import NOON, FrozenClock
from hypothesis import event, given, settings
from hypothesis import strategies as st
from people import BROWSER, begin, outcome, refresh
from rows import session_row

from authberry import Auth, Issued
from authberry.errors import AuthError, RefreshTokenExpired, RefreshTokenReused, SessionRevoked
from authberry.models import User
from authberry.refresh_tokens import RefreshTokenCodec

MakeAuth = Callable[..., Awaitable[Auth]]
WINDOW = timedelta(seconds=30)
IDLE, ABSOLUTE = timedelta(days=14), timedelta(days=90)


@dataclass
class Specification:
    """What a session does, said again in the simplest way: it remembers every token it had."""

    tokens: list[str]
    idle_end: datetime
    absolute_end: datetime
    rotated_at: datetime | None = None
    is_revoked: bool = False

    def refusal(self, age: int, now: datetime) -> type[AuthError] | None:
        """What a token that was rotated `age` times is refused with; None if it is good."""
        fresh = self.rotated_at is not None and now - self.rotated_at < WINDOW
        if self.is_revoked:
            return SessionRevoked
        if now >= self.idle_end:
            return RefreshTokenExpired
        if age == 0 or (age == 1 and fresh):
            return None
        self.is_revoked = True
        return RefreshTokenReused

    def accept(self, token: str, now: datetime) -> None:
        """A good token was answered with `token`: the current one inside the window, else a new."""
        if self.rotated_at is not None and now - self.rotated_at < WINDOW:
            assert token == self.tokens[-1]
            return
        assert token not in self.tokens
        self.tokens.append(token)
        self.rotated_at = now
        self.idle_end = min(now + IDLE, self.absolute_end)


@dataclass
class Told:
    """A session with what its honest client keeps, and whether anybody has wronged it."""

    issued: Issued
    specification: Specification
    jar: str
    was_wronged: bool = False


@dataclass
class Story:
    """One person's sessions in a world of two servers and one clock."""

    servers: list[Auth]
    clock: FrozenClock
    ada: User
    sessions: list[Told] = field(default_factory=list)
    turn: int = 0

    @property
    def server(self) -> Auth:
        """The next server: they take turns, as behind a load balancer."""
        self.turn += 1
        return self.servers[self.turn % 2]

    async def log_in(self) -> None:
        """Begin another session."""
        issued = await begin(self.server, self.ada)
        now = self.clock.now()
        specification = Specification([issued.refresh_token], now + IDLE, now + ABSOLUTE)
        self.sessions.append(Told(issued, specification, issued.refresh_token))

    async def present(self, told: Told, age: int) -> str | None:
        """Present a token that was rotated `age` times, and compare with the specification."""
        specification, now = told.specification, self.clock.now()
        presented = specification.tokens[-1 - age]
        expected = specification.refusal(age, now)
        result = await outcome(self.server, presented)
        if expected is not None:
            assert result is expected
            event(expected.__name__)
            return None
        assert isinstance(result, str)
        specification.accept(result, now)
        return result

    async def honest(self, told: Told) -> None:
        """The client sends what it has, and keeps what it gets."""
        age = len(told.specification.tokens) - 1 - told.specification.tokens.index(told.jar)
        answer = await self.present(told, age)
        if answer is not None:
            told.jar = answer
        else:
            # Nobody else has used its tokens, it did not log out, and it came in time: then it is
            # never turned away.
            is_late = self.clock.now() >= told.specification.idle_end
            assert told.was_wronged or is_late

    async def lost_answer(self, told: Told, wait: float) -> None:
        """The answer does not arrive; the client tries again, within the window."""
        age = len(told.specification.tokens) - 1 - told.specification.tokens.index(told.jar)
        await self.present(told, age)
        self.clock.tick(wait)
        await self.honest(told)

    async def tabs(self, told: Told, count: int) -> None:
        """Several tabs send what the jar holds at the same time; all end with one token."""
        await self.honest(told)
        if told.specification.is_revoked or self.clock.now() >= told.specification.idle_end:
            return
        self.clock.tick(WINDOW)
        if self.clock.now() >= told.specification.idle_end:
            return
        before = told.jar
        answers = await asyncio.gather(*(refresh(self.server, before) for _ in range(count)))
        (told.jar,) = {answer.refresh_token for answer in answers}
        told.specification.accept(told.jar, self.clock.now())
        assert told.jar != before

    async def steal(self, told: Told, age: int) -> None:
        """A thief presents a token of the session, the current one or any before it."""
        await self.present(told, age % len(told.specification.tokens))
        told.was_wronged = True

    async def log_out(self, told: Told) -> None:
        """End the session, with whatever the jar holds."""
        if self.clock.now() < told.specification.idle_end or told.specification.is_revoked:
            await self.server.sessions.logout(None, [told.jar], BROWSER)
            told.specification.is_revoked = told.was_wronged = True

    async def look(self) -> None:
        """Each row has the one live token, and whether the session is over."""
        for told in self.sessions:
            row = await session_row(self.servers[0], told.issued)
            specification = told.specification
            codec = RefreshTokenCodec(self.servers[0].settings.secrets)
            assert row["token_hash"] == codec.open(specification.tokens[-1]).hash
            assert row["generation"] == len(specification.tokens) - 1
            assert (row["revoked_at"] is not None) == specification.is_revoked
            assert row["expires_at"] == specification.idle_end
            assert row["rotated_at"] == specification.rotated_at


session = st.integers(0, 2)
step = st.one_of(
    st.tuples(st.just("honest"), session),
    st.tuples(st.just("honest"), session),
    st.tuples(st.just("lost_answer"), session, st.sampled_from([0, 3, 29.999999])),
    st.tuples(st.just("tabs"), session, st.integers(2, 5)),
    st.tuples(st.just("steal"), session, st.integers(0, 5)),
    st.tuples(st.just("wait"), st.sampled_from([0, 1e-6, 10, 29.999999, 30, 600, 1209599])),
    st.tuples(st.just("wait"), st.sampled_from([1, 31, 86400])),
    st.tuples(st.sampled_from(["log_in"] * 3 + ["log_out"]), session),
)


@pytest.fixture
async def servers(make_auth: MakeAuth) -> list[Auth]:
    """Two processes on one database."""
    return [await make_auth(), await make_auth()]


@settings(max_examples=100)
@given(steps=st.lists(step, min_size=5, max_size=30))
async def test_an_honest_client_stays_and_a_used_up_token_never_works(
    servers: list[Auth], clock: FrozenClock, steps: list[tuple[Any, ...]]
) -> None:
    """Whatever happens, in whatever order, on whichever server: the rows are as specified."""
    clock.time = NOON
    ada = await servers[0].accounts.create(f"{uuid4()}@example.com", None)
    story = Story(servers, clock, ada)
    await story.log_in()
    for action, *details in steps:
        if action == "wait":
            clock.tick(*details)
        elif action == "log_in":
            await story.log_in()
        else:
            told = story.sessions[details[0] % len(story.sessions)]
            await getattr(story, action)(told, *details[1:])
        await story.look()
