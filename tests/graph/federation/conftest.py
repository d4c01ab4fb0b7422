"""The subgraph, over ASGI; and beside another one behind a gateway, for real."""

import pytest
from apps import (
    MakeApp,
    ada,
    auth,
    browser,
    database_url,
    in_browser,
    issued,
    make_app,
    tables,
)
from federated_pair import gateway, gateway_folder, open_browser, pair, posts_sdl, shared_pair
from log_lines import log
from starlette.applications import Starlette

__all__ = [
    "ada",
    "auth",
    "browser",
    "database_url",
    "gateway",
    "gateway_folder",
    "in_browser",
    "issued",
    "log",
    "make_app",
    "open_browser",
    "pair",
    "posts_sdl",
    "shared_pair",
    "tables",
]


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """A subgraph in development mode, whose support may read of anybody."""
    return await make_app(federation=True, user_readers="support")
