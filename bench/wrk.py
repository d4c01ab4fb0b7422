"""The load generator: `wrk` with our own script, which looks at every answer."""

import json
import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from bench.loads import Load, Session
from bench.processes import CannotRun, Cores, cpu_seconds, pinned

SCRIPT = Path(__file__).with_name("load.lua")
TRY_LATER = "SERVICE_UNAVAILABLE"
ANSWER_TIMEOUT = 20  # seconds
MARGIN = 60  # seconds, for connections to be opened and closed


class WrongAnswers(Exception):
    """Some answer was not what was asked for: then no figure of that cell means anything."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One cell of one round."""

    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    """Of the server, user and system, a request."""
    database_cpu_us: float
    """Of PostgreSQL, a request."""
    load_busy: float
    """How much of its core the load generator used; near 1, it was the limit."""
    refused: int = 0
    """How many were told to try again later, where that is allowed."""


@dataclass(frozen=True, slots=True)
class Wrk:
    """Sends loads to one server."""

    url: str
    cores: Cores
    server: int
    database: int | None

    def send(self, load: Load, sessions: Sequence[Session], clients: int, seconds: int) -> Sample:
        """Send a load for some time.

        Raises:
            WrongAnswers: not every answer was right, or none came.
        """
        with Sending(self, load, sessions, clients, seconds) as sending:
            return sending.result()


class Sending:
    """A load under way, for as long as the block lasts."""

    def __init__(
        self, wrk: Wrk, load: Load, sessions: Sequence[Session], clients: int, seconds: int
    ) -> None:
        """Begin to send."""
        self._wrk = wrk
        self._seconds = seconds
        with tempfile.NamedTemporaryFile("w", suffix=".lua", delete=False) as file:
            file.write(f"return {as_lua(_described(load, sessions, clients))}\n")
        self._file = Path(file.name)
        self._before, self._busy, self._began = self._cpu(), _busy(), time.monotonic()
        threads = clients if load.chained else 1
        words = [
            *("wrk", f"--threads={threads}", f"--connections={clients}", f"--duration={seconds}s"),
            *(f"--timeout={ANSWER_TIMEOUT}s", f"--script={SCRIPT}", wrk.url, "--", file.name),
        ]
        self._process = subprocess.Popen(  # noqa: S603 - wrk, and our own words
            pinned(wrk.cores, words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        """Go on sending."""
        return self

    def __exit__(self, *_: object) -> None:
        """Send no more."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.communicate()
        self._file.unlink()

    def result(self) -> Sample:
        """Wait for the end; raises WrongAnswers."""
        try:
            out, err = self._process.communicate(timeout=self._seconds + MARGIN)
        except subprocess.TimeoutExpired:
            raise CannotRun("wrk does not come to an end") from None
        after, busy = self._cpu(), _busy() - self._busy
        counts = counts_of(out, err)
        right, used = counts["right"], [b - a for a, b in zip(self._before, after, strict=True)]
        per_request = [seconds * 1e6 / right for seconds in (*used, 0.0)]
        return Sample(
            requests=right,
            # From the first request to the last answer: of slow ones, much is cut off at the end.
            per_second=right / counts["seconds"] if counts["seconds"] else 0.0,
            p50_ms=counts["p50_us"] / 1000,
            p99_ms=counts["p99_us"] / 1000,
            cpu_us=per_request[0],
            database_cpu_us=per_request[1],
            load_busy=busy / (time.monotonic() - self._began),
            refused=counts["refused"],
        )

    def _cpu(self) -> list[float]:
        pids = [pid for pid in (self._wrk.server, self._wrk.database) if pid is not None]
        return [cpu_seconds(pid) for pid in pids]


def _busy() -> float:
    """CPU seconds of the programs we started and that have ended: here, load generators."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _described(load: Load, sessions: Sequence[Session], clients: int) -> dict[str, object]:
    return {**asdict(load), "sessions": list(sessions), "clients": clients, "later": TRY_LATER}


def counts_of(out: str, err: str) -> dict[str, Any]:
    """Read the last line that our script wrote.

    Raises:
        WrongAnswers: it tells of any.
    """
    line = out.strip().rpartition("\n")[2]
    if not line.startswith("{"):
        raise CannotRun(f"wrk: {(err or out).strip()[-300:]}")
    counts: dict[str, Any] = json.loads(line)
    faults = {name: counts[name] for name in ("wrong", "broken", "timed_out") if counts[name]}
    if faults or not counts["right"]:
        raise WrongAnswers(f"{counts['right']} right, {faults}: {counts['first_wrong']}")
    return counts


def as_lua(value: object) -> str:
    """Write a value as Lua does."""
    match value:
        case None:
            return "nil"
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return '"' + "".join(f"\\{byte:03d}" for byte in value.encode()) + '"'
        case Mapping():
            pairs = ",".join(f"[{as_lua(k)}]={as_lua(v)}" for k, v in value.items())
            return f"{{{pairs}}}"
        case list() | tuple():
            return f"{{{','.join(map(as_lua, value))}}}"
        case _:
            raise TypeError(type(value).__name__)
