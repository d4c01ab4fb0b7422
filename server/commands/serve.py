"""`authberry serve`."""

import asyncio
import signal
import socket
from contextlib import AbstractContextManager
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from authberry import Auth, Settings
from authberry.doctor import refuse_danger
from authberry.models.event_logger import event_logger
from authberry.server.dev_mail import DEV_MAIL
from authberry.server.observability import configure_logging
from authberry.server.process import (
    follow_listener,
    listen,
    listen_at_path,
    listen_on_descriptor,
    run,
    sharing_metrics,
)
from authberry.server.terminal import print_line
from authberry.settings import PREFIX

logger = event_logger("authberry.server")


def serve(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes one that is free.")
    ] = 8000,
    uds: Annotated[
        Path | None, typer.Option(help="Listen at a Unix socket at this path instead.")
    ] = None,
    fd: Annotated[
        int | None,
        typer.Option(
            min=0, help="Listen on an open socket of this number instead: 3 is systemd's first."
        ),
    ] = None,
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
    _refuse_several_listeners(context)
    settings = Settings.load()
    refuse_danger(settings)
    configure_logging(settings)
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, _exit_at_once)
    asyncio.run(_open_once(settings))
    with _listener(host, port, uds, fd) as listener, sharing_metrics(workers):
        settings = follow_listener(settings, listener, "" if fd is not None else host)
        _announce(settings, workers, uds)
        code = run(listener, workers, drain)
    logger.info("stopped")
    raise typer.Exit(code)


def _listener(
    host: str, port: int, uds: Path | None, fd: int | None
) -> AbstractContextManager[socket.socket]:
    if uds is not None:
        return listen_at_path(uds)
    return listen(host, port) if fd is None else listen_on_descriptor(fd)


def _refuse_several_listeners(context: typer.Context) -> None:
    """Refuse two answers to where to listen.

    Raises:
        typer.BadParameter: there are.
    """
    sources = {name: context.get_parameter_source(name) for name in ("host", "port", "uds", "fd")}
    given = [name for name, source in sources.items() if source and source.name != "DEFAULT"]
    if len(given) > 1 and not {"uds", "fd"}.isdisjoint(given):
        names = " and ".join(f"--{name}" for name in given)
        raise typer.BadParameter(f"{names} are several places to listen at")


async def _open_once(settings: Settings) -> None:
    """Find out before anybody connects whether the database and the secret will do."""
    async with Auth(settings):
        pass


def _announce(settings: Settings, workers: int, uds: Path | None) -> None:
    url = f"{settings.public_url}/graphql"
    logger.info(
        "serving",
        extra={
            "url": url,
            "mode": settings.env,
            "workers": workers,
            "version": version("authberry"),
            **({"socket": str(uds)} if uds else {}),
        },
    )
    if settings.shows_graphiql:
        print_line(f"GraphiQL: {url}", "bold green")
    if settings.shows_mail:
        print_line(f"Mail: printed here, and shown at {settings.public_url}{DEV_MAIL}")
    if settings.pages and not settings.is_production:
        _say_where_passkeys_are(settings)


def _say_where_passkeys_are(settings: Settings) -> None:
    """Browsers make passkeys for names, and a development server is found at an address."""
    if not settings.has_passkeys:
        setting = f"{PREFIX}PUBLIC_URL"
        print_line(f"Passkeys: none at an IP address. Set {setting} to a URL with a name")
    elif settings.passkey_url != settings.public_url:
        print_line(f"Passkeys: only at {settings.passkey_url}/account/, by the name")


def _exit_at_once(_signal: int, _frame: FrameType | None) -> None:
    """Leave at once; before there are requests, and when uvicorn is done and raises it again."""
    raise SystemExit(0)
