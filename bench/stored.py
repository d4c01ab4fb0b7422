"""Our server on a table that holds many sessions, some of which are real."""

from collections.abc import Mapping
from pathlib import Path

from bench.contestants import PEOPLE, Contestant, Kind, Place, Sessions
from bench.filling import fill_postgres, fill_sqlite
from bench.loads import Session
from bench.ours import LOADS, Ours, Population, serve
from bench.postgres import Postgres
from bench.processes import CannotRun, Command

TEMPLATE = "stored_real"
REAL_A_ROUND = 2000
"""How many real sessions each round asks about and refreshes: none of them twice."""

ASKED = {work: LOADS[work] for work in ("me", "me, first sight", "refresh")}


class Stored(Contestant):
    """The real sessions were begun by the rules; the rest of the table was filled around them.

    The database is filled once and serves every round: ten million rows are not filled thrice.
    """

    name = Ours.name
    role = "ours"
    databases = ("sqlite", "postgres")
    loads = ASKED

    def __init__(self, real: Ours, rows: int, rounds: int) -> None:
        """Fill up to `rows` around the sessions of `real`."""
        self._real = real
        self._rows = rows
        self._rounds = rounds
        self._rounds_begun = 0
        self._kept: list[Session] = []
        self._url = ""

    def prepare(self, kind: Kind, postgres: Postgres | None) -> None:
        """Copy the real sessions, and fill."""
        self._real.prepare(kind, postgres)
        if postgres and kind == "postgres":
            name = f"stored_{self._rows}"
            self._url = postgres.create(name, template=TEMPLATE)
            kept = fill_postgres(postgres, name, self._rows)
        else:
            file = self._real.file.with_name(f"stored_{self._rows}.db")
            self._url = f"sqlite://{file}"
            kept = fill_sqlite(self._real.file, file, self._rows)
        everybody = self._real.sessions("", kind)
        held = [*everybody.steady, *everybody.pool]
        self._kept = [one for one in held if one["session"] in kept]

    def command(self, place: Place, settings: Mapping[str, str]) -> Command:
        """Serve the filled database itself."""
        return serve(place, self._url, settings)

    def sessions(self, url: str, kind: Kind) -> Sessions:
        """Hand out those of this round; a few people ask in all of them."""
        del url, kind
        if self._rounds_begun >= self._rounds:
            raise CannotRun("every real session has been used")
        pool = self._kept[PEOPLE + self._rounds_begun :: self._rounds]
        self._rounds_begun += 1
        return Sessions(self._kept[:PEOPLE], pool)

    def versions(self) -> Mapping[str, str]:
        """Name what we are made of."""
        return self._real.versions()


def real(built: Path, rounds: int) -> Ours:
    """The sessions that all the tables have in them, the small ones not all."""
    return Ours(built, Population(people=REAL_A_ROUND * rounds + PEOPLE, each=1), TEMPLATE)
