"""A connection to an application that is served as `authberry serve` does it, in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from uvicorn.server import ServerState

from authberry.server.process.protocol import KEEP_ALIVE_TIMEOUT, BoundedProtocol

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def served_connection(
    app: Starlette, state: ServerState, app_state: dict[str, object]
) -> AsyncIterator[Connection]:
    """Connect to a server, for as long as the block lasts.

    Args:
        app: What it serves.
        state: What it knows of its connections.
        app_state: What it says of itself to them.
    """
    config = uvicorn.Config(
        app,
        http=BoundedProtocol,
        lifespan="off",
        log_config=None,
        timeout_keep_alive=KEEP_ALIVE_TIMEOUT,
    )
    config.load()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: BoundedProtocol(config, state, app_state), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    yield reader, writer
    writer.close()
    server.close()
