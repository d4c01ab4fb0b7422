"""Why a database cannot be used, and which errors of the drivers mean that."""

import asyncpg
from tortoise.exceptions import DBConnectionError, TransactionManagementError

UNREACHABLE = (
    OSError,
    TimeoutError,
    DBConnectionError,
    TransactionManagementError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
)
"""Errors that are about the database as a whole, not about the statement."""


class DatabaseUnavailable(Exception):
    """The database cannot be reached, is too slow, or lacks its tables."""


class DatabaseTooNew(Exception):
    """A later version of this software has changed the tables."""


class OtherDialect(Exception):
    """This process has Tortoise write our tables' SQL for another kind of database."""
