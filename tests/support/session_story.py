"""What happens to one person's sessions, compared with the specification at each step."""

import asyncio
import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from apps import person
from browser import data, errors
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
from people import BROWSER, PASSWORD
from session_service import Service
from specification import OK, WINDOW, SessionSpecification, Specification

from authberry.models import RefreshToken, User

DAY = 86_400


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
