"""Whether a database lets a server work: what it says of itself, without a write.

`/health/ready` asks this each second, so that it is one statement and that of the migrations.
"""

import asyncio
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authberry.models.database.sqlite_connections import WouldBlock, WriteConnection
from authberry.models.database.sqlite_file import may_write
from authberry.models.database.tables import RIGHTS

LOCK_RETRY = 0.05  # seconds between two looks whether an SQLite file is locked

CONDITION = """
    SELECT current_setting('transaction_read_only') = 'on' AS is_read_only,
      pg_is_in_recovery() AS is_standby,
      current_schema() AS schema,
      COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
      ARRAY(
        SELECT relation || ' ' || needed
        FROM unnest($1::text[], $2::text[]) AS rights (relation, needed)
        WHERE NOT has_table_privilege(to_regclass(relation), needed)
      ) AS missing
"""
NEEDED = (
    [table for table, rights in RIGHTS.items() for _ in rights],
    [right for rights in RIGHTS.values() for right in rights],
)
"""What it is asked about: tables, and a right to each."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What speaks against working with a database that answers."""

    is_read_only: bool = False
    is_standby: bool = False
    is_locked: bool = False
    """Another process has held the lock of the SQLite file for as long as statements wait."""
    lacks_schema: bool = False
    """This user may use none of the schemas in its search path."""
    may_create: bool = True
    missing_rights: tuple[tuple[str, str], ...] = ()
    """Each table of ours that is there, and what this user may not do with it."""

    @property
    def lacks_rights(self) -> bool:
        """Whether what a server does would be refused."""
        return self.lacks_schema or bool(self.missing_rights)


def condition_from_row(row: Mapping[str, Any]) -> Condition:
    """Read what PostgreSQL has answered to the question."""
    missing = (line.split(" ") for line in row["missing"])
    return Condition(
        is_read_only=row["is_read_only"],
        is_standby=row["is_standby"],
        lacks_schema=row["schema"] is None,
        may_create=row["may_create"],
        missing_rights=tuple(sorted((relation, right) for relation, right in missing)),
    )


async def condition_of_file(file: Path, writer: WriteConnection, patience: float) -> Condition:
    """Look whether an SQLite file may be written to, and whether it is locked all the time.

    Args:
        file: The database, which is there.
        writer: Takes its lock for a moment, and writes nothing.
        patience: Seconds to wait for whoever has the lock; others are served meanwhile.
    """
    if not may_write(file):
        return Condition(is_read_only=True)
    clock = asyncio.get_running_loop().time
    ends_at = clock() + patience
    while True:
        try:
            writer.take_lock()
        except WouldBlock:
            if clock() >= ends_at:
                return Condition(is_locked=True)
            await asyncio.sleep(LOCK_RETRY)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_READONLY:
                raise
            return Condition(is_read_only=True)
        else:
            return Condition()
