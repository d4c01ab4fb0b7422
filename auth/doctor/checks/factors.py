"""Where passkeys are good, and who has to have a second factor."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from authberry.doctor.findings import Finding, advice, danger
from authberry.settings import PREFIX, Settings


def check_passkeys(settings: Settings) -> Iterator[Finding]:
    """Look at the domain of passkeys, and at the origins that may use them."""
    rp_id = settings.passkey_rp_id
    for origin in settings.passkey_origins:
        host = urlsplit(origin).hostname or ""
        if host != rp_id and not host.endswith(f".{rp_id}"):
            yield danger(
                "WEBAUTHN_RP_ID",
                f"is {rp_id}, which is neither the host of {origin} nor a domain above it, so that"
                " browsers refuse passkeys there",
                f"Set it to the domain that all of {PREFIX}WEBAUTHN_ORIGINS have in common, or"
                " leave that page out",
            )
        if origin.startswith("http://") and settings.is_production:
            yield danger(
                "WEBAUTHN_ORIGINS",
                "has an origin without TLS, where browsers have no passkeys",
                "Name https origins only",
            )


def check_second_factor(settings: Settings) -> Iterator[Finding]:
    """Look for parts of a policy that say nothing by themselves."""
    if settings.second_factor == "required":
        return
    for name in ("second_factor_roles", "second_factor_from"):
        if getattr(settings, name):
            yield advice(
                name.upper(),
                f"says nothing while {PREFIX}SECOND_FACTOR is optional",
                f"Set {PREFIX}SECOND_FACTOR to required, or leave this one out",
            )
