"""Where the service is reached: by people, by pages, by the links in mails, and through proxies."""

from collections.abc import Iterator

from authberry.doctor.findings import Finding, advice, danger
from authberry.settings import PREFIX, LinkPurpose, Settings


def check_public_url(settings: Settings) -> Iterator[Finding]:
    """Look at the public URL, at the origins that may use it, and at GraphiQL."""
    if not settings.is_https and settings.is_production:
        yield danger(
            "PUBLIC_URL",
            "is not https",
            "Set it to the https address at which clients reach this service",
        )
    for origin in settings.allowed_origins:
        if origin.startswith("http://") and settings.is_https:
            yield danger(
                "ALLOWED_ORIGINS",
                "lets a page without TLS use the refresh token cookie",
                "Name https origins only",
            )
            break
    if settings.graphiql and settings.is_production and not settings.allows_introspection:
        yield advice(
            "GRAPHIQL",
            "shows no documentation while introspection is off",
            f"Set {PREFIX}INTROSPECTION as well",
        )


def check_links(settings: Settings) -> Iterator[Finding]:
    """Look for purposes of links that lead to no page."""
    lost = [purpose.value for purpose in LinkPurpose if purpose not in settings.link_urls]
    if lost and not settings.pages and settings.sends_mail:
        yield advice(
            "LINK_URLS",
            f"names no page for {', '.join(lost)}, and ours are off, so that links in mails lead"
            " nowhere",
            f"Name the frontend's pages, or leave {PREFIX}PAGES on",
        )


def check_proxies(settings: Settings) -> Iterator[Finding]:
    """Look at whose word is taken for a client's address."""
    if settings.is_https and not settings.trusted_proxies:
        yield advice(
            "TRUSTED_PROXIES",
            "is empty, so behind a TLS proxy everybody has the proxy's address",
            "Name the proxy's network, for example 10.0.0.0/8",
        )
    if any(network.prefixlen == 0 for network in settings.trusted_networks):
        yield danger(
            "TRUSTED_PROXIES",
            "is everybody, so that each client chooses the address its attempts are counted for",
            "Name the proxy's network only",
        )
    if settings.trusted_proxies and not settings.is_https and not settings.is_production:
        yield advice(
            "PUBLIC_URL",
            "is http although there is a proxy, so cookies are not kept to TLS",
            "Set it to the address at which the proxy is reached, if that is https",
        )
