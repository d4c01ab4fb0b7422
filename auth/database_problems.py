"""Why the database cannot be used, for whoever starts the service: what names it, what to do."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from authberry.models import Database, DatabaseTooNew, DatabaseUnavailable
from authberry.settings import PREFIX

_PROBLEMS: tuple[tuple[type[BaseException], str, str], ...] = (
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        "it refuses the user or the password",
        "Correct them",
    ),
    (asyncpg.InvalidCatalogNameError, "it has no database of this name", "Make it, or correct it"),
    (
        asyncpg.TooManyConnectionsError,
        "it takes no more connections",
        f"Let it take more, or make {PREFIX}DATABASE_POOL_SIZE smaller",
    ),
    (
        ssl.SSLCertVerificationError,
        "its certificate is not trusted",
        "Name the host as its certificate does, and its authority in sslrootcert",
    ),
    (ssl.SSLError, "TLS fails", "Look at the log of the server, and at sslmode and sslcert"),
    (OSError, "it cannot be reached", "Start it, or correct the host and the port"),
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
"""What has no class of its own, by the words of asyncpg and of PgBouncer."""
_OTHER = "it cannot be used", "Start it, or correct the address, the user or the password"


@contextmanager
def explained(database: Database) -> Iterator[None]:
    """Let an error of the database name the setting, the place, and what to do.

    Raises:
        DatabaseUnavailable, DatabaseTooNew: that error.
    """
    named = f"{PREFIX}DATABASE_URL names {database.place}"
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
    if " " in str(error):  # a sentence, where others are the name of an error
        problem, _, remedy = str(error).partition(". ")
        return problem, remedy
    found = [cause for cause in _causes(error) if not isinstance(cause, DatabaseUnavailable)]
    for words, problem, remedy in _SAID:
        if any(words in str(cause) for cause in found):
            return f"{problem} ({error})", remedy
    for kind, problem, remedy in _PROBLEMS:
        if any(isinstance(cause, kind) for cause in found):
            return f"{problem} ({error})", remedy
    return f"{_OTHER[0]} ({error})", _OTHER[1]


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
