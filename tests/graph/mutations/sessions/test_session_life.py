"""The whole life of sessions, in any order, against a small specification.

Two servers on one database take turns. Operators restart them with other secrets, rotate the
signing keys, prune, and set the clock. `TEST_EXAMPLES=1000` tells more stories than the ordinary
suite does, of 30 steps each.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from frozen_clock import FrozenClock
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from session_service import Service
from session_story import Story
from specification import OK

EXAMPLES, STEPS = int(os.environ.get("TEST_EXAMPLES", "8")), 30
SESSIONS_AT_MOST = 4
DAY = 86_400
FORWARD = [1e-6, 3, 10, 29.999999, 30, 61, 299, 330, 600, DAY, 14 * DAY - 1, 14 * DAY]
BACK = [1, 45, 60, 61, 3600]

pytestmark = pytest.mark.one_process("it has two servers of its own")


class SessionLife(RuleBasedStateMachine):
    """Chooses what happens next. The stories are told in another thread, where the servers are."""

    service: ClassVar[Service]
    loop: ClassVar[asyncio.AbstractEventLoop]

    which = st.integers(0, SESSIONS_AT_MOST - 1)

    def __init__(self) -> None:
        """Begin a story."""
        super().__init__()
        self.story = Story(self.service)

    def do(self, act: Coroutine[Any, Any, object]) -> None:
        """Do something, and wait for it."""
        asyncio.run_coroutine_threadsafe(act, self.loop).result()

    def session(self, which: int) -> int:
        """One of the sessions there are; rather one that lives."""
        live = self.story.specification.live(self.story.now)
        return live[which % len(live)] if live else which % len(self.story.held)

    def token(self, which: int, age: int) -> tuple[int, int]:
        """A session, and a token of it that was rotated `age` times."""
        at = self.session(which)
        tokens = len(self.story.held[at].tokens)
        return at, tokens - 1 - age % tokens

    def has_sessions(self) -> bool:
        """Whether there are any, live or not."""
        return bool(self.story.held)

    def has_many(self) -> bool:
        """Whether one of those that live can be spared."""
        return len(self.story.specification.live(self.story.now)) > 1

    def viewers(self) -> list[int]:
        """The sessions in which `me` is somebody."""
        story = self.story
        return [
            at
            for at, held in enumerate(story.held)
            if held.access_from and story.specification.me(at, held.access_from, story.now) == OK
        ]

    def viewer(self, which: int) -> int:
        """One of them."""
        viewers = self.viewers()
        return viewers[which % len(viewers)]

    @initialize()
    def begin(self) -> None:
        """Make an account, and log in."""
        self.do(self.story.begin())
        self.do(self.story.log_in())

    @precondition(lambda self: len(self.viewers()) < SESSIONS_AT_MOST)
    @rule()
    def log_in(self) -> None:
        """Begin a session."""
        self.do(self.story.log_in())

    @precondition(has_sessions)
    @rule(which=which)
    def refresh(self, which: int) -> None:
        """The client refreshes."""
        self.do(self.story.refresh(self.session(which)))

    @precondition(has_sessions)
    @rule(which=which, times=st.integers(2, 4), seconds=st.sampled_from([31, 61, 300]))
    def go_on(self, which: int, times: int, seconds: float) -> None:
        """The client refreshes each time it has to."""
        at = self.session(which)
        for _ in range(times):
            self.story.clock.tick(seconds)
            self.do(self.story.refresh(at))

    @precondition(has_sessions)
    @rule(which=which, seconds=st.sampled_from([0, 3, 29.999999, 30, 31]))
    def lose_an_answer(self, which: int, seconds: float) -> None:
        """The client refreshes, does not hear, and refreshes."""
        self.do(self.story.lose_an_answer(self.session(which), seconds))

    @precondition(has_sessions)
    @rule(which=which, age=st.sampled_from([0, 1, 1, 2, 2, 3]))
    def replay(self, which: int, age: int) -> None:
        """A thief refreshes."""
        self.do(self.story.present(*self.token(which, age)))

    @precondition(has_sessions)
    @rule(which=which, age=st.sampled_from([0, 0, 0, 1, 2]), number=st.integers(2, 5))
    def race(self, which: int, age: int, number: int) -> None:
        """Several refresh at once."""
        self.do(self.story.race(*self.token(which, age), number))

    @precondition(has_many)
    @rule(which=which)
    def race_with_logout(self, which: int) -> None:
        """One tab refreshes while another logs out."""
        self.do(self.story.race_with_logout(self.session(which)))

    @precondition(has_many)
    @rule(which=which, age=st.integers(0, 5))
    def log_out(self, which: int, age: int) -> None:
        """The client logs out."""
        self.do(self.story.log_out(*self.token(which, age)))

    @precondition(lambda self: bool(self.viewers()))
    @rule(which=which, wanted=which)
    def revoke(self, which: int, wanted: int) -> None:
        """One session is ended from another."""
        self.do(self.story.revoke(self.viewer(which), self.session(wanted)))

    @precondition(lambda self: bool(self.viewers()))
    @rule(which=which)
    def revoke_others(self, which: int) -> None:
        """All others are."""
        self.do(self.story.revoke_others(self.viewer(which)))

    @precondition(lambda self: bool(self.viewers()))
    @rule(which=which, is_known=st.sampled_from([True, True, True, False]))
    def change_password(self, which: int, is_known: bool) -> None:  # noqa: FBT001 - by name
        """The password is changed."""
        self.do(self.story.change_password(self.viewer(which), is_known=is_known))

    @precondition(has_many)
    @rule()
    def disable(self) -> None:
        """The account is shut, for a while."""
        self.do(self.story.disable())

    @precondition(lambda self: self.story.specification.is_disabled)
    @rule()
    def enable(self) -> None:
        """It is opened."""
        self.do(self.story.enable())

    @rule(seconds=st.sampled_from(FORWARD))
    def wait(self, seconds: float) -> None:
        """Time passes."""
        self.story.clock.tick(timedelta(seconds=seconds))

    @rule(seconds=st.sampled_from(BACK))
    def set_clock_back(self, seconds: float) -> None:
        """The clock is set."""
        self.do(self.story.set_clock_back(seconds))

    @rule(immediately=st.booleans())
    def rotate_keys(self, immediately: bool) -> None:  # noqa: FBT001 - by name
        """The signing keys are rotated."""
        self.do(self.story.rotate_keys(immediately=immediately))

    @rule(at=st.integers(0, 1))
    def change_secret(self, at: int) -> None:
        """A server is restarted."""
        self.do(self.story.service.change_secret(at))

    @rule()
    def prune(self) -> None:
        """What is dead is deleted."""
        self.do(self.story.prune())

    @invariant()
    def is_as_specified(self) -> None:
        """Rows, `me` and `sessions`."""
        self.do(self.story.compare())


@pytest.fixture
async def service(database_url: str, clock: FrozenClock) -> AsyncIterator[Service]:
    """Two servers, on the test's database and clock."""
    serving = Service(database_url, clock)
    yield serving
    await serving.stop()


async def test_every_life_of_a_session_is_as_specified(service: Service) -> None:
    """Whatever happens, in whatever order, on whichever server: codes, rows and views."""
    running = asyncio.get_running_loop()
    life = type("SessionLife", (SessionLife,), {"service": service, "loop": running})
    told = settings(max_examples=EXAMPLES, stateful_step_count=STEPS)
    await asyncio.to_thread(run_state_machine_as_test, life, settings=told)
