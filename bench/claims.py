"""A host's field that needs only the claims, on our endpoint: `bench/host.py`."""

import sys
from collections.abc import Mapping

from bench.ceilings import ROOT
from bench.contestants import Contestant, Kind, Place, Sessions
from bench.loads import graphql, steady
from bench.ours import Ours
from bench.postgres import Postgres
from bench.processes import Command

VIEWER_ID = graphql("{ viewerId }", expect=('{"data":{"viewerId":"',), own=('"viewerId":"<<id>>"',))

LOADS = {"claims": steady(VIEWER_ID)}


class Claims(Contestant):
    """The host, with people who were seeded for us."""

    name = "authberry, a host's schema"
    role = "ours"
    databases = ("sqlite",)
    loads = LOADS

    def __init__(self, ours: Ours) -> None:
        """Borrow the people."""
        self._ours = ours

    def prepare(self, kind: Kind, postgres: Postgres | None) -> None:
        """Have them seeded."""
        self._ours.prepare(kind, postgres)

    def command(self, place: Place, settings: Mapping[str, str]) -> Command:
        """Serve the host."""
        theirs = self._ours.command(place, settings)
        words = [sys.executable, "-m", "bench.host", "--port", str(place.port)]
        return Command(words, theirs.environment, ROOT, theirs.health)

    def sessions(self, url: str, kind: Kind) -> Sessions:
        """Hand out theirs."""
        return self._ours.sessions(url, kind)

    def versions(self) -> Mapping[str, str]:
        """Name what we are made of."""
        return self._ours.versions()
