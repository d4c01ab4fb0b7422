"""The process: over ASGI, and for real."""

from apps import (
    ada,
    app,
    auth,
    browser,
    database_url,
    in_browser,
    issued,
    make_app,
    production,
    tables,
)
from log_lines import log
from processes import open_browser, rules, serve, shared_server

__all__ = [
    "ada",
    "app",
    "auth",
    "browser",
    "database_url",
    "in_browser",
    "issued",
    "log",
    "make_app",
    "open_browser",
    "production",
    "rules",
    "serve",
    "shared_server",
    "tables",
]
