"""What can be said of settings by themselves, without the network and without the database."""

from authberry.doctor.checks import CHECKS
from authberry.doctor.findings import Finding
from authberry.settings import Settings, SettingsError


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that can be known without the network."""
    return [finding for check in CHECKS for finding in check(settings)]


def refuse_danger(settings: Settings) -> None:
    """Refuse to go on in production with anything dangerous; raises `SettingsError`, one line."""
    dangers = [finding for finding in examine(settings) if finding.level == "danger"]
    if settings.is_production and dangers:
        more = f" ({len(dangers) - 1} more: authberry doctor)" if len(dangers) > 1 else ""
        raise SettingsError(f"{dangers[0]}{more}")
