"""What `nox -s faults` runs, and nothing else: servers that are running lose what they need."""

from apps import database_url, tables
from fault_table import table
from logged_in_user import log_in
from processes import open_browser, rules, serve

__all__ = [
    "database_url",
    "log_in",
    "open_browser",
    "rules",
    "serve",
    "table",
    "tables",
]
