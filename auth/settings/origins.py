"""What a browser takes for an origin and for a site; the site decides where it sends a cookie."""

import re
from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

LOOPBACK_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?"
_LOOPBACK = re.compile(LOOPBACK_ORIGIN, re.ASCII)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_.-]+|\[[0-9a-f:.]+\]")


def origin_of(url: str) -> str | None:
    """Return the origin of `url` as browsers write it, or None if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.netloc.lower().removesuffix(f":{port}")
    if parts.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        return None
    suffix = "" if port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{port}"
    return f"{parts.scheme}://{host}{suffix}"


def is_loopback(origin: str) -> bool:
    """Whether an origin is one of this machine, as those of pages in development are."""
    return _LOOPBACK.fullmatch(origin) is not None


def site_of(url: str) -> tuple[str, str]:
    """Return the scheme and the registrable domain, or the host where it has none.

    Ports do not count: `http://localhost:5173` and `http://localhost:8000` are one site.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    domain = None if is_address(host) else _suffixes().privatesuffix(host)
    return parts.scheme, domain or host


def is_public_suffix(domain: str) -> bool:
    """Whether strangers register names under `domain`, as under `co.uk` and `github.io`.

    Browsers set no cookie for such a domain: it would reach all of them.
    """
    return domain != "localhost" and not is_address(domain) and _suffixes().is_public(domain)


def is_address(host: str) -> bool:
    """Whether a host is an IP address, which nobody can make lead elsewhere, as they can a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def by_name(origin: str) -> str:
    """The same origin, with `localhost` in the place of an address of this machine."""
    parts = urlsplit(origin)
    host = parts.hostname or ""
    if not is_address(host) or not ip_address(host).is_loopback:
        return origin
    return f"{parts.scheme}://localhost" + (f":{parts.port}" if parts.port else "")


@cache
def _suffixes() -> "PublicSuffixList":
    """The list that browsers go by, as a package ships it. Read when somebody first asks."""
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - 11,000 rules, wanted seldom

    return PublicSuffixList()
