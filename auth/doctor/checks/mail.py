"""What leaves by mail, and what is asked of other services, in clear or not at all."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from authberry.doctor.findings import Finding, advice, danger
from authberry.settings import PREFIX, Settings


def check_mail(settings: Settings) -> Iterator[Finding]:
    """Look for mails that go nowhere, and for URLs that are asked without TLS."""
    if not settings.smtp_url and settings.is_production:
        yield advice(
            "SMTP_URL",
            "is not set, so that nothing is mailed and nobody can set a forgotten password anew",
            f"Set it and {PREFIX}MAIL_FROM",
        )
    if settings.smtp_url.startswith("smtp+plain:") and not _is_here(settings.smtp_url):
        yield danger(
            "SMTP_URL",
            "sends mails, with their links, over the network without TLS",
            "Begin it with smtp:// or smtps://",
        )
    leaks = settings.breached_passwords_url
    if leaks.startswith("http:") and not _is_here(leaks):
        yield danger(
            "BREACHED_PASSWORDS_URL",
            "asks without TLS, so that anybody on the way can answer",
            "Begin it with https://",
        )


def _is_here(url: str) -> bool:
    """Whether a URL names this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
