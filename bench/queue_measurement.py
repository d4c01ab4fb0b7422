"""`me` while hundreds wait to be logged in, against `me` alone on the same server."""

import time
from collections.abc import Generator
from statistics import median

from bench.contestants import Kind, answer
from bench.loads import Load
from bench.measurements import Cell, Figures, Measurement, Resources, RunningServer, running_server
from bench.ours import LOADS, LOGIN, Ours
from bench.wrk import Sample, Sending, WrongAnswers

PAIRS = 3
ASKING = 16
WAITING = 300
P99 = f"p99 of me, {WAITING} logins waiting"
LEAD = 2  # seconds, for the queue to fill
DRAINED = 0.5  # seconds: a login that takes less has not waited
DRAIN_TIMEOUT = 60  # seconds

PATIENT = Load((LOGIN,), patient=True)


class QueueMeasurement(Measurement):
    """Alternating pairs, since a p99 is noisy: what counts is the median of their ratios."""

    group = "queue"

    def __init__(self, ours: Ours, kind: Kind) -> None:
        """Name the cell."""
        self.contestant = ours
        self.kind = kind
        self.cells = [Cell(ours.name, kind, P99, ASKING)]

    def measure(self, resources: Resources) -> Generator[Figures]:
        """Measure pair after pair on one server."""
        with running_server(resources, self.contestant, self.kind, {}) as it:
            self._ask(it, resources)
            pairs = [
                (self._ask(it, resources), *self._ask_beside_logins(it, resources))
                for _ in range(PAIRS)
            ]
        yield {
            "alone_p99_ms": median(alone.p99_ms for alone, _, _ in pairs),
            "waiting_p99_ms": median(beside.p99_ms for _, beside, _ in pairs),
            "ratio": median(beside.p99_ms / alone.p99_ms for alone, beside, _ in pairs),
            "me_per_second": median(beside.per_second for _, beside, _ in pairs),
            "logins_per_second": median(logins.per_second for _, _, logins in pairs),
            "told_to_try_later": median(logins.refused for _, _, logins in pairs),
        }

    def _ask(self, it: RunningServer, resources: Resources) -> Sample:
        return it.wrk.send(LOADS["me"], it.sessions.steady, ASKING, resources.seconds)

    def _ask_beside_logins(self, it: RunningServer, resources: Resources) -> tuple[Sample, Sample]:
        everybody = it.sessions.steady
        with Sending(
            it.wrk, PATIENT, everybody, WAITING, LEAD + resources.seconds + LEAD
        ) as logins:
            time.sleep(LEAD)
            beside = self._ask(it, resources)
            admitted = logins.result()
        self._drain(it)
        return beside, admitted

    def _drain(self, it: RunningServer) -> None:
        """Wait until nobody waits any more: those who hung up may still be in the queue."""
        deadline = time.monotonic() + DRAIN_TIMEOUT
        while time.monotonic() < deadline:
            began = time.monotonic()
            try:
                answer(it.wrk.url, LOGIN, it.sessions.steady[0])
            except WrongAnswers:
                time.sleep(DRAINED)
                continue
            if time.monotonic() - began < DRAINED:
                return
