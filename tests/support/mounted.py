"""Our application in a host's: how it is mounted, and what holds its services open."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import pytest
from apps import SECRET
from fastapi import FastAPI
from frozen_clock import FrozenClock
from people import PASSWORD
from round_robin import RoundRobinApps
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route

from authberry import Settings
from authberry.server.app import create_app

HOST = "http://127.0.0.1:8000"
ADA = {"email": "ada@example.com", "password": PASSWORD}
HOSTS: list[Callable[..., Starlette]] = [Starlette, FastAPI]
MakeOurs = Callable[..., Starlette]


async def echo(request: Request) -> JSONResponse:
    """A route of the host's: which cookies it was sent."""
    return JSONResponse({"cookies": request.cookies})


async def fail(_request: Request) -> JSONResponse:
    """A route of the host's that does not work."""
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
async def _loop_ends(anyio_backend: str, database_url: str) -> AsyncIterator[None]:
    """End with the test what would end with the loop."""
    yield
    await end_loop()


@pytest.fixture
def ours(database_url: str, throttle_url: str, clock: FrozenClock, server_count: int) -> MakeOurs:
    """Build an application, or two that take turns, which nobody has opened."""

    def make(**settings: object) -> Starlette:
        loaded = Settings.load(
            **{
                "database_url": database_url,
                "throttle_url": throttle_url,
                "secret": SECRET,
                **settings,
            }
        )
        apps = [create_app(loaded, clock=clock) for _ in range(server_count)]
        return apps[0] if server_count == 1 else RoundRobinApps(apps)

    return make


def mounted(app: Starlette, path: str = "/auth", kind: Callable[..., Starlette] = Starlette) -> Any:
    """A host with two routes of its own, and `app` under `path`."""
    routes: Sequence[BaseRoute] = [
        Route("/", echo),
        Route("/authority", echo),
        Route("/fail", fail),
        Mount(path, app),
    ]
    return kind(routes=routes)


def lifespan_tasks() -> list[asyncio.Task[Any]]:
    """The tasks that hold services open."""
    return [
        task for task in asyncio.all_tasks() if "ServiceLifespan._keep" in repr(task.get_coro())
    ]


async def end_loop() -> None:
    """Cancel them, as a loop does when it ends."""
    held = lifespan_tasks()
    for task in held:
        task.cancel()
    if held:
        await asyncio.wait(held)
