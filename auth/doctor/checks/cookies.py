"""The cookie of the refresh token: what browsers drop, or do not send (RFC 6265)."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from authberry.doctor.findings import Finding, advice, danger
from authberry.settings import PREFIX, Settings, is_public_suffix, site_of


def check_cookies(settings: Settings) -> Iterator[Finding]:
    """Look for names and attributes that browsers take from https only."""
    if settings.cookie_samesite == "none" and not settings.is_https:
        yield danger(
            "COOKIE_SAMESITE",
            "is none, which browsers take only from https",
            f"Use lax or strict, or set {PREFIX}PUBLIC_URL to https",
        )
    if settings.cookie_partitioned and not settings.is_https:
        yield danger(
            "COOKIE_PARTITIONED",
            "is on, which browsers take only from https",
            f"Leave it unset, or set {PREFIX}PUBLIC_URL to https",
        )
    name = settings.cookie_name or ""
    is_wide = settings.cookie_domain is not None or settings.refresh_cookie_path != "/"
    if name.startswith("__Host-") and is_wide:
        yield danger(
            "COOKIE_NAME",
            "begins with __Host-, which allows no domain and only the path /",
            "Begin it with __Secure-, or leave it unset",
        )
    if name.startswith(("__Host-", "__Secure-")) and not settings.is_https:
        yield danger(
            "COOKIE_NAME",
            "has a prefix that browsers take only from https",
            f"Leave it unset, or set {PREFIX}PUBLIC_URL to https",
        )


def check_cookie_reach(settings: Settings) -> Iterator[Finding]:
    """Look for a path and a domain that keep the cookie from where it is wanted."""
    if not _covers(settings.refresh_cookie_path, f"{settings.path}/graphql"):
        yield danger(
            "COOKIE_PATH",
            f"does not cover {settings.path}/graphql, so browsers do not send the cookie there",
            "Leave it unset: it follows the path of the public URL",
        )
    domain = (settings.cookie_domain or "").lstrip(".").lower()
    host = (urlsplit(settings.public_url).hostname or "").lower()
    if domain and not (host == domain or host.endswith(f".{domain}")):
        yield danger(
            "COOKIE_DOMAIN",
            "does not cover the host of the public URL, so browsers drop the cookie",
            "Name that host or a parent of it",
        )
    elif domain and is_public_suffix(domain):
        yield danger(
            "COOKIE_DOMAIN",
            "is a public suffix, so browsers drop the cookie",
            "Name a domain of your own",
        )


def _covers(cookie_path: str, path: str) -> bool:
    """Whether browsers send a cookie of that path there (RFC 6265, section 5.1.4)."""
    return path == cookie_path or path.startswith(cookie_path.rstrip("/") + "/")


def check_cross_site(settings: Settings) -> Iterator[Finding]:
    """Look for origins of other sites, where a cookie hardly works."""
    own = site_of(settings.public_url)
    foreign = [origin for origin in settings.allowed_origins if site_of(origin) != own]
    if not foreign:
        return
    if settings.cookie_samesite == "none" and not settings.cookie_partitioned:
        yield advice(
            "COOKIE_PARTITIONED",
            f"is off, and browsers that block third-party cookies keep none for {foreign[0]},"
            " unless it is partitioned",
            "Set it to true, or serve both under one domain",
        )
    elif settings.cookie_samesite != "none":
        yield advice(
            "ALLOWED_ORIGINS",
            f"names {foreign[0]}, another site than the public URL's, where browsers neither keep"
            f" nor send a cookie with SameSite={settings.cookie_samesite}",
            "Serve both under one domain, or let clients there log in with BODY as the transport",
        )
    else:
        yield advice(
            "COOKIE_SAMESITE",
            f"is none for {foreign[0]}, and yet browsers that block third-party cookies and know no"
            " partitions send none",
            "Serve both under one domain, or let clients there log in with BODY as the transport",
        )
