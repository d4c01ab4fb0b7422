"""Passwords, lifetimes, attempts and storage: what is allowed, and yet weaker than it should be."""

from collections.abc import Iterator
from datetime import timedelta

from authberry.doctor.findings import Finding, advice, danger
from authberry.settings import Settings

LONG_ACCESS_TOKEN = timedelta(minutes=15)
RECOMMENDED_PASSWORD_LENGTH = 15


def check_policy(settings: Settings) -> Iterator[Finding]:
    """Look at what guesses cost, at how late a logout is seen, and at what does not scale."""
    has_more = settings.second_factor == "required" and not settings.second_factor_roles
    if settings.password_min_length < RECOMMENDED_PASSWORD_LENGTH and not has_more:
        yield advice(
            "PASSWORD_MIN_LENGTH",
            f"is below {RECOMMENDED_PASSWORD_LENGTH}, which NIST SP 800-63B-4 asks for while the"
            " password is the only factor",
            f"Raise it to {RECOMMENDED_PASSWORD_LENGTH}",
        )
    if settings.access_token_ttl > LONG_ACCESS_TOKEN:
        yield advice(
            "ACCESS_TOKEN_TTL",
            "is long: services that only verify see a logout that late",
            "Keep it at 900 or less",
        )
    if settings.login_attempts is None or settings.login_attempts_per_account is None:
        yield danger(
            "LOGIN_ATTEMPTS",
            "is off, so passwords can be guessed without end",
            "Set a limit, such as 5/15minutes",
        )
    if settings.is_production and settings.throttle_url == "memory://":
        yield advice(
            "THROTTLE_URL",
            "is memory://, so each process counts attempts by itself",
            "Set it to valkey://host:6379/0 if there are several processes",
        )
    if settings.is_production and settings.database_url.startswith("sqlite"):
        yield advice(
            "DATABASE_URL",
            "is SQLite, which lets one process write at a time and lives on one machine",
            "Use postgresql:// to grow beyond one machine",
        )
