"""What is measured: every name, unit and label (docs/observability.md says what each tells).

A label holds only what this code can spell, never what a stranger chose: a catalogue that grows
with what it is sent is a way to fill the memory.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

SHARED = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
"""Where the workers of one server count together, one file each: the library looks here when it is
imported, and never again."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
MAIL_OUTCOMES = ("sent", "put_off", "failed")
THROTTLED = ("login", "register", "refresh", "revoke", "export")

LATEST = "livemostrecent"
"""Of workers that look at one and the same thing, who looked last tells."""

_NAMESPACE = "authberry"
_REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_HASH_SECONDS = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics(Collector):
    """The metrics of one `Auth`, or of all the workers that count into one directory."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._registry = CollectorRegistry()
        self._requests = self._counter(
            "http_requests", "Requests answered.", "method", "route", "status"
        )
        self._request_seconds = self._histogram(
            "http_request_duration_seconds", "Seconds to an answer.", _REQUEST_SECONDS, "route"
        )
        self._operations = self._counter(
            "operations", "Mutations executed, by how they ended.", "field", "outcome"
        )
        self._events = self._counter("security_events", "Records of the security log.", "event")
        self._throttled = self._counter(
            "throttled", "Attempts refused because there were too many.", "subject"
        )
        self._mails = self._counter("mails", "Mails tried, by what came of it.", "outcome")
        self.hash_queue = self._gauge("password_hash_queue", "Passwords waiting, or being hashed.")
        self.hash_seconds = self._histogram(
            "password_hash_duration_seconds",
            "Seconds a hash took, waiting included.",
            _HASH_SECONDS,
        )
        self._pool = self._gauge(
            "database_pool_connections", "PostgreSQL connections held.", "state"
        )
        self._overdue_rows = self._gauge(
            "overdue_rows", "Rows due to be deleted, up to 10,000.", "kind", mode=LATEST
        )
        self._overdue_seconds = self._gauge(
            "overdue_seconds", "Seconds since the first of them was due.", "kind", mode=LATEST
        )
        self._build = self._gauge("build_info", "1, with the version.", "version", mode="livemax")
        self._build.labels(version("authberry")).set(1)
        for subject in THROTTLED:  # a series that begins at 1 would hide its first one
            self._throttled.labels(subject)
        for outcome in MAIL_OUTCOMES:
            self._mails.labels(outcome)

    def request(
        self, method: str, route: str, status: int
    ) -> tuple[Callable[[], None], Callable[[float], None]]:
        """Look up what counts such a request, and what takes its seconds, for callers to keep."""
        requests = self._requests.labels(method, route, str(status))
        return requests.inc, self._request_seconds.labels(route).observe

    def operation(self, field: str, outcome: str) -> None:
        """Count a mutation that ended with `OK` or an error's code."""
        self._operations.labels(field, outcome).inc()

    def expect_events(self, names: Iterable[str]) -> None:
        """Begin each of these at zero."""
        for name in names:
            self._events.labels(name)

    def event(self, name: str) -> None:
        """Count a record of the security log."""
        self._events.labels(name).inc()

    def throttled(self, subject: str) -> None:
        """Count an attempt that was refused."""
        self._throttled.labels(subject).inc()

    def mail(self, outcome: str) -> None:
        """Count a try: `sent`, `put_off` to be tried again, or `failed` for good."""
        self._mails.labels(outcome).inc()

    def pool(self, connections: Mapping[str, int]) -> None:
        """Take a look at the pool: how many connections there are of each state."""
        for state, count in connections.items():
            self._pool.labels(state).set(count)

    def overdue(self, kind: str, rows: int | None, seconds: float) -> None:
        """Tell of what waits to be deleted: how much, unless nothing counts it, and since when."""
        if rows is not None:
            self._overdue_rows.labels(kind).set(rows)
        self._overdue_seconds.labels(kind).set(seconds)

    def collect(self) -> Iterable[Metric]:
        """Everything there is by now, the other workers' share included."""
        for metric in _of_all_workers(SHARED) if SHARED else self._registry.collect():
            if metric.name.startswith(f"{_NAMESPACE}_"):  # a host counts into that directory too
                # When a series began is a series more for each, which nothing here asks for.
                metric.samples = [
                    one for one in metric.samples if not one.name.endswith("_created")
                ]
                yield metric

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Write all of it in the format that `accept` likes best; returns its media type too."""
        try:
            encode, media_type = choose_encoder(accept)
        except TypeError:  # a version that is no number
            encode, media_type = choose_encoder("")
        return encode(self), media_type

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(name, meaning, labels, namespace=_NAMESPACE, registry=self._registry)

    def _gauge(self, name: str, meaning: str, *labels: str, mode: Any = "livesum") -> Gauge:
        return Gauge(
            name,
            meaning,
            labels,
            namespace=_NAMESPACE,
            registry=self._registry,
            multiprocess_mode=mode,
        )

    def _histogram(
        self, name: str, meaning: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(
            name,
            meaning,
            labels,
            namespace=_NAMESPACE,
            registry=self._registry,
            buckets=buckets,
        )


def _of_all_workers(directory: str) -> Iterable[Metric]:
    """Sum what the workers wrote. What a dead one had counted stays; what it held is held no more.

    The library leaves the dead to whoever supervises; so it takes no supervisor of ours.
    """
    for file in Path(directory).glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not _is_alive(pid):
            with suppress(FileNotFoundError):  # another worker was faster
                mark_process_dead(pid, directory)  # type: ignore[no-untyped-call]
    collector: Collector = MultiProcessCollector(None, directory)  # type: ignore[no-untyped-call]
    return collector.collect()


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # there, to ask would be to interrupt
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


_of_this_process = cache(Metrics)


def open_metrics() -> Metrics:
    """Begin a catalogue of one's own; where workers count together, a process has one file."""
    return _of_this_process() if SHARED else Metrics()
