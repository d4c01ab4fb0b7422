"""The database: opened from a URL, used by one rule at a time, migrated, and known to be away.

`Database` is one of them, SQLite or PostgreSQL, beside whatever a host has open. What reaches its
driver goes through it, by Tortoise's models or as a statement that is written out. `tortoise_apps`
is our part of a host's own Tortoise configuration.
"""

from authberry.models.database.condition import Condition
from authberry.models.database.connection_url import check_database_url
from authberry.models.database.database import Database, Row
from authberry.models.database.errors import DatabaseTooNew, DatabaseUnavailable, OtherDialect
from authberry.models.database.migration_runner import known_migrations
from authberry.models.database.refusals import Refusal, told_by_caller
from authberry.models.database.sqlite_file import make_file
from authberry.models.database.tortoise_context import tortoise_apps

__all__ = [
    "Condition",
    "Database",
    "DatabaseTooNew",
    "DatabaseUnavailable",
    "OtherDialect",
    "Refusal",
    "Row",
    "check_database_url",
    "known_migrations",
    "make_file",
    "told_by_caller",
    "tortoise_apps",
]
