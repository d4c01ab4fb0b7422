"""The whole life of sessions, in any order, against a small specification.

Two servers on one database take turns. Operators restart them with other secrets, rotate the
signing keys, prune, and set the clock. `TEST_EXAMPLES=1000` tells more stories than the ordinary
suite does, of 30 steps each.
"""

import asyncio
import copy
import os
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, cycle
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from apps import person
from browser import Browser, data, errors
from documents import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    ME,
    REFRESH_TOKEN,
    REVOKE_OTHER_SESSIONS,
    REVOKE_SESSION,
    SESSIONS,
)
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
from people import BROWSER, PASSWORD
from specification import OK, WINDOW, SessionSpecification, Specification

from authberry import Auth, Settings
from authberry.models import RefreshToken, User
from authberry.server.app import create_app
from authberry.tokens.refresh_tokens import RefreshTokenCodec

EXAMPLES, STEPS = int(os.environ.get("TEST_EXAMPLES", "8")), 30
SESSIONS_AT_MOST = 4
LIMITS = [
    *("login_attempts", "login_attempts_per_account", "login_attempts_per_address"),
    *("login_attempts_in_all", "refresh_attempts", "session_attempts"),
]
DAY = 86_400
FORWARD = [1e-6, 3, 10, 29.999999, 30, 61, 299, 330, 600, DAY, 14 * DAY - 1, 14 * DAY]
BACK = [1, 45, 60, 61, 3600]

pytestmark = pytest.mark.one_process("it has two servers of its own")


@dataclass
class Server:
    """A process; `stage` is where it has the new secret: nowhere, behind the old one, before it."""

    auth: Auth
    browser: Browser
    stack: AsyncExitStack
    stage: int


class Service:
    """Two servers on one database, which are restarted now and then."""

    def __init__(self, database_url: str, clock: FrozenClock) -> None:
        """Serve nothing yet."""
        self._url = database_url
        self._secrets = (f"secret number {number} of this service" for number in count())
        self._old, self._new = next(self._secrets), next(self._secrets)
        self._turns = cycle([0, 1])
        self.clock = clock
        self.servers: list[Server] = []

    @property
    def codec(self) -> RefreshTokenCodec:
        """Opens whatever any of them seals."""
        return RefreshTokenCodec([self._old, self._new])

    def next(self) -> Server:
        """The server whose turn it is."""
        return self.servers[next(self._turns)]

    async def begin(self) -> None:
        """Have one secret, everywhere: a change that was begun is brought to its end."""
        if self.servers and all(server.stage == 0 for server in self.servers):
            return
        if self.servers:
            for at in (0, 1, 0, 1):
                await self.change_secret(at)
            await self.stop()
            self._old, self._new = self._new, next(self._secrets)
        self.servers = [await self._start(0), await self._start(0)]

    async def change_secret(self, at: int) -> None:
        """Restart a server a step further on, unless another has to go first."""
        server = self.servers[at]
        if server.stage < 2 and server.stage == min(other.stage for other in self.servers):
            await server.stack.aclose()
            self.servers[at] = await self._start(server.stage + 1)

    async def stop(self) -> None:
        """Stop all."""
        for server in self.servers:
            await server.stack.aclose()
        self.servers = []

    async def _start(self, stage: int) -> Server:
        secret = (self._old, f"{self._old},{self._new}", f"{self._new},{self._old}")[stage]
        limits: dict[str, Any] = dict.fromkeys(LIMITS)
        loaded = Settings.load(database_url=self._url, secret=secret, **limits)
        app, stack = create_app(loaded, clock=self.clock), AsyncExitStack()
        await stack.enter_async_context(app.router.lifespan_context(app))
        return Server(app.state.auth, Browser(app), stack, stage)


@dataclass
class ClientSession:
    """What clients have of a session: every refresh token there was, and an access token.

    The access token has no time once the clock was set back: it may be from the future.
    """

    id: UUID
    tokens: list[str]
    access: str
    access_from: datetime | None
    jar: int = 0


class Story:
    """What happens to one person's sessions: whatever is done, it is as specified."""

    def __init__(self, service: Service) -> None:
        """Nothing has happened yet."""
        self.service = service
        self.clock = service.clock
        self.specification = Specification()
        self.held: list[ClientSession] = []
        self.password = PASSWORD
        self.email = f"{uuid4()}@example.com"

    @property
    def now(self) -> datetime:
        """The time."""
        return self.clock.now()

    async def begin(self) -> None:
        """Make the account. Time goes on from story to story, as the signing keys do."""
        self.clock.tick(2 * DAY)
        await self.service.begin()
        self.user = await person(self.service.next().auth, self.email)

    async def log_in(self) -> None:
        """Begin a session."""
        expected = self.specification.login(self.now)
        answer = await self._ask(LOGIN, email=self.email, password=self.password, transport="BODY")
        assert code(answer) == expected
        if expected == OK:
            self._hold(answer)

    async def present(self, at: int, generation: int) -> str:
        """Refresh with a token there was, whoever has kept it; returns the code."""
        expected = self._session(at).refresh(generation, self.now)
        answer = await self._refresh(at, generation)
        assert code(answer) == expected
        if expected == OK:
            self._take(at, answer)
        return expected

    async def refresh(self, at: int) -> str:
        """Refresh with what the client has, and keep what it gets."""
        outcome = await self.present(at, self.held[at].jar)
        if outcome == OK:
            self.held[at].jar = self._session(at).current
        return outcome

    async def lose_an_answer(self, at: int, seconds: float) -> None:
        """The answer does not arrive, and the client asks again, sooner or later."""
        is_current = self.held[at].jar == self._session(at).current
        outcome = await self.present(at, self.held[at].jar)
        self.clock.tick(seconds)
        again = await self.refresh(at)
        if is_current and outcome == OK and seconds < WINDOW.seconds:
            assert again == OK or not self._session(at).is_live(self.now)

    async def race(self, at: int, generation: int, number: int) -> None:
        """Several refresh with one token at once: all get the same, or one is told of the theft."""
        expected = self._session(at).refresh(generation, self.now)
        answers = await asyncio.gather(*(self._refresh(at, generation) for _ in range(number)))
        afterwards = self._session(at).refresh(generation, self.now)
        codes = {code(answer) for answer in answers}
        assert expected in codes
        assert codes <= {expected, afterwards}
        if expected == OK:
            for answer in answers:
                self._take(at, answer)
            self.held[at].jar = self._session(at).current

    async def race_with_logout(self, at: int) -> None:
        """A refresh and a logout at once: whichever is first, the session is over."""
        before, jar = copy.copy(self._session(at)), self.held[at].jar
        expected = self._session(at).refresh(jar, self.now)
        answer, _ = await asyncio.gather(
            self._refresh(at, jar), self._ask(LOGOUT, refreshToken=self.held[at].tokens[jar])
        )
        if code(answer) == OK:
            assert expected == OK
            self._take(at, answer)
        elif code(answer) != expected:
            assert code(answer) == "SESSION_REVOKED"
            self.specification.sessions[at] = before
        self._session(at).end(self.now)

    async def log_out(self, at: int, generation: int) -> None:
        """End a session with any token there was."""
        answer = await self._ask(LOGOUT, refreshToken=self.held[at].tokens[generation])
        assert answer == {"__typename": "LoggedOut", "ok": True}
        self._session(at).end(self.now)

    async def revoke(self, at: int, wanted: int) -> None:
        """End a session from another, or from itself."""
        expected = self.specification.revoke(wanted, self.now)
        answer = await self._ask(
            REVOKE_SESSION, id=str(self.held[wanted].id), token=self.held[at].access
        )
        assert code(answer) == expected

    async def revoke_others(self, at: int) -> None:
        """End every session but one."""
        answer = await self._ask(REVOKE_OTHER_SESSIONS, token=self.held[at].access)
        assert answer == {"count": self.specification.revoke_others(at, self.now)}

    async def change_password(self, at: int, *, is_known: bool) -> None:
        """Change the password, with the one of before or with a wrong one."""
        new = f"another horse, staple {uuid4()}"
        answer = await self._ask(
            CHANGE_PASSWORD,
            currentPassword=self.password if is_known else "wrong",
            newPassword=new,
            token=self.held[at].access,
        )
        assert code(answer) == (OK if is_known else "INVALID_CREDENTIALS")
        if is_known:
            self.password = new
            self.specification.change_password(at, self.now)
            self._hold(answer)

    async def disable(self) -> None:
        """The operator shuts the account."""
        await self.service.next().auth.accounts.disable(self.user, BROWSER)
        self.specification.disable(self.now)

    async def enable(self) -> None:
        """The operator opens it again."""
        await self.service.next().auth.accounts.enable(self.user, BROWSER)
        self.specification.is_disabled = False

    async def set_clock_back(self, seconds: float) -> None:
        """The clock was wrong, or is now."""
        self.clock.tick(-seconds)
        for held in self.held:
            held.access_from = None

    async def rotate_keys(self, *, immediately: bool) -> None:
        """One server makes a signing key, and the other reads it, as it does within a minute."""
        self.clock.tick(5)
        await self.service.next().auth.signing.keys.rotate(immediately=immediately)
        await self.service.next().auth.signing.keys.load()

    async def prune(self) -> None:
        """Delete what is dead."""
        await self.service.next().auth.pruning.prune()
        await self.service.next().auth.signing.keys.load()
        for session in self.specification.sessions:
            session.prune(self.now)

    async def compare(self) -> None:
        """Look at the rows, and at what each client sees."""
        auth = self.service.next().auth
        with auth.database.use():
            rows = {
                row["id"]: row for row in await RefreshToken.filter(user_id=self.user.id).values()
            }
            user = await User.get(id=self.user.id)
        assert (user.disabled_at is not None) == self.specification.is_disabled
        sessions = list(zip(self.held, self.specification.sessions, strict=True))
        assert rows.keys() == {held.id for held, session in sessions if not session.is_pruned}
        for at, (held, session) in enumerate(sessions):
            if not session.is_pruned:
                self._compare_row(rows[held.id], held, session)
            if held.access_from is not None:
                await self._compare_view(at, held, held.access_from)

    def _compare_row(
        self, row: dict[str, Any], held: ClientSession, session: SessionSpecification
    ) -> None:
        """It has the one live token, and whether the session is over."""
        assert (row["generation"], row["token_hash"], row["rotated_at"]) == (
            session.current,
            self.service.codec.open(held.tokens[-1]).hash,
            session.rotated_at,
        )
        assert (row["expires_at"], row["absolute_expires_at"], row["revoked_at"]) == (
            session.idle_end,
            session.absolute_end,
            session.over_at,
        )

    async def _compare_view(self, at: int, held: ClientSession, access_from: datetime) -> None:
        """`me` and `sessions` are for who is logged in, and show what is live."""
        expected = self.specification.me(at, access_from, self.now)
        browser = self.service.next().browser
        me = await browser.ask(ME, token=held.access)
        if expected != OK:
            (reason,) = [extensions["reason"] for _, extensions in errors(me)]
            # Of a token that has expired, the key may be forgotten.
            assert reason == expected or (expected, reason) == ("TOKEN_EXPIRED", "TOKEN_INVALID")
            return
        assert data(me)["email"] == self.email
        shown = data(await browser.ask(SESSIONS, token=held.access))
        assert {(session["id"], session["current"]) for session in shown} == {
            (str(self.held[live].id), live == at) for live in self.specification.live(self.now)
        }

    def _hold(self, answer: Any) -> None:
        """Keep what a session begins with."""
        session_id = UUID(answer["session"]["id"])
        assert session_id not in {held.id for held in self.held}
        tokens = [answer["refreshToken"]]
        self.held.append(ClientSession(session_id, tokens, answer["accessToken"], self.now))

    def _session(self, at: int) -> SessionSpecification:
        return self.specification.sessions[at]

    def _take(self, at: int, answer: Any) -> None:
        """Keep a good answer, which has the current token: a new one where that is specified."""
        held, codec = self.held[at], self.service.codec
        if self._session(at).current == len(held.tokens):
            held.tokens.append(answer["refreshToken"])
        opened = codec.open(answer["refreshToken"])
        assert opened == codec.open(held.tokens[-1])
        assert opened.generation == self._session(at).current == len(held.tokens) - 1
        held.access, held.access_from = answer["accessToken"], self.now

    async def _refresh(self, at: int, generation: int) -> Any:
        return await self._ask(REFRESH_TOKEN, refreshToken=self.held[at].tokens[generation])

    async def _ask(self, document: str, *, token: str | None = None, **variables: object) -> Any:
        return data(await self.service.next().browser.ask(document, variables, token=token))


def code(answer: Any) -> str:
    """OK, or what is wrong."""
    refusal: str = answer.get("code", OK)
    return refusal


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
