"""Why a database cannot be used, and which errors of the drivers mean that."""

import sqlite3

import asyncpg
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError

from authberry.models.database.refusals import Refusal, driver_error

UNREACHABLE = (
    OSError,
    TimeoutError,
    DBConnectionError,
    TransactionManagementError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InvalidTransactionStateError,
    asyncpg.InternalServerError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
)
"""Errors that are about the database as a whole, not about the statement."""

ERRORS = (*UNREACHABLE, OperationalError, sqlite3.DatabaseError)
"""What a statement may fail with; not all of them are `DatabaseUnavailable`."""


class DatabaseUnavailable(Exception):
    """The database cannot be reached, is too slow, refuses, or lacks its tables.

    `refusal` is what it said; without one the message is a sentence, and says what to do.
    """

    def __init__(self, message: str = "", refusal: Refusal | None = None) -> None:
        """Say why."""
        super().__init__(message)
        self.refusal = refusal


def unavailable(error: Exception) -> DatabaseUnavailable | None:
    """Return what an error of `ERRORS` means, unless it is one of the statement's own sense.

    A constraint that no rule expected is no such one: its message would quote the row.
    """
    cause = driver_error(error)
    if isinstance(cause, asyncpg.DataError):
        return None
    if isinstance(cause, sqlite3.DatabaseError) and isinstance(error, sqlite3.Error):
        if type(cause) not in {sqlite3.DatabaseError, sqlite3.OperationalError}:
            return None
        if getattr(cause, "sqlite_errorname", "") == "SQLITE_NOTADB":
            return DatabaseUnavailable("the file is not an SQLite database. Name another file")
    refusal = Refusal.of(error)
    return DatabaseUnavailable(str(refusal), refusal)


class DatabaseTooNew(Exception):
    """A later version of this software has changed the tables."""


class OtherDialect(Exception):
    """This process has Tortoise write our tables' SQL for another kind of database."""
