"""What is wrong with the database: its file, its tables, its clock, and the signing keys in it."""

import os
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta

from authberry.address_keys import examine_keys
from authberry.clock import Clock
from authberry.database_problems import problem_of, problems_of
from authberry.doctor.findings import CORRECT_IT, Finding, from_error
from authberry.doctor.missing_factors import check_missing_factors
from authberry.doctor.sealed_seeds import check_sealed_seeds
from authberry.doctor.stored_hashes import check_stored_hashes
from authberry.models import Condition, Database, DatabaseUnavailable, told_by_caller
from authberry.settings import PREFIX, Settings, SettingsError
from authberry.signing import KeyRing, KeyState
from authberry.tokens import LEEWAY

DATABASE_URL = f"{PREFIX}DATABASE_URL"
SHOWN = 5  # pairs of accounts
NOTICEABLE_SKEW = timedelta(seconds=5)


async def check_database(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    """Look at the database that the settings name, and change nothing in it."""
    database = Database(settings.database_url, pool_size=1)
    if problem := database.problem_of_file:
        yield _unusable(database, DatabaseUnavailable(problem))
        return
    if database.file and not database.file.exists():
        if settings.is_production:
            problem = f"names {database.place}, which is not there"
            yield Finding("danger", DATABASE_URL, problem, "Make it with: authberry migrate")
        return
    try:
        with told_by_caller():
            await database.open()
            condition = await database.condition()
            async for finding in _condition(condition, database):
                yield finding
            looks = (
                *(_file, _migrations, _clocks, _keys),
                *(_address_keys, _stored_hashes, _missing_factors, _sealed_seeds),
            )
            for look in (_file,) if condition.lacks_rights else looks:
                async for finding in look(settings, database, clock):
                    yield finding
    except DatabaseUnavailable as error:
        yield _unusable(database, error)
    finally:
        await database.close()


def _unusable(database: Database, error: DatabaseUnavailable) -> Finding:
    problem, remedy = problem_of(error)
    problem = f"names {database.place}, which cannot be used: {problem}"
    return Finding("danger", DATABASE_URL, problem, remedy or CORRECT_IT)


async def _file(_settings: Settings, database: Database, _clock: Clock) -> AsyncIterator[Finding]:
    if os.name == "posix" and database.file and database.file.stat().st_mode & 0o077:
        problem = "names a file that other users of this machine may read"
        yield Finding("advice", DATABASE_URL, problem, "Run chmod 600 on it")


async def _condition(condition: Condition, database: Database) -> AsyncIterator[Finding]:
    for problem, remedy in problems_of(condition):
        yield Finding("danger", DATABASE_URL, f"names a database that {problem}", remedy)
    if condition.lacks_rights or condition.may_create:
        return
    if await database.pending_migrations():
        yield Finding(
            "danger",
            DATABASE_URL,
            "names a database in whose schema this user may make no tables, and tables are missing",
            "Let the owner of the database run GRANT CREATE ON SCHEMA public for it, or migrate as"
            " another user",
        )


async def _migrations(
    settings: Settings, database: Database, _clock: Clock
) -> AsyncIterator[Finding]:
    if pending := await database.pending_migrations():
        yield Finding(
            "danger" if settings.is_production else "advice",
            DATABASE_URL,
            f"names a database that lacks {', '.join(pending)}",
            "Run: authberry migrate",
        )
    if unknown := await database.unknown_migrations():
        yield Finding(
            # What only knows the older tables goes on in production, and migrates in development.
            "advice" if settings.is_production else "danger",
            DATABASE_URL,
            f"names a database that a later version has changed: {', '.join(unknown)}",
            "Run that version here too",
        )


async def _address_keys(
    _settings: Settings, database: Database, _clock: Clock
) -> AsyncIterator[Finding]:
    if await database.pending_migrations():
        return
    keys = await examine_keys(database)
    if keys.missing:
        problem = f"names a database that lacks the keys of addresses ({keys.missing})"
        yield Finding("advice", DATABASE_URL, problem, "Run: authberry migrate")
    if keys.conflicts:
        pairs = [f"{one.without.id} and {one.owner.id}" for one in keys.conflicts[:SHOWN]]
        more = len(keys.conflicts) - len(pairs)
        yield Finding(
            "advice",
            DATABASE_URL,
            "names a database in which accounts have one address in two spellings:"
            f" {', '.join(pairs)}{f' and {more} more' if more else ''}",
            "Ask whose they are, and delete one: authberry users delete ID",
        )


async def _stored_hashes(
    _settings: Settings, database: Database, _clock: Clock
) -> AsyncIterator[Finding]:
    if not await database.pending_migrations():
        async for finding in check_stored_hashes(database):
            yield finding


async def _missing_factors(
    settings: Settings, database: Database, clock: Clock
) -> AsyncIterator[Finding]:
    if not await database.pending_migrations():
        async for finding in check_missing_factors(settings, database, clock.now()):
            yield finding


async def _sealed_seeds(
    settings: Settings, database: Database, _clock: Clock
) -> AsyncIterator[Finding]:
    if not await database.pending_migrations():
        async for finding in check_sealed_seeds(settings, database):
            yield finding


async def _clocks(_settings: Settings, database: Database, clock: Clock) -> AsyncIterator[Finding]:
    before = clock.now()
    theirs = await database.now()
    if theirs is None:
        return
    skew = theirs - (before + (clock.now() - before) / 2)
    if abs(skew) >= NOTICEABLE_SKEW:
        seconds = round(skew.total_seconds())
        yield Finding(
            # We go by the database's. Beyond that, whoever goes by this one refuses our tokens.
            "danger" if abs(skew) > LEEWAY else "advice",
            DATABASE_URL,
            f"names a database whose clock differs from this machine's by {seconds:+} s",
            "Let both take their time from the network (NTP)",
        )


async def _keys(settings: Settings, database: Database, clock: Clock) -> AsyncIterator[Finding]:
    if settings.is_production and not settings.secret:
        return  # which is a finding already
    if settings.signing_keys is not None:
        return  # those in the database are not used
    if await database.pending_migrations():
        return
    if not settings.secret and not settings.secret_file.exists():
        async for finding in _keys_of_others(settings, database, clock):
            yield finding
        return
    try:
        ring = KeyRing(settings, database, clock)
        await ring.read()
    except SettingsError as error:
        yield from_error(error)
        return
    active = [held.key.algorithm for held, state in ring.states() if state is KeyState.ACTIVE]
    if active not in ([], [settings.signing_algorithm]):
        yield Finding(
            "advice",
            f"{PREFIX}SIGNING_ALGORITHM",
            f"is not that of the key that signs, which is for {active[0]}",
            "Make a key for it with: authberry keys rotate",
        )


async def _keys_of_others(
    settings: Settings, database: Database, clock: Clock
) -> AsyncIterator[Finding]:
    """Say what comes of a secret that development has yet to make, without making it."""
    made = settings.model_copy(update={"secret": (secrets.token_urlsafe(48),)})
    try:
        await KeyRing(made, database, clock).read()
    except SettingsError:
        yield Finding(
            "danger",
            f"{PREFIX}SECRET",
            "is not set, and the one that development would make does not fit the signing keys in"
            " the database",
            "Give every process that uses this database the secret they were made with",
        )
