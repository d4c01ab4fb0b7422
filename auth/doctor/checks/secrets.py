"""Secrets: missing, weak, or used for two things."""

from collections.abc import Iterator

from authberry.doctor.findings import Finding, danger
from authberry.settings import Settings
from authberry.tokens import SECRET_MIN_BYTES, is_another_key

MAKE_ONE = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
EXAMPLES = ("change-me", "changeme", "secret", "password", "example")


def check_secrets(settings: Settings) -> Iterator[Finding]:
    """Look at the server's secret, at the metrics token and at those of OAuth clients."""
    if not settings.secret and settings.is_production:
        yield danger("SECRET", "is required in production", MAKE_ONE)
    for secret in settings.secret:
        yield from _weakness("SECRET", secret)
    if len(set(settings.secret)) < len(settings.secret):
        yield danger("SECRET", "holds the same secret twice", "Name each once")
    if settings.metrics_token:
        yield from _weakness("METRICS_TOKEN", settings.metrics_token)
        if settings.metrics_token in settings.secret:
            yield danger("METRICS_TOKEN", "is the secret that makes tokens", MAKE_ONE)
    held = [client.secret for client in settings.oauth_clients]
    for secret in held:
        yield from _weakness("OAUTH_CLIENTS", secret)
    if len(set(held)) < len(held):
        yield danger("OAUTH_CLIENTS", "gives two clients the same secret", MAKE_ONE)
    if not {*settings.secret, settings.metrics_token}.isdisjoint(held):
        yield danger("OAUTH_CLIENTS", "holds a secret that is used for something else", MAKE_ONE)


def _weakness(setting: str, secret: str) -> Iterator[Finding]:
    if len(secret.encode()) < SECRET_MIN_BYTES:
        yield danger(setting, f"is shorter than {SECRET_MIN_BYTES} bytes", MAKE_ONE)
    elif len(set(secret)) < SECRET_MIN_BYTES // 3 or secret in (secret + secret)[1:-1]:
        yield danger(setting, "repeats itself", MAKE_ONE)
    elif is_another_key(secret.encode()):
        yield danger(setting, "is the text of a key, which others may have", MAKE_ONE)
    elif any(example in secret.lower() for example in EXAMPLES):
        yield danger(setting, "looks like an example", MAKE_ONE)
