"""Serving on a listener until told to stop: in this process, or in several below it."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from types import FrameType

import uvicorn

from authberry import SettingsError
from authberry.models.event_logger import event_logger
from authberry.server.process.draining import DrainingServer
from authberry.server.process.protocol import KEEP_ALIVE_TIMEOUT, BoundedProtocol
from authberry.server.process.supervisor import Supervisor
from authberry.server.process.uvicorn_internals import STARTUP_FAILURE

logger = event_logger("authberry.server")

SHUTDOWN_TIMEOUT = 10  # seconds, for requests in flight when the process is told to stop
HEALTH_CHECK_TIMEOUT = 30  # seconds; on a busy machine, starting may take that long


def run(listener: socket.socket, workers: int, drain: float) -> int:
    """Serve until told to stop; returns the exit code.

    Args:
        listener: Where connections arrive.
        workers: How many processes serve.
        drain: Seconds to go on serving, not ready, after SIGTERM.
    """
    config = _configure(workers)
    if workers > 1:
        supervisor = Supervisor(config, [listener], drain)
        supervisor.run()
        return int(supervisor.has_failed)
    try:
        OnlyServer(config, drain).run([listener])
    except SystemExit as leaving:
        return int(leaving.code == STARTUP_FAILURE)
    return 0


@contextmanager
def sharing_metrics(workers: int) -> Iterator[None]:
    """Give workers a folder in which each writes its metrics, so that any can answer with all.

    Raises:
        SettingsError: there is none that can be written to.
    """
    if workers == 1:
        yield
        return
    try:
        folder = TemporaryDirectory(prefix="authberry-metrics-")
    except OSError:
        raise SettingsError(
            "TMPDIR: no folder for temporary files can be written to, which --workers needs."
            " Name one"
        ) from None
    with folder as directory:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        yield


def _configure(workers: int) -> uvicorn.Config:
    return uvicorn.Config(
        "authberry.server.process.worker:create_app",
        factory=True,
        workers=workers,
        lifespan="on",
        http=BoundedProtocol,
        ws="none",
        proxy_headers=False,  # `authberry.graph.clients` knows whom to trust
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_TIMEOUT,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT,
        timeout_worker_healthcheck=HEALTH_CHECK_TIMEOUT,
    )


class OnlyServer(DrainingServer):
    """Serves without a supervisor, which would have logged the signal."""

    _told_by: str | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Remember the signal.

        It may interrupt the writing of a line of the log, within which Python refuses to write
        another: to log it here would fail, and the signal be lost.
        """
        self._told_by = signal.Signals(sig).name
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Log the signal, once."""
        if self._told_by is not None:
            logger.info("stopping", extra={"signal": self._told_by})
            self._told_by = None
        return await super().on_tick(counter)
