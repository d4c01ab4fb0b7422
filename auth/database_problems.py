"""Why the database cannot be used, for whoever starts the service: what names it, what to do."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from authberry.models import (
    Condition,
    Database,
    DatabaseTooNew,
    DatabaseUnavailable,
    Refusal,
    told_by_caller,
)
from authberry.settings import PREFIX

RIGHTS = "GRANT SELECT, INSERT, UPDATE, DELETE ON its tables"
_START_IT = "Start it, or correct the host and the port"
_ELSEWHERE = "Name the server that takes writes, or let this one take them"
_AGAIN = "Try again"
_AS_IT_WAS = "Put the table back as authberry migrate made it, or restore a backup"

_BY_CODE: tuple[tuple[str, str, str], ...] = (
    ("28", "it refuses the user or the password", "Correct them"),
    ("3D000", "it has no database of this name", "Make it, or correct it"),
    (
        "53300",
        "it takes no more connections",
        f"Let it take more, or make {PREFIX}DATABASE_POOL_SIZE smaller",
    ),
    ("53100", "its disk is full", "Make room on it"),
    ("53200", "it has no memory left", "Give it more"),
    ("25006", "it is read-only, as a standby is", _ELSEWHERE),
    ("40001", "another transaction was in the way", _AGAIN),
    ("40P01", "another transaction was in the way", _AGAIN),
    ("55P03", "another connection holds a lock", "Let that end, and try again"),
    ("57014", "a statement took too long", _AGAIN),
    ("57P", "it is starting or stopping", _AGAIN),
    ("42P01", "a table is missing", _AS_IT_WAS),
    ("42703", "a column is missing", _AS_IT_WAS),
    ("XX", "it is damaged, or has an error of its own", "Read its log"),
    ("58", "it has an error of its own", "Read its log"),
    ("SQLITE_BUSY", "another process that writes to the file holds its lock", "Let it end"),
    ("SQLITE_READONLY", "the file is read-only", "Let this user write to it and in its folder"),
    ("SQLITE_FULL", "its disk is full", "Make room on it"),
    ("SQLITE_CORRUPT", "the file is damaged", "Restore a backup"),
    ("SQLITE_ERROR", "a table or a column is missing", _AS_IT_WAS),
    ("TimeoutError", "it does not answer in time", _START_IT),
    ("SQLITE_", "the file cannot be read or written", "Look at its disk"),
)
"""By how a code begins (PostgreSQL, appendix A), the first that fits."""
_OF_TLS: tuple[tuple[type[Exception], str, str], ...] = (
    (
        ssl.SSLCertVerificationError,
        "its certificate is not trusted",
        "Name the host as its certificate does, and its authority in sslrootcert",
    ),
    (ssl.SSLError, "TLS fails", "Look at the log of the server, and at sslmode and sslcert"),
)
_SAID = (
    (
        "rejected SSL upgrade",
        "it has no TLS, for which sslmode asks",
        "Switch it on there, or write sslmode=disable where nobody listens between",
    ),
    (
        "unsupported startup parameter",
        "a pooler before it takes no search_path and no options",
        "Leave them out, and set them for the role: ALTER ROLE ... SET search_path",
    ),
)
"""What has no code of its own, by the words of asyncpg and of PgBouncer."""


@contextmanager
def explained(database: Database) -> Iterator[None]:
    """Let an error of the database name the setting, the place, and what to do.

    Raises:
        DatabaseUnavailable, DatabaseTooNew: that error.
    """
    named = f"{PREFIX}DATABASE_URL names {database.place}"
    with told_by_caller():
        try:
            yield
        except DatabaseTooNew as error:
            raise DatabaseTooNew(f"{named}: {error}") from error
        except DatabaseUnavailable as error:
            problem, remedy = problem_of(error)
            line = f"{named}: {problem}"
            raise DatabaseUnavailable(f"{line}. {remedy}" if remedy else line) from error


def problem_of(error: DatabaseUnavailable) -> tuple[str, str]:
    """Return what is wrong and what to do about it; the second is empty if the first says it."""
    refusal = error.refusal
    if refusal is None:  # a sentence
        problem, _, remedy = str(error).partition(". ")
        return problem, remedy
    problem, remedy = _of_code(error, refusal)
    return f"{problem} ({refusal})", remedy


def _of_code(error: DatabaseUnavailable, refusal: Refusal) -> tuple[str, str]:
    if refusal.code == "42501":
        return _of_rights(refusal)
    found = [cause for cause in _causes(error) if not isinstance(cause, DatabaseUnavailable)]
    for words, problem, remedy in _SAID:
        if any(words in str(cause) for cause in found):
            return problem, remedy
    for kind, problem, remedy in _OF_TLS:
        if any(isinstance(cause, kind) for cause in found):
            return problem, remedy
    for beginning, problem, remedy in _BY_CODE:
        if refusal.code.startswith(beginning):
            return problem, remedy
    if any(isinstance(cause, OSError) for cause in found):
        return "it cannot be reached", _START_IT
    return "it cannot be used", "Start it, or correct the address, the user or the password"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_rights(refusal: Refusal) -> tuple[str, str]:
    """Say which right is missing: on a table or, before there are any, on the schema."""
    if refusal.relation:
        return (
            "this user lacks a right on a table",
            f"Let the tables' owner run {RIGHTS} for it; who migrates must own them",
        )
    return (
        "this user may not make tables in the schema",
        "Let the owner of the database run GRANT USAGE, CREATE ON SCHEMA public for it",
    )


def problems_of(condition: Condition) -> Iterator[tuple[str, str]]:
    """Yield what speaks against working with a database that answers, and what to do about it."""
    if condition.is_locked:
        yield "is locked by another process that writes to the file", "Let it end"
    if condition.is_read_only:
        yield f"is read-only{', being a standby' if condition.is_standby else ''}", _ELSEWHERE
    if condition.lacks_schema:
        yield (
            "has no schema in its search_path that this user may use",
            "Let the owner of the database run GRANT USAGE ON SCHEMA public for it",
        )
    if condition.missing_rights:
        yield (
            f"refuses this user {_listed(condition.missing_rights)}",
            f"Let the tables' owner run {RIGHTS} for it",
        )


def _listed(rights: tuple[tuple[str, str], ...]) -> str:
    """Write `INSERT and DELETE on authberry_event, and SELECT on authberry_user`."""
    by_table: dict[str, list[str]] = {}
    for relation, right in rights:
        by_table.setdefault(relation, []).append(right)
    return ", and ".join(f"{' and '.join(lost)} on {table}" for table, lost in by_table.items())
