"""Several server processes on one listener: started, watched, and replaced one by one."""

import os
import signal
import socket
import sys
import time
from functools import cached_property
from types import FrameType

import uvicorn

from authberry.models.event_logger import event_logger
from authberry.server.process.draining import DrainingServer
from authberry.server.process.uvicorn_internals import (
    STARTUP_FAILURE,
    UvicornSupervisor,
    UvicornWorker,
)

logger = event_logger("authberry.server")

START_TIMEOUT = 60  # seconds, in which a worker's successor must be ready
LETTING_GO = 0.2
"""Seconds in which a supervisor that is told to stop together with its workers has closed its copy
of the listener: whoever closes last takes whom the kernel has let in, and must be a worker."""
STOPS = frozenset({signal.SIGINT, signal.SIGTERM})


class Worker(UvicornWorker):
    """One server process, as its supervisor sees it; `target` and `server` are of the process."""

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], drain: float) -> None:
        """Make a worker, which is still to be started."""
        super().__init__(config, sockets)
        self._drain = drain

    @cached_property
    def server(self) -> DrainingServer:
        """What the process runs."""
        return DrainingServer(self.config, max(self._drain, LETTING_GO))

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve."""
        if sys.platform != "win32":
            signal.signal(signal.SIGHUP, self.server.retire)
        super().target(sockets)

    def start(self) -> None:
        """Begin, and notice its end at once: with no copy of its end of the pipe, that closes."""
        super().start()
        self.child_conn.close()

    def retire(self) -> None:
        """Let it finish what it has begun, and end."""
        if sys.platform != "win32" and self.is_running and self.pid is not None:
            os.kill(self.pid, signal.SIGHUP)
        self.close_pipe()


class Supervisor(UvicornSupervisor):
    """Keeps as many workers as were asked for. SIGHUP replaces them without a failed request."""

    processes: list[Worker]  # type: ignore[assignment]

    def __init__(self, config: uvicorn.Config, sockets: list[socket.socket], drain: float) -> None:
        """Supervise; `drain` is that of `DrainingServer`."""
        super().__init__(config, sockets)
        self._drain = drain
        self._is_starting = False
        self._retired: list[Worker] = []
        for stop in STOPS:
            signal.signal(stop, self._be_told_to_stop)

    @property
    def has_failed(self) -> bool:
        """Whether a worker could not start at all."""
        return any(worker.exitcode == STARTUP_FAILURE for worker in self.processes)

    def init_processes(self) -> None:
        """Start them all."""
        self.processes = [self._start() for _ in range(self.wanted)]

    def keep_subprocess_alive(self) -> None:
        """Replace the dead and the hung; give up if one cannot start at all."""
        for index, worker in enumerate(self.processes):
            if worker.is_alive(timeout=self.config.timeout_worker_healthcheck):
                continue
            if self._is_told_to_stop():
                return  # and so was the worker: a signal to the whole group
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                self.should_exit.set()
                return
            logger.warning("a worker died", extra={"pid": worker.pid})
            self.processes[index] = self._start()

    def restart_all(self) -> None:
        """Replace one after the other, each once its successor serves.

        A successor that does not come up leaves the others as they are: what is new may be at
        fault, and what is old serves.
        """
        for index, worker in enumerate(self.processes):
            if self._is_told_to_stop():
                return
            successor = self._start()
            if not self._serves_in_time(successor):
                successor.kill()
                successor.join()
                if not self._is_told_to_stop():
                    logger.error("a new worker did not start; the old ones go on")
                return
            self.processes[index] = successor
            worker.retire()
            self._retired = [worker]
            while worker.is_running and not self._is_told_to_stop():
                time.sleep(0.05)
        if not self._is_told_to_stop():
            logger.info("restarted")

    def terminate_all(self) -> None:
        """Tell them all to stop."""
        logger.info("stopping")
        self._close_listeners()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait for their end, and for those that had begun to end before."""
        super().join_all()
        for worker in self._retired:
            worker.join()

    def handle_ttin(self) -> None:
        """Add one."""
        self.wanted += 1
        self.processes.append(self._start())

    def _start(self) -> Worker:
        worker = Worker(self.config, self.sockets, self._drain)
        self._is_starting = True
        try:
            worker.start()
        finally:
            self._is_starting = False
            if self._is_told_to_stop():
                self._close_listeners()
        return worker

    def _be_told_to_stop(self, number: int, _frame: FrameType | None) -> None:
        """Remember the signal, and let go of the listener: only who serves it may hold it now."""
        self.waiting_signals().append(number)
        if not self._is_starting:
            self._close_listeners()

    def _close_listeners(self) -> None:
        for listener in self.sockets:
            listener.close()

    def _serves_in_time(self, worker: Worker) -> bool:
        deadline = time.monotonic() + START_TIMEOUT
        while time.monotonic() < deadline and worker.is_running:
            if self._is_told_to_stop():
                return False
            if worker.is_ready(timeout=1):
                return True
            time.sleep(0.1)
        return False

    def _is_told_to_stop(self) -> bool:
        """Whether a signal says so that is still to be handled."""
        return self.should_exit.is_set() or not STOPS.isdisjoint(self.waiting_signals())
