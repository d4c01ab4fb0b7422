"""Backups of PostgreSQL, by its own programs `pg_dump` and `pg_restore`.

Where the server is and the password are in their environment, which only our user sees; no argument
has either.
"""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from authberry.models.backups.errors import BackupError
from authberry.models.database import Database, known_migrations

MAGIC = b"PGDMP"

_FACTS = """
    SELECT current_setting('server_version_num')::int / 10000 AS version,
      current_database() AS database, current_schema() AS schema,
      ARRAY(SELECT tablename::text FROM pg_tables
        WHERE schemaname = current_schema() AND tablename LIKE 'authberry\\_%') AS tables
"""
_OTHERS = """
    SELECT pid, usename, application_name FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL
    ORDER BY pid
"""
"""Whoever is connected, a pooler too. A server keeps a connection, and when it is killed the kernel
closes that."""

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_OF_OTHERS = re.compile(r"^\d+; \d+ \d+ (SCHEMA|COMMENT - SCHEMA|ACL - SCHEMA|DEFAULT ACL) ")
"""The schema itself, which belongs to the owner of the database."""

_TABLE = re.compile(r"^\d+; \d+ \d+ TABLE \S+ (authberry_\w+) ", re.MULTILINE)
_APPLIED = re.compile(r"^\d+\tauthberry\t(\S+)\t", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Server:
    """What the programs need to know of a server."""

    version: int
    """The first number of it."""
    database: str
    schema: str
    """Where our tables are."""
    tables: frozenset[str]
    """Of ours."""
    others: Sequence[str]
    """Who else is connected to the database."""
    environment: Mapping[str, str]


async def look_at(database: Database) -> Server:
    """Ask a server; raises `DatabaseUnavailable`."""
    try:
        await database.open()
        connection = await database.connect()
        try:
            with database.use():
                facts = await connection.fetchrow(_FACTS)
                others = await connection.fetch(_OTHERS)
        finally:
            await connection.close()
    finally:
        await database.close()
    names = [
        f"{row['application_name'] or row['usename']} (process {row['pid']})" for row in others
    ]
    return Server(
        facts["version"],
        facts["database"],
        facts["schema"],
        frozenset(facts["tables"]),
        names,
        database.libpq_environment(),
    )


def dump(server: Server, into: Path) -> None:
    """Write the schema that has our tables into an empty file, as it is at one moment.

    Raises:
        BackupError: `pg_dump` is missing, is older than the server, or fails.
    """
    program = _program("pg_dump", server.version)
    words = [program, "--format=custom", "--no-password", f"--schema={_quoted(server.schema)}"]
    _run([*words, f"--dbname={_conninfo(server)}", f"--file={into}"], server.environment)
    if not _TABLE.search(_contents(into, server)):
        raise BackupError("it has no tables of Authberry. Make them with: authberry migrate")


def restore(backup: Path, server: Server) -> None:
    """Make the schema what a backup is, in one transaction.

    Raises:
        BackupError: the file is no backup of ours, somebody is connected to the database, or
            `pg_restore` is missing or fails; then nothing was changed.
    """
    contents = _contents(backup, server)
    tables = _TABLE.findall(contents)
    if not tables:
        raise BackupError(f"{backup} is a backup of PostgreSQL without the tables of Authberry")
    if unknown := [name for name in _applied(backup, server) if name not in known_migrations()]:
        raise BackupError(
            f"{backup} is of a later version than this one: {', '.join(unknown)}. Install that"
        )
    if server.others:
        raise BackupError(
            f"{', '.join(server.others)} is connected to it. Stop servers, poolers and whoever else"
            " is, and restore again"
        )
    if added := server.tables.difference(tables):
        raise BackupError(
            f"it has tables that the backup has not: {', '.join(sorted(added))}. Make an empty"
            " database, name that, and restore again"
        )
    wanted = [line for line in contents.splitlines() if not _OF_OTHERS.match(line)]
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".list") as listed:
        listed.write("\n".join(wanted) + "\n")
        listed.flush()
        _run(
            [
                _program("pg_restore", server.version),
                "--clean", "--if-exists", "--single-transaction", "--no-owner", "--no-password",
                f"--use-list={listed.name}", f"--dbname={_conninfo(server)}", str(backup),
            ],
            server.environment,
        )  # fmt: skip


def _contents(backup: Path, server: Server) -> str:
    """List what is in a backup."""
    return _run([_program("pg_restore", server.version), "--list", str(backup)], {})


def _applied(backup: Path, server: Server) -> list[str]:
    """Which migrations of ours a backup has."""
    words = [_program("pg_restore", server.version), "--data-only", "--table=tortoise_migrations"]
    return _APPLIED.findall(_run([*words, "--file=-", str(backup)], {}))


def _program(name: str, version: int) -> str:
    """Where a program of PostgreSQL is; raises `BackupError` unless it is as new as the server."""
    path = shutil.which(name)
    remedy = (
        f"Install PostgreSQL's client programs of version {version} or later (on Debian the package"
        f" postgresql-client-{version}), or put those that are there first in PATH"
    )
    if path is None:
        raise BackupError(f"it takes {name}, which is not there. {remedy}")
    said = _VERSION.search(_run([path, "--version"], {}))
    if said is None or int(said[1]) < version:
        found = said[1] if said else "an unknown one"
        raise BackupError(f"its version is {version}, and that of {path} is {found}. {remedy}")
    return path


def _run(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run a program, and return what it prints; raises `BackupError` with its first error."""
    done = subprocess.run(  # noqa: S603 - of PATH, as the operator has it
        words, env={**os.environ, **environment}, stdin=subprocess.DEVNULL, capture_output=True,
        text=True, errors="replace", check=False,
    )  # fmt: skip
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "error:" in line]
        said = (errors or done.stderr.splitlines() or [f"it ended with {done.returncode}"])[0]
        raise BackupError(f"{Path(words[0]).name} says: {said.partition('error: ')[2] or said}")
    return done.stdout


def _conninfo(server: Server) -> str:
    """Which database, in a form in which no name can say anything else."""
    name = server.database.replace("\\", r"\\").replace("'", r"\'")
    return f"dbname='{name}'"


def _quoted(name: str) -> str:
    """A name as a pattern of `pg_dump` that fits nothing else."""
    return '"' + name.replace('"', '""') + '"'
