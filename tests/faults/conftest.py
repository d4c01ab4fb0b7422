"""What `nox -s faults` runs, and nothing else: servers that are running lose what they need."""

from apps import database_url, make_app, tables
from broken_mutations import mutation, server
from fault_table import table
from logged_in_user import log_in
from processes import open_browser, rules, serve

__all__ = [
    "database_url",
    "log_in",
    "make_app",
    "mutation",
    "open_browser",
    "rules",
    "serve",
    "server",
    "table",
    "tables",
]
