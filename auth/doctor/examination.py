"""What can be said of settings by themselves, without the network and without the database."""

from datetime import timedelta
from functools import cache

from authberry.doctor.checks import CHECKS
from authberry.doctor.findings import Finding
from authberry.models.event_logger import event_logger
from authberry.settings import PREFIX, Settings, SettingsError

logger = event_logger("authberry.settings")


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that can be known without the network."""
    return [finding for check in CHECKS for finding in check(settings)]


@cache
def warn_of_lifetime(access_token_ttl: timedelta) -> None:
    """Log, once in a process, that access tokens live for more than a day."""
    if access_token_ttl > timedelta(days=1):
        logger.warning(
            "access tokens live long",
            extra={
                "setting": f"{PREFIX}ACCESS_TOKEN_TTL",
                "days": access_token_ttl.days,
                "cause": "services that only verify take them so long after a logout",
            },
        )


def refuse_danger(settings: Settings) -> None:
    """Refuse to go on in production with anything dangerous; raises `SettingsError`, one line."""
    dangers = [finding for finding in examine(settings) if finding.level == "danger"]
    if settings.is_production and dangers:
        more = f" ({len(dangers) - 1} more: authberry doctor)" if len(dangers) > 1 else ""
        raise SettingsError(f"{dangers[0]}{more}")
