"""A measurement: one new server on a new database, and the loads that are put on it."""

import tempfile
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from bench.contestants import Contestant, Kind, Place, Sessions, answer, takes_forged
from bench.loads import Load, Session
from bench.local_servers import free_port
from bench.machine import Layout
from bench.postgres import DISK, Postgres
from bench.processes import CannotRun, Cores, Server, memory
from bench.wrk import Wrk, WrongAnswers

WARM_CLIENTS = 16
CHECKED = 2
"""How many sessions are checked to be answered as their own, before a load."""

Figures = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """One load from so many clients: a row of figures in the results."""

    contestant: str
    kind: Kind
    work: str
    clients: int = 0

    def __str__(self) -> str:
        """Write it on one line."""
        where = "" if self.kind == "none" else f" on {self.kind}"
        clients = f", {self.clients} client{'s'[: self.clients > 1]}" if self.clients else ""
        return f"{self.contestant}{where}: {self.work}{clients}"


@dataclass(frozen=True, slots=True)
class Resources:
    """What every measurement uses."""

    layout: Layout
    seconds: int
    postgres: Postgres | None
    """Running, if any measurement needs it."""


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that runs, with people logged in to it."""

    server: Server
    wrk: Wrk
    sessions: Sessions


class Measurement(ABC):
    """Part of a round: it yields its cells' figures, in the order of `cells`."""

    group: str
    contestant: Contestant
    kind: Kind
    cells: Sequence[Cell]

    @abstractmethod
    def measure(self, resources: Resources) -> Generator[Figures]:
        """Measure cell after cell.

        Raises:
            WrongAnswers, CannotRun: the rest of the measurement is void.
        """


@contextmanager
def running_server(
    resources: Resources,
    contestant: Contestant,
    kind: Kind,
    settings: Mapping[str, str],
    *,
    cores: Cores | None = None,
    load_cores: Cores | None = None,
) -> Iterator[RunningServer]:
    """Start a server on a fresh database, log people in, and check that it knows them."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=DISK)))
        postgres = resources.postgres if kind == "postgres" else None
        place = Place(folder, free_port(), kind, postgres)
        command = contestant.command(place, settings)
        server = stack.enter_context(
            Server(command, place.port, cores or resources.layout.server, folder / "log")
        )
        database = postgres.pid if postgres else None
        wrk = Wrk(server.url, load_cores or resources.layout.load, server.pid, database)
        sessions = contestant.sessions(server.url, kind)
        check(server.url, contestant.loads.values(), sessions.steady[:CHECKED])
        yield RunningServer(server, wrk, sessions)


def check(url: str, loads: Iterable[Load], sessions: Sequence[Session]) -> None:
    """Make sure that everybody is answered as themselves, and nobody with a forged credential.

    Raises:
        WrongAnswers: no load would mean anything.
    """
    for load in loads:
        request = load.schedule[0]
        # A chained one would use up a token that the load begins with.
        for session in () if load.chained else sessions:
            answer(url, request, session)
        if takes_forged(url, request, sessions[0]):
            raise WrongAnswers(f"{request.path}: a forged credential is taken for a good one")


@dataclass(slots=True)
class LoadMeasurement(Measurement):
    """One server, and loads of the contestant's, one after the other."""

    group: str
    contestant: Contestant
    kind: Kind
    works: Sequence[tuple[str, Sequence[int]]]
    """Which loads, and from how many clients each."""
    settings: Mapping[str, str] = field(default_factory=dict)
    suffix: str = ""
    """What the names of the cells end in, where the server is not the usual one."""
    memory: str = ""
    """What the cell of the memory is called, where the suffix does not tell it apart."""
    cores: Literal["server", "pair", "every"] = "server"
    chained_sessions: int = 0
    """How many sessions a chained load uses; at least one a client."""
    warm: str = "me"
    cells: Sequence[Cell] = ()

    def __post_init__(self) -> None:
        """Name the cells."""
        self.cells = [
            *(self._cell(work + self.suffix, n) for work, clients in self.works for n in clients),
            self._cell(self.memory or f"memory{self.suffix}"),
        ]

    def _cell(self, work: str, clients: int = 0) -> Cell:
        return Cell(self.contestant.name, self.kind, work, clients)

    def measure(self, resources: Resources) -> Generator[Figures]:
        """Put one load after the other on one server, and weigh it in the end."""
        cores: Cores = getattr(resources.layout, self.cores)
        load_cores = resources.layout.load if self.cores != "every" else resources.layout.every
        with running_server(
            resources, self.contestant, self.kind, self.settings, cores=cores, load_cores=load_cores
        ) as it:
            warm = self.contestant.loads[self.warm]
            it.wrk.send(warm, it.sessions.steady, WARM_CLIENTS, resources.seconds)
            shares = self._shares()
            for work, clients in self.works:
                load = self.contestant.loads[work]
                for n in clients:
                    chosen = self._sessions_for(load, it.sessions, n, shares)
                    yield asdict(it.wrk.send(load, chosen, n, resources.seconds))
            yield asdict(memory(it.server.pid))

    def _shares(self) -> int:
        """How many loads want sessions that nobody has seen."""
        return sum(len(clients) for work, clients in self.works if self._is_once(work))

    def _is_once(self, work: str) -> bool:
        return self.contestant.loads[work].once

    def _sessions_for(
        self, load: Load, sessions: Sessions, clients: int, shares: int
    ) -> Sequence[Session]:
        if load.chained:
            taken = sessions.take(max(clients, self.chained_sessions))
            if len(taken) < clients:
                raise CannotRun(f"{clients} clients, and {len(taken)} sessions left")
            return taken
        if load.once:
            return sessions.take(len(sessions.pool) // (shares + 1))
        return sessions.steady
