"""`me` while hundreds wait to be logged in, against `me` alone on the same server."""

import time
from collections.abc import Generator
from statistics import median

from bench.bouts import Bout, Cell, Figures, Ring, Standing, standing
from bench.contestants import Kind, answer
from bench.loads import Load
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


class QueueBout(Bout):
    """Alternating pairs, since a p99 is noisy: what counts is the median of their ratios."""

    group = "queue"

    def __init__(self, ours: Ours, kind: Kind) -> None:
        """Name the cell."""
        self.contestant = ours
        self.kind = kind
        self.cells = [Cell(ours.name, kind, P99, ASKING)]

    def play(self, ring: Ring) -> Generator[Figures]:
        """Measure pair after pair on one server."""
        with standing(ring, self.contestant, self.kind, {}) as it:
            self._ask(it, ring)
            pairs = [(self._ask(it, ring), *self._ask_in_a_crowd(it, ring)) for _ in range(PAIRS)]
        yield {
            "alone_p99_ms": median(alone.p99_ms for alone, _, _ in pairs),
            "waiting_p99_ms": median(crowded.p99_ms for _, crowded, _ in pairs),
            "ratio": median(crowded.p99_ms / alone.p99_ms for alone, crowded, _ in pairs),
            "me_per_second": median(crowded.per_second for _, crowded, _ in pairs),
            "logins_per_second": median(logins.per_second for _, _, logins in pairs),
            "told_to_try_later": median(logins.refused for _, _, logins in pairs),
        }

    def _ask(self, it: Standing, ring: Ring) -> Sample:
        return it.wrk.send(LOADS["me"], it.sessions.steady, ASKING, ring.seconds)

    def _ask_in_a_crowd(self, it: Standing, ring: Ring) -> tuple[Sample, Sample]:
        everybody = it.sessions.steady
        with Sending(it.wrk, PATIENT, everybody, WAITING, LEAD + ring.seconds + LEAD) as logins:
            time.sleep(LEAD)
            crowded = self._ask(it, ring)
            admitted = logins.result()
        self._drain(it)
        return crowded, admitted

    def _drain(self, it: Standing) -> None:
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
