"""Everything that is wrong with an installation, at once, for its operator to mend.

It looks at the environment, the database, the signing keys, the clocks, the throttle's store, the
mail server and the templates of mails, and changes nothing in any of them.
"""

import os
from collections.abc import AsyncIterator
from datetime import timedelta

from authberry.clock import Clock, SystemClock
from authberry.doctor.checks import Finding, examine
from authberry.doctor.environment import CORRECT_IT, read_settings
from authberry.events import SecurityLog
from authberry.mail import MailRenderer, Smtp, Undeliverable, broken
from authberry.metrics import open_metrics
from authberry.models import Database, DatabaseUnavailable
from authberry.settings import PREFIX, Settings, SettingsError
from authberry.signing import KeyRing, KeyState
from authberry.throttle import Throttle
from authberry.tokens import LEEWAY

DATABASE_URL, THROTTLE_URL = f"{PREFIX}DATABASE_URL", f"{PREFIX}THROTTLE_URL"
NOTICEABLE_SKEW = timedelta(seconds=5)


async def diagnose(clock: Clock | None = None) -> list[Finding]:
    """Look at everything; dangers come first. What hides the rest is found alone."""
    settings, findings = read_settings()
    if settings is None:
        return findings
    names_a_database = all(finding.setting != DATABASE_URL for finding in findings)
    findings += examine(settings)
    if names_a_database:
        findings += [one async for one in _database(settings, clock or SystemClock())]
    findings += [one async for one in _throttle(settings)]
    findings += [one async for one in _mail(settings)]
    findings += _templates(settings)
    return sorted(findings, key=lambda finding: finding.level != "danger")


async def _database(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    database = Database(settings.database_url, pool_size=1)
    if database.file and not database.file.exists():
        if settings.is_production:
            problem = "names a file that is not there"
            yield Finding("danger", DATABASE_URL, problem, "Make it with: authberry migrate")
        return
    try:
        await database.open()
        for look in (_file, _migrations, _clocks, _keys):
            async for finding in look(settings, database, clock):
                yield finding
    except DatabaseUnavailable as error:
        yield Finding(
            "danger",
            DATABASE_URL,
            f"names a database that cannot be used ({error})",
            "Start it, or correct the address, the user or the password",
        )
    finally:
        await database.close()


async def _file(_settings: Settings, database: Database, _clock: Clock) -> AsyncIterator[Finding]:
    if os.name == "posix" and database.file and database.file.stat().st_mode & 0o077:
        problem = "names a file that other users of this machine may read"
        yield Finding("advice", DATABASE_URL, problem, "Run chmod 600 on it")


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
            "advice",
            DATABASE_URL,
            f"names a database that a later version has changed: {', '.join(unknown)}",
            "Run that version here too",
        )


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
    if await database.pending_migrations():
        return
    ring = KeyRing(settings, database, clock)
    try:
        await ring.read()
    except SettingsError as error:
        setting, _, text = str(error).partition(": ")
        problem, _, remedy = text.partition(". ")
        yield Finding("danger", setting, problem, remedy or CORRECT_IT)
        return
    active = [held.key.algorithm for held, state in ring.states() if state is KeyState.ACTIVE]
    if settings.signing_keys is None and active not in ([], [settings.signing_algorithm]):
        yield Finding(
            "advice",
            f"{PREFIX}SIGNING_ALGORITHM",
            f"is not that of the key that signs, which is for {active[0]}",
            "Make a key for it with: authberry keys rotate",
        )


async def _throttle(settings: Settings) -> AsyncIterator[Finding]:
    throttle = Throttle(settings.throttle_url, SecurityLog(open_metrics()))
    is_shared = await throttle.is_shared()
    await throttle.close()
    if not is_shared:
        yield Finding(
            "danger",
            THROTTLE_URL,
            "names a store that does not answer, so that each process counts attempts by itself",
            "Start it, or correct the address or the password",
        )


async def _mail(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.smtp_url:
        return
    try:
        await Smtp(settings).check()
    except Undeliverable as error:
        problem = f"names a mail server that cannot be used ({error})"
        yield Finding("danger", f"{PREFIX}SMTP_URL", problem, error.remedy)


def _templates(settings: Settings) -> list[Finding]:
    setting, remedy = f"{PREFIX}MAIL_TEMPLATES", "Correct it, or remove it to have ours"
    return [
        Finding("danger", setting, f"holds a template that is broken ({problem})", remedy)
        for problem in dict.fromkeys(broken(MailRenderer(settings)))
    ]
