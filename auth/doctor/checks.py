"""What is missing or dangerous in a configuration, all of it at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Literal
from urllib.parse import urlsplit

from authberry.settings import (
    PREFIX,
    LinkPurpose,
    Settings,
    SettingsError,
    is_public_suffix,
    site_of,
)
from authberry.tokens import SECRET_MIN_BYTES, is_another_key

MAKE_ONE = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
EXAMPLE_SECRETS = ("change-me", "changeme", "secret", "password", "example")
LONG_ACCESS_TOKEN = timedelta(minutes=15)
RECOMMENDED_PASSWORD_LENGTH = 15


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `danger` keeps production from starting, `advice` does not."""

    level: Literal["danger", "advice"]
    setting: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Write it on one line."""
        return f"{self.setting}: {self.problem}. {self.remedy}."


def refuse_danger(settings: Settings) -> None:
    """Refuse to go on in production with anything dangerous; raises `SettingsError`, one line."""
    dangers = [finding for finding in examine(settings) if finding.level == "danger"]
    if settings.is_production and dangers:
        more = f" ({len(dangers) - 1} more: authberry doctor)" if len(dangers) > 1 else ""
        raise SettingsError(f"{dangers[0]}{more}")


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that can be known without the network."""
    return [
        *_secrets(settings),
        *_edge(settings),
        *_links(settings),
        *_proxies(settings),
        *_cookies(settings),
        *_cross_site(settings),
        *_mail(settings),
        *_policy(settings),
    ]


def _danger(setting: str, problem: str, remedy: str) -> Finding:
    return Finding("danger", f"{PREFIX}{setting}", problem, remedy)


def _advice(setting: str, problem: str, remedy: str) -> Finding:
    return Finding("advice", f"{PREFIX}{setting}", problem, remedy)


def _secrets(settings: Settings) -> Iterator[Finding]:
    if not settings.secret and settings.is_production:
        yield _danger("SECRET", "is required in production", MAKE_ONE)
    for secret in settings.secret:
        yield from _weakness("SECRET", secret)
    if len(set(settings.secret)) < len(settings.secret):
        yield _danger("SECRET", "holds the same secret twice", "Name each once")
    if settings.metrics_token:
        yield from _weakness("METRICS_TOKEN", settings.metrics_token)
        if settings.metrics_token in settings.secret:
            yield _danger("METRICS_TOKEN", "is the secret that makes tokens", MAKE_ONE)
    held = [client.secret for client in settings.oauth_clients]
    for secret in held:
        yield from _weakness("OAUTH_CLIENTS", secret)
    if len(set(held)) < len(held):
        yield _danger("OAUTH_CLIENTS", "gives two clients the same secret", MAKE_ONE)
    if not {*settings.secret, settings.metrics_token}.isdisjoint(held):
        yield _danger("OAUTH_CLIENTS", "holds a secret that is used for something else", MAKE_ONE)


def _weakness(setting: str, secret: str) -> Iterator[Finding]:
    if len(secret.encode()) < SECRET_MIN_BYTES:
        yield _danger(setting, f"is shorter than {SECRET_MIN_BYTES} bytes", MAKE_ONE)
    elif len(set(secret)) < SECRET_MIN_BYTES // 3 or secret in (secret + secret)[1:-1]:
        yield _danger(setting, "repeats itself", MAKE_ONE)
    elif is_another_key(secret.encode()):
        yield _danger(setting, "is the text of a key, which others may have", MAKE_ONE)
    elif any(example in secret.lower() for example in EXAMPLE_SECRETS):
        yield _danger(setting, "looks like an example", MAKE_ONE)


def _edge(settings: Settings) -> Iterator[Finding]:
    if not settings.is_https and settings.is_production:
        yield _danger(
            "PUBLIC_URL",
            "is not https",
            "Set it to the https address at which clients reach this service",
        )
    for origin in settings.allowed_origins:
        if origin.startswith("http://") and settings.is_https:
            yield _danger(
                "ALLOWED_ORIGINS",
                "lets a page without TLS use the refresh token cookie",
                "Name https origins only",
            )
            break
    if settings.graphiql and settings.is_production and not settings.allows_introspection:
        yield _advice(
            "GRAPHIQL",
            "shows no documentation while introspection is off",
            f"Set {PREFIX}INTROSPECTION as well",
        )


def _links(settings: Settings) -> Iterator[Finding]:
    lost = [purpose.value for purpose in LinkPurpose if purpose not in settings.link_urls]
    if lost and not settings.pages and settings.sends_mail:
        yield _advice(
            "LINK_URLS",
            f"names no page for {', '.join(lost)}, and ours are off, so that links in mails lead"
            " nowhere",
            f"Name the frontend's pages, or leave {PREFIX}PAGES on",
        )


def _proxies(settings: Settings) -> Iterator[Finding]:
    if settings.is_https and not settings.trusted_proxies:
        yield _advice(
            "TRUSTED_PROXIES",
            "is empty, so behind a TLS proxy everybody has the proxy's address",
            "Name the proxy's network, for example 10.0.0.0/8",
        )
    if any(network.prefixlen == 0 for network in settings.trusted_proxies):
        yield _danger(
            "TRUSTED_PROXIES",
            "is everybody, so that each client chooses the address its attempts are counted for",
            "Name the proxy's network only",
        )
    if settings.trusted_proxies and not settings.is_https and not settings.is_production:
        yield _advice(
            "PUBLIC_URL",
            "is http although there is a proxy, so cookies are not kept to TLS",
            "Set it to the address at which the proxy is reached, if that is https",
        )


def _cookies(settings: Settings) -> Iterator[Finding]:
    if settings.cookie_samesite == "none" and not settings.is_https:
        yield _danger(
            "COOKIE_SAMESITE",
            "is none, which browsers take only from https",
            f"Use lax or strict, or set {PREFIX}PUBLIC_URL to https",
        )
    name = settings.cookie_name or ""
    is_wide = settings.cookie_domain is not None or settings.refresh_cookie_path != "/"
    if name.startswith("__Host-") and is_wide:
        yield _danger(
            "COOKIE_NAME",
            "begins with __Host-, which allows no domain and only the path /",
            "Begin it with __Secure-, or leave it unset",
        )
    if name.startswith(("__Host-", "__Secure-")) and not settings.is_https:
        yield _danger(
            "COOKIE_NAME",
            "has a prefix that browsers take only from https",
            f"Leave it unset, or set {PREFIX}PUBLIC_URL to https",
        )
    if not _covers(settings.refresh_cookie_path, f"{settings.path}/graphql"):
        yield _danger(
            "COOKIE_PATH",
            f"does not cover {settings.path}/graphql, so browsers do not send the cookie there",
            "Leave it unset: it follows the path of the public URL",
        )
    domain = (settings.cookie_domain or "").lstrip(".").lower()
    host = (urlsplit(settings.public_url).hostname or "").lower()
    if domain and not (host == domain or host.endswith(f".{domain}")):
        yield _danger(
            "COOKIE_DOMAIN",
            "does not cover the host of the public URL, so browsers drop the cookie",
            "Name that host or a parent of it",
        )
    elif domain and is_public_suffix(domain):
        yield _danger(
            "COOKIE_DOMAIN",
            "is a public suffix, so browsers drop the cookie",
            "Name a domain of your own",
        )


def _covers(cookie_path: str, path: str) -> bool:
    """Whether browsers send a cookie of that path there (RFC 6265, section 5.1.4)."""
    return path == cookie_path or path.startswith(cookie_path.rstrip("/") + "/")


def _cross_site(settings: Settings) -> Iterator[Finding]:
    own = site_of(settings.public_url)
    foreign = [origin for origin in settings.allowed_origins if site_of(origin) != own]
    if not foreign:
        return
    if settings.cookie_samesite != "none":
        yield _advice(
            "ALLOWED_ORIGINS",
            f"names {foreign[0]}, another site than the public URL's, where browsers neither keep"
            f" nor send a cookie with SameSite={settings.cookie_samesite}",
            "Serve both under one domain, or let clients there log in with BODY as the transport",
        )
    else:
        yield _advice(
            "COOKIE_SAMESITE",
            f"is none for {foreign[0]}, and yet browsers that block third-party cookies send none",
            "Serve both under one domain, or let clients there log in with BODY as the transport",
        )


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_url and settings.is_production:
        yield _advice(
            "SMTP_URL",
            "is not set, so that nothing is mailed and nobody can set a forgotten password anew",
            f"Set it and {PREFIX}MAIL_FROM",
        )
    if settings.smtp_url.startswith("smtp+plain:") and not _is_here(settings.smtp_url):
        yield _danger(
            "SMTP_URL",
            "sends mails, with their links, over the network without TLS",
            "Begin it with smtp:// or smtps://",
        )
    leaks = settings.breached_passwords_url
    if leaks.startswith("http:") and not _is_here(leaks):
        yield _danger(
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


def _policy(settings: Settings) -> Iterator[Finding]:
    if settings.password_min_length < RECOMMENDED_PASSWORD_LENGTH:
        yield _advice(
            "PASSWORD_MIN_LENGTH",
            f"is below {RECOMMENDED_PASSWORD_LENGTH}, which NIST SP 800-63B-4 asks for while the"
            " password is the only factor",
            f"Raise it to {RECOMMENDED_PASSWORD_LENGTH}",
        )
    if settings.access_token_ttl > LONG_ACCESS_TOKEN:
        yield _advice(
            "ACCESS_TOKEN_TTL",
            "is long: services that only verify see a logout that late",
            "Keep it at 900 or less",
        )
    if settings.login_attempts is None or settings.login_attempts_per_account is None:
        yield _danger(
            "LOGIN_ATTEMPTS",
            "is off, so passwords can be guessed without end",
            "Set a limit, such as 5/15minutes",
        )
    if settings.is_production and settings.throttle_url == "memory://":
        yield _advice(
            "THROTTLE_URL",
            "is memory://, so each process counts attempts by itself",
            "Set it to valkey://host:6379/0 if there are several processes",
        )
    if settings.is_production and settings.database_url.startswith("sqlite"):
        yield _advice(
            "DATABASE_URL",
            "is SQLite, which lets one process write at a time and lives on one machine",
            "Use postgresql:// to grow beyond one machine",
        )
