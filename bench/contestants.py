"""Whoever is measured: how it is installed, started and asked."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import httpx

from bench.loads import Load, Request, Session, fill
from bench.postgres import Postgres
from bench.processes import Command
from bench.wrk import ANSWER_TIMEOUT, WrongAnswers

Kind = Literal["none", "sqlite", "postgres"]

PASSWORD = "Bench-Passw0rd-0001"
PEOPLE = 16
CREDENTIALS = ("access", "refresh", "token", "data")
"""The values of a session that prove something."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one server runs: an empty folder, a port and a kind of database."""

    folder: Path
    port: int
    kind: Kind
    postgres: Postgres | None

    def database(self, *, template: str | None = None) -> str:
        """Make the server's PostgreSQL database; returns its URL."""
        assert self.postgres, "this place has no PostgreSQL"  # noqa: S101
        return self.postgres.create("contestant", template=template)


@dataclass(slots=True)
class Sessions:
    """Sessions of one server: `steady` ones are used all the time, those of the `pool` once."""

    steady: Sequence[Session]
    pool: Sequence[Session] = ()
    taken: int = 0

    def take(self, number: int) -> Sequence[Session]:
        """Take sessions that nobody has used yet, fewer if there are no more."""
        sessions = self.pool[self.taken : self.taken + number]
        self.taken += len(sessions)
        return sessions

    @property
    def left(self) -> int:
        """How many can still be taken."""
        return len(self.pool) - self.taken


class Contestant(ABC):
    """A server that can be measured."""

    name: str
    role: Literal["ours", "peer", "ceiling"]
    databases: tuple[Kind, ...]
    loads: Mapping[str, Load]
    remark: str = ""
    tools: tuple[str, ...] = ()

    def prepare(self, kind: Kind, postgres: Postgres | None) -> None:  # noqa: B027 - most have none
        """Do once what every server of the contestant needs."""

    @abstractmethod
    def command(self, place: Place, settings: Mapping[str, str]) -> Command:
        """Say how to start a server with a fresh database.

        Args:
            place: Where.
            settings: Of this server alone, by name of the environment.
        """

    @abstractmethod
    def sessions(self, url: str, kind: Kind) -> Sessions:
        """Log people in to a server that runs."""

    @abstractmethod
    def versions(self) -> Mapping[str, str]:
        """Say what it is made of."""


@dataclass(frozen=True, slots=True)
class Login:
    """How people log in to a server over HTTP, and which values they then hold."""

    request: Request
    people: Sequence[Session] = field(
        default_factory=lambda: [
            {"email": f"bench{n}@example.com", "user": f"bench{n}", "n": str(n)}
            for n in range(PEOPLE)
        ]
    )

    def all(self, url: str) -> Sessions:
        """Log everybody in."""
        sessions = [{**person, **answer(url, self.request, person)} for person in self.people]
        return Sessions(sessions, sessions)


def answer(url: str, request: Request, session: Session) -> dict[str, str]:
    """Send one request; returns what it yields for the next.

    Raises:
        WrongAnswers: it is not answered as it should be.
    """
    response = _send(url, request, session)
    if not is_right(request, session, response):
        raise WrongAnswers(f"{request.path}: {response.status_code} {response.text[:300]}")
    whole = _written(response)
    return {one.name: _between(whole, one.after, one.till) for one in request.extract}


def takes_forged(url: str, request: Request, session: Session) -> bool:
    """Whether a request is answered although every credential in it has been tampered with."""
    sent = f"{request.headers} {request.body}"
    names = [name for name in CREDENTIALS if f"<<{name}>>" in sent]
    forged = {**session, **{name: _tampered(session[name]) for name in names}}
    return bool(names) and is_right(request, forged, _send(url, request, forged))


def is_right(request: Request, session: Session, response: httpx.Response) -> bool:
    """Whether an answer is the one to this session's request."""
    wanted = [*request.expect, *(fill(text, session) for text in request.own)]
    return response.status_code == httpx.codes.OK and all(text in response.text for text in wanted)


def _send(url: str, request: Request, session: Session) -> httpx.Response:
    try:
        return httpx.request(
            request.method,
            url + fill(request.path, session),
            content=fill(request.body, session) if request.body else None,
            headers={name: fill(value, session) for name, value in request.headers.items()},
            timeout=ANSWER_TIMEOUT,
        )
    except httpx.TransportError as error:
        raise WrongAnswers(f"{request.path}: {type(error).__name__}") from None


def _written(response: httpx.Response) -> str:
    headers = "".join(f"{name}: {value}\r\n" for name, value in response.headers.multi_items())
    return f"{headers}\r\n{response.text}"


def _between(text: str, after: str, till: str) -> str:
    return text.partition(after)[2].partition(till)[0]


def _tampered(value: str) -> str:
    """Change one character well within: the last may have bits that nobody reads."""
    return f"{value[:-10]}{'A' if value[-10] != 'A' else 'B'}{value[-9:]}"
