"""`authberry serve`."""

import asyncio
import errno
import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Annotated

import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from authberry import Auth, Settings
from authberry.doctor import refuse_danger
from authberry.server.dev_mail import DEV_MAIL
from authberry.server.draining import DrainingServer
from authberry.server.logging import configure_logging
from authberry.server.protocol import KEEP_ALIVE, BoundedProtocol
from authberry.server.supervisor import Supervisor
from authberry.server.terminal import say
from authberry.settings import PREFIX

logger = logging.getLogger("authberry.server")

BACKLOG = 2048  # connections
GRACE = 10  # seconds, for requests in flight when the process is told to stop
HANG = 30  # seconds without a sign of life; to start may take that long on a busy machine
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - where to reach them from here


def serve(
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes one that is free.")
    ] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="How many processes.")] = 1,
    drain: Annotated[
        float,
        typer.Option(
            min=0,
            help="Seconds to go on serving after SIGTERM while /health/ready says no: as long as"
            " your load balancer takes to notice.",
        ),
    ] = 0,
) -> None:
    """Serve; in development mode, unless AUTHBERRY_ENV says production."""
    settings = Settings.load()
    refuse_danger(settings)
    configure_logging(settings)
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _leave)
    asyncio.run(_open_once(settings))
    with _listen(host, port) as listener, _counting_together(workers):
        settings = _follow(settings, host, listener.getsockname()[1])
        _announce(settings, workers)
        code = _run(listener, workers, drain)
    logger.info("stopped")
    raise typer.Exit(code)


async def _open_once(settings: Settings) -> None:
    """Find out before anybody connects whether the database and the secret will do."""
    async with Auth(settings):
        pass


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "it is taken. Choose another with --port"
        else:
            reason = str(error.strerror).partition(" (")[0]
        raise typer.TyperException(f"cannot listen at {host} port {port}: {reason}") from None


def _follow(settings: Settings, host: str, port: int) -> Settings:
    """Let the public URL of a development server be where it listens, if it is not set.

    Other processes, which are told nothing else, read it from the environment.
    """
    if settings.is_production or "public_url" in settings.model_fields_set:
        return settings
    name = ANYWHERE.get(host, f"[{host}]" if ":" in host else host)
    os.environ[f"{PREFIX}PUBLIC_URL"] = f"http://{name}" + (f":{port}" if port != 80 else "")  # noqa: PLR2004
    return Settings.load()


def _announce(settings: Settings, workers: int) -> None:
    url = f"{settings.public_url}/graphql"
    logger.info(
        "serving",
        extra={
            "url": url,
            "mode": settings.env,
            "workers": workers,
            "version": version("authberry"),
        },
    )
    if settings.shows_graphiql:
        say(f"GraphiQL: {url}", "bold green")
    if settings.shows_mail:
        say(f"Mail: printed here, and shown at {settings.public_url}{DEV_MAIL}")


@contextmanager
def _counting_together(workers: int) -> Iterator[None]:
    """Give workers a place where each writes what it counts, and nobody else reads or writes."""
    if workers == 1:
        yield
        return
    with TemporaryDirectory(prefix="authberry-metrics-") as directory:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory
        yield


def _run(listener: socket.socket, workers: int, drain: float) -> int:
    """Serve until told to stop; returns the exit code."""
    config = uvicorn.Config(
        "authberry.server.worker:create_app",
        factory=True,
        workers=workers,
        lifespan="on",
        http=BoundedProtocol,
        ws="none",
        proxy_headers=False,  # `authberry.graph.context` knows whom to trust
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
        timeout_worker_healthcheck=HANG,
    )
    if workers > 1:
        supervisor = Supervisor(config, [listener], drain)
        supervisor.run()
        return int(supervisor.has_failed)
    try:
        _Server(config, drain).run([listener])
    except SystemExit as leaving:
        return int(leaving.code == STARTUP_FAILURE)
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Leave at once; before there are requests, and when uvicorn is done and raises it again."""
    raise SystemExit(0)


class _Server(DrainingServer):
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        logger.info("stopping", extra={"signal": signal.Signals(sig).name})
        super().handle_exit(sig, frame)
