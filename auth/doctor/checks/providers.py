"""Other people's logins: which settings cannot work, or send what should not be sent."""

from collections.abc import Iterator

from authberry.doctor.findings import Finding, advice, danger
from authberry.settings import PREFIX, Settings


def check_providers(settings: Settings) -> Iterator[Finding]:
    """Look for providers without TLS, and for an answer that no browser can bring."""
    for name, provider in settings.providers.items():
        if provider.issuer.startswith("http://") and settings.is_production:
            yield danger(
                f"PROVIDER_{name.upper()}_ISSUER",
                "is asked without TLS, so that anybody on the way can log in as anybody",
                "Name an https issuer",
            )
        if provider.posts_across_sites and not settings.is_https:
            yield advice(
                "PUBLIC_URL",
                f"is not https, to which alone {provider.label} sends people back",
                f"Set it to https, or leave {name} out of {PREFIX}PROVIDERS",
            )
