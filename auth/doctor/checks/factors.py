"""Where passkeys are good, and who has to have a second factor."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from authberry.doctor.findings import Finding, advice, danger
from authberry.settings import PREFIX, Settings, is_public_suffix


def check_passkeys(settings: Settings) -> Iterator[Finding]:
    """Look at the domain of passkeys, and at the origins that may use them.

    It is of the host of an origin or above it; else browsers look whether `/.well-known/webauthn`
    of the domain lists the origin (WebAuthn level 3, section 5.11).
    """
    rp_id = settings.passkey_rp_id
    outside = [origin for origin in settings.passkey_origins if not _is_within(origin, rp_id)]
    hosts = [urlsplit(origin).hostname for origin in settings.passkey_origins]
    if rp_id not in hosts and is_public_suffix(rp_id):
        yield danger(
            "WEBAUTHN_RP_ID",
            "is a public suffix, for which browsers make no passkeys",
            "Name a domain of your own",
        )
    elif not settings.has_passkeys:
        yield advice(
            "PUBLIC_URL",
            "has an address for a host, and browsers make passkeys for names only",
            f"Serve it under a name, or set {PREFIX}WEBAUTHN_RP_ID and {PREFIX}WEBAUTHN_ORIGINS",
        )
    elif len(outside) == len(settings.passkey_origins):
        yield danger(
            "WEBAUTHN_RP_ID",
            f"is {rp_id}, which is neither the host of {outside[0]} nor a domain above it, so that"
            " browsers refuse passkeys there",
            f"Set it to the domain that the pages of {PREFIX}WEBAUTHN_ORIGINS have in common",
        )
    elif outside:
        yield advice(
            "WEBAUTHN_ORIGINS",
            f"names {outside[0]}, which is not of {rp_id}, so that browsers take passkeys there"
            f" only if https://{rp_id}/.well-known/webauthn is answered by this service",
            "Serve that path from here, or leave the page out",
        )
    elif settings.pages and settings.passkey_url != settings.public_url:
        yield advice(
            "PUBLIC_URL",
            "has an address for a host, and browsers make passkeys for names only",
            f"Set it to {settings.passkey_url}, or open the pages there",
        )


def check_passkey_origins(settings: Settings) -> Iterator[Finding]:
    """Look for pages where browsers have no passkeys, and for ours that are left out."""
    for origin in settings.webauthn_origins:
        if origin.startswith("http://") and not _is_within(origin, "localhost"):
            yield (danger if settings.is_production else advice)(
                "WEBAUTHN_ORIGINS",
                f"names {origin}, and browsers have no passkeys without TLS",
                "Name https origins only",
            )
    is_left_out = settings.origin not in settings.passkey_origins
    if settings.pages and settings.webauthn_origins and is_left_out:
        yield advice(
            "WEBAUTHN_ORIGINS",
            f"leaves out {settings.origin}, so that our own pages take no passkeys",
            f"Name it as well, or set {PREFIX}PAGES to false",
        )


def _is_within(origin: str, rp_id: str) -> bool:
    host = urlsplit(origin).hostname or ""
    return host == rp_id or host.endswith(f".{rp_id}")


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
