"""Running a command with the services open."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec, TypeVar

from authberry import Auth, Client, Settings
from authberry.database_problems import explained
from authberry.server.observability import configure_logging

OPERATOR = Client(user_agent="authberry command line")

P = ParamSpec("P")
T = TypeVar("T")


def run(work: Callable[Concatenate[Auth, P], Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do one piece of work with the services that the environment configures.

    Raises:
        SettingsError, DatabaseUnavailable, DatabaseTooNew: they cannot be opened.
    """
    settings = Settings.load()
    configure_logging(settings)

    async def opened() -> T:
        async with Auth(settings) as auth:
            with explained(auth.database):
                return await work(auth, *args, **kwargs)

    return asyncio.run(opened())
