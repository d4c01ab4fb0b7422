"""`authberry serve`."""

import asyncio
import logging
import signal
from importlib.metadata import version
from types import FrameType
from typing import Annotated

import typer

from authberry import Auth, Settings
from authberry.doctor import refuse_danger
from authberry.server.dev_mail import DEV_MAIL
from authberry.server.observability import configure_logging
from authberry.server.process import follow_listener, listen, run, sharing_metrics
from authberry.server.terminal import print_line

logger = logging.getLogger("authberry.server")


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
    with listen(host, port) as listener, sharing_metrics(workers):
        settings = follow_listener(settings, host, listener.getsockname()[1])
        _announce(settings, workers)
        code = run(listener, workers, drain)
    logger.info("stopped")
    raise typer.Exit(code)


async def _open_once(settings: Settings) -> None:
    """Find out before anybody connects whether the database and the secret will do."""
    async with Auth(settings):
        pass


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
        print_line(f"GraphiQL: {url}", "bold green")
    if settings.shows_mail:
        print_line(f"Mail: printed here, and shown at {settings.public_url}{DEV_MAIL}")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """Leave at once; before there are requests, and when uvicorn is done and raises it again."""
    raise SystemExit(0)
