"""Fills tables by SQL, around the rows that are there.

Knows the two tables by name and a few of their columns; every other column is copied from a row
that the rules have made.
"""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import uuid4

from bench.postgres import Postgres

SESSIONS, USERS = "authberry_refresh_token", "authberry_user"
SESSIONS_A_USER = 10

_FAST = """
SET synchronous_commit = off; SET maintenance_work_mem = '512MB';
"""


def fill_postgres(postgres: Postgres, name: str, rows: int) -> set[str]:
    """Fill a database up to `rows` sessions, the real ones spread evenly over the table.

    Returns:
        The ids of the real sessions in it; of a small table's, some had to go.
    """
    users = max(1, rows // SESSIONS_A_USER)
    postgres.execute(
        f"DELETE FROM {SESSIONS} WHERE id NOT IN (SELECT id FROM {SESSIONS} LIMIT {rows})", name
    )
    kept = set(postgres.execute(f"SELECT id FROM {SESSIONS}", name).split())
    with _without_indexes(postgres, name, SESSIONS):
        with _without_indexes(postgres, name, USERS):
            _add_users(postgres, name, users)
        # In the order of their ids, which are random: the real ones are then anywhere.
        postgres.execute(f"{_FAST} CLUSTER {USERS} USING {_key(postgres, name, USERS)}", name)
        _add_sessions(postgres, name, users, rows)
    for table in (USERS, SESSIONS):
        postgres.execute(f"VACUUM ANALYZE {table}", name)
    return kept


def _add_users(postgres: Postgres, name: str, users: int) -> None:
    """Add people who are like one that is there."""
    new = {"id": "md5('user' || n)::uuid", "email": "'stored' || n || '@example.com'"}
    columns = _columns(postgres, name, USERS)
    values = [new.get(column, f"sample.{column}") for column in columns]
    postgres.execute(
        f"{_FAST} INSERT INTO {USERS} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM (SELECT * FROM {USERS} LIMIT 1) AS sample, generate_series(1, {users}) AS n",
        name,
    )


def _add_sessions(postgres: Postgres, name: str, users: int, rows: int) -> None:
    """Write the table anew: its own rows at even distances, and others like them between."""
    new = {"id": "gen_random_uuid()", "user_id": f"md5('user' || (1 + n % {users}))::uuid"}
    columns = _columns(postgres, name, SESSIONS)
    values = [
        f"CASE WHEN kept.id IS NULL THEN {new.get(column, f'sample.{column}')}"
        f" ELSE kept.{column} END"
        for column in columns
    ]
    postgres.execute(
        f"{_FAST} CREATE TABLE kept AS SELECT *, row_number() OVER (ORDER BY random())"
        f" * ({rows} / (SELECT count(*) FROM {SESSIONS})) AS place FROM {SESSIONS};"
        f" CREATE TABLE sample AS SELECT * FROM {SESSIONS} LIMIT 1;"
        f" TRUNCATE {SESSIONS};"
        f" INSERT INTO {SESSIONS} ({', '.join(columns)}) SELECT {', '.join(values)}"
        f" FROM generate_series(1, {rows}) AS n LEFT JOIN kept ON kept.place = n"
        " CROSS JOIN sample;"
        " DROP TABLE kept; DROP TABLE sample",
        name,
    )


def _columns(postgres: Postgres, name: str, table: str) -> list[str]:
    return postgres.execute(
        "SELECT column_name FROM information_schema.columns"
        f" WHERE table_name = '{table}' ORDER BY ordinal_position",
        name,
    ).split()


def _key(postgres: Postgres, name: str, table: str) -> str:
    return postgres.execute(
        f"SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'p'",
        name,
    ).strip()


@contextmanager
def _without_indexes(postgres: Postgres, name: str, table: str) -> Iterator[None]:
    """Drop keys and indexes, and build them again in the end: much faster than row by row.

    Foreign keys of other tables that lead here go and come with them.
    """
    constraints = [
        line.split("|", 2)
        for line in postgres.execute(
            "SELECT conrelid::regclass || '|' || conname || '|' || pg_get_constraintdef(oid)"
            f" FROM pg_constraint WHERE '{table}'::regclass IN (conrelid, confrelid)"
            " AND contype IN ('p', 'u', 'f') ORDER BY contype = 'f'",
            name,
        ).splitlines()
        if line
    ]
    named = ", ".join(f"'{constraint}'" for _, constraint, _ in constraints)
    indexes = _pairs(
        postgres.execute(
            "SELECT indexname || '|' || indexdef FROM pg_indexes"
            f" WHERE tablename = '{table}' AND indexname NOT IN ({named})",
            name,
        )
    )
    for owner, constraint, _ in reversed(constraints):
        postgres.execute(f'ALTER TABLE {owner} DROP CONSTRAINT "{constraint}"', name)
    for index, _ in indexes:
        postgres.execute(f'DROP INDEX "{index}"', name)
    yield
    for owner, constraint, definition in constraints:
        added = f'ALTER TABLE {owner} ADD CONSTRAINT "{constraint}" {definition}'
        postgres.execute(f"{_FAST} {added}", name)
    for _, definition in indexes:
        postgres.execute(f"{_FAST} {definition}", name)


def _pairs(lines: str) -> list[tuple[str, str]]:
    found = [line.partition("|") for line in lines.splitlines() if line]
    return [(name, definition) for name, _, definition in found]


def fill_sqlite(source: Path, file: Path, rows: int) -> set[str]:
    """Fill a copy of `source` up to `rows` sessions; returns the ids of the real ones in it."""
    shutil.copy(source, file)
    with closing(sqlite3.connect(file)) as database, database:
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({SESSIONS})")]
        real = database.execute(f"SELECT * FROM {SESSIONS} LIMIT {rows}").fetchall()
        database.execute(f"DELETE FROM {SESSIONS}")
        marks = ", ".join("?" * len(columns))
        database.executemany(
            f"INSERT INTO {SESSIONS} VALUES ({marks})",
            among(real, columns.index("id"), rows),
        )
    return {row[columns.index("id")] for row in real}


def among(real: Sequence[tuple[object, ...]], key: int, rows: int) -> Iterator[tuple[object, ...]]:
    """Each real row, with as many copies under new ids after it as make `rows` in all."""
    distance = rows // len(real)
    for n, row in enumerate(real):
        yield row
        copies = distance - 1 if n + 1 < len(real) else rows - distance * n - 1
        for _ in range(copies):
            id_ = uuid4()
            fresh = id_.bytes if isinstance(row[key], bytes) else str(id_)
            yield (*row[:key], fresh, *row[key + 1 :])
