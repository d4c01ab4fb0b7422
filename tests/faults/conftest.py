"""What `nox -s faults` runs, and nothing else: servers that are running lose what they need."""

from apps import database_url, tables
from fault_table import table
from logged_in import log_in
from processes import rules, serve, visit

__all__ = [
    "database_url",
    "log_in",
    "rules",
    "serve",
    "table",
    "tables",
    "visit",
]
