"""Everything that is wrong with an installation, at once, for its operator to mend.

It looks at the environment, the database, the signing keys, the clocks, the throttle's store, the
mail server, the templates of mails and the providers, and changes nothing in any of them.
"""

import os
from collections.abc import AsyncIterator

from authberry.clock import Clock, SystemClock
from authberry.doctor.database import DATABASE_URL, check_database
from authberry.doctor.environment import read_settings
from authberry.doctor.examination import examine
from authberry.doctor.findings import Finding, from_error
from authberry.doctor.providers import check_reachable_providers
from authberry.events import SecurityLog
from authberry.mail import MailRenderer, Smtp, Undeliverable, broken
from authberry.resources import opened_metrics
from authberry.settings import PREFIX, Settings, SettingsError
from authberry.signing import configured_keys
from authberry.throttle import Throttle


async def diagnose(clock: Clock | None = None) -> list[Finding]:
    """Look at everything; dangers come first. What hides the rest is found alone."""
    settings, findings = read_settings()
    if settings is None:
        return findings
    ours = clock or SystemClock()
    names_a_database = all(finding.setting != DATABASE_URL for finding in findings)
    findings += examine(settings)
    findings += _secret(settings)
    findings += _signing_keys(settings)
    if names_a_database:
        findings += [one async for one in check_database(settings, ours)]
    findings += [one async for one in _throttle(settings)]
    findings += [one async for one in _mail(settings)]
    findings += [one async for one in check_reachable_providers(settings, ours)]
    findings += _templates(settings)
    once = dict.fromkeys(findings)
    return sorted(once, key=lambda finding: finding.level != "danger")


async def _throttle(settings: Settings) -> AsyncIterator[Finding]:
    """Look at what counts, attempts and metrics."""
    try:
        metrics = opened_metrics()
    except SettingsError as error:
        yield from_error(error)
        return
    throttle = Throttle(settings.throttle_url, SecurityLog(metrics))
    problem = await throttle.problem()
    await throttle.close()
    if problem:
        yield Finding(
            "danger",
            f"{PREFIX}THROTTLE_URL",
            "names a store that cannot be used, so that each process counts attempts by itself:"
            f" {problem.problem}",
            problem.remedy,
        )


async def _mail(settings: Settings) -> AsyncIterator[Finding]:
    if not settings.smtp_url:
        return
    try:
        await Smtp(settings).check()
    except Undeliverable as error:
        problem = f"names a mail server that cannot be used ({error})"
        yield Finding("danger", f"{PREFIX}SMTP_URL", problem, error.remedy)


def _secret(settings: Settings) -> list[Finding]:
    """Look at the secret of development, without making it; refresh tokens need it anyway."""
    if settings.is_production or settings.secret:
        return []
    if settings.secret_file.exists():
        try:
            _ = settings.secrets
        except SettingsError as error:
            return [from_error(error)]
        return []
    folder = settings.secret_file.absolute().parent
    # Beside an SQLite file that would be a finding about the database.
    if settings.database_url.startswith("sqlite") or os.access(folder, os.W_OK | os.X_OK):
        return []
    problem = f"is not set, and development cannot keep one in {folder}"
    return [Finding("danger", f"{PREFIX}SECRET", problem, "Set it, or let this user write there")]


def _signing_keys(settings: Settings) -> list[Finding]:
    if settings.signing_keys is not None:
        try:
            configured_keys(settings.signing_keys)
        except SettingsError as error:
            return [from_error(error)]
    return []


def _templates(settings: Settings) -> list[Finding]:
    """Fill in every template where some are an operator's; ours are tried before a release."""
    if not settings.mail_templates:
        return []
    setting, remedy = f"{PREFIX}MAIL_TEMPLATES", "Correct it, or remove it to have ours"
    return [
        Finding("danger", setting, f"holds a template that is broken ({problem})", remedy)
        for problem in dict.fromkeys(broken(MailRenderer(settings)))
    ]
