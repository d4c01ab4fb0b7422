"""Who is at the other end: the address that can be trusted, and what the client calls itself."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

from starlette.requests import HTTPConnection

from authberry import Client, Settings
from authberry.tokens import OWS

REMEMBERED_ADDRESSES = 4096
LONGEST_ADDRESS = 64
"""IPv6 with brackets, a zone and a port. What is longer is none, and not worth remembering."""


def client_of(request: HTTPConnection, settings: Settings, request_id: str) -> Client:
    """Describe the sender of a request."""
    return Client(
        address=_address(request, settings),
        user_agent=request.headers.get("user-agent"),
        request_id=request_id,
        languages=request.headers.get("accept-language"),
    )


def _address(request: HTTPConnection, settings: Settings) -> str | None:
    """The socket's address or, behind trusted proxies, the rightmost hop that is not one of them.

    What stands further left in `X-Forwarded-For` was written by whoever sent the request.
    """
    hop = _parse(request.client.host) if request.client else None
    forwarded = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    while hop is not None and _is_trusted(hop, settings) and forwarded:
        previous = _parse(forwarded.pop())
        if previous is None:
            break
        hop = previous
    return hop


def _parse(text: str) -> str | None:
    """Return an address in its usual spelling, an IPv4 one without its IPv6 wrapping."""
    text = text.strip(OWS)
    return _spelt(text) if len(text) <= LONGEST_ADDRESS else None


@lru_cache(maxsize=REMEMBERED_ADDRESSES)
def _spelt(text: str) -> str | None:
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)


def _is_trusted(address: str, settings: Settings) -> bool:
    return any(ip_address(address) in network for network in settings.trusted_proxies)
