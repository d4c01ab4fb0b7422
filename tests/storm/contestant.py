"""Whoever is in the storm: how it is started, asked, and understood."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, Self

from tests.storm.http_client import Request, Response
from tests.storm.plan import Plan

Kind = Literal["sqlite", "postgres"]
GOOD = "good"


class Process(Protocol):
    """A server that can be started again on the port it had."""

    port: int

    def start(self) -> Any:
        """Start, and return when it answers."""

    def stop(self) -> int:
        """Ask it to end, and wait."""

    def kill(self) -> None:
        """End it as `kill -9` does."""

    def close(self) -> None:
        """Leave nothing running."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a response means."""

    outcome: str
    """`GOOD`, or the refusal in the server's words."""
    refresh: str | None = None
    """The refresh token that is to be kept from now on."""
    access: str | None = None
    email: str | None = None
    is_fault: bool = False
    """The server says that it is its own fault."""

    @property
    def is_good(self) -> bool:
        """Whether it is what was asked for."""
        return self.outcome == GOOD


@dataclass(frozen=True, slots=True)
class Row:
    """What the database says of a session."""

    generation: int
    token_hash: str
    ended: str | None


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where servers run: an empty folder, and an empty database."""

    folder: Path
    kind: Kind
    database_url: str


@dataclass(frozen=True, slots=True)
class Step:
    """A change that the servers live through: its share of the storm gone by, name and deed."""

    after: float
    name: str
    do: Callable[["RollingRestart"], Coroutine[Any, Any, None]]


class RollingRestart(Protocol):
    """Restarts servers one by one; the one that restarts is not killed meanwhile."""

    async def roll(self, **settings: object) -> None:
        """Restart all of them, with other settings."""


class Contestant(ABC):
    """Servers of one kind on one database."""

    name: str
    remark: str
    jars: Sequence[Literal["cookie", "body"]]
    """How clients hold the refresh token: where the last answer wins, or as a program keeps it."""
    servers: Sequence[Process]
    finds_thieves: bool = False
    """Whether it says that it ends the session of which a token was used again."""

    def __init__(self, workspace: Workspace, plan: Plan) -> None:
        """Choose ports; `start` serves."""
        self.workspace = workspace
        self.plan = plan

    def __enter__(self) -> Self:
        """Start every server."""
        with ThreadPoolExecutor() as at_once:
            for started in [at_once.submit(server.start) for server in self.servers]:
                started.result()
        return self

    def __exit__(self, *_: object) -> None:
        """Leave nothing running."""
        for server in self.servers:
            server.close()

    @abstractmethod
    def register(self, number: int) -> Request | None:
        """Make a person; None if they are there already."""

    @abstractmethod
    def login(self, number: int, jar: str) -> Request:
        """Begin a session of a person."""

    @abstractmethod
    def email(self, number: int) -> str:
        """The address of a person."""

    @abstractmethod
    def refresh(self, token: str, jar: str) -> Request:
        """Exchange a refresh token."""

    @abstractmethod
    def me(self, access: str) -> Request:
        """Ask who is logged in."""

    @abstractmethod
    def read(self, response: Response) -> Answer:
        """Understand a response to any of these."""

    @abstractmethod
    def versions(self) -> Mapping[str, str]:
        """What it is made of."""

    def steps(self) -> Sequence[Step]:
        """What is changed while it storms."""
        return ()

    async def rows(self) -> Mapping[str, Row] | None:
        """Read every session past the server, by id; None if sessions are nowhere."""
        return None

    def identity(self, token: str) -> object:
        """What a token is, however it is spelt."""
        return token

    def row_of(self, token: str) -> tuple[str, Row]:
        """The session that a token belongs to, and the row of which it is the current token."""
        raise NotImplementedError
