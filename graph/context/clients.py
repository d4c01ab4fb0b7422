"""Who is at the other end: the address that can be trusted, and what the client calls itself."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address
from weakref import WeakValueDictionary

from starlette.requests import HTTPConnection

from authberry import Client, Settings
from authberry.models.event_logger import event_logger
from authberry.settings import PREFIX
from authberry.tokens import OWS

logger = event_logger("authberry.graph")

REMEMBERED_ADDRESSES = 4096
_warned: WeakValueDictionary[int, Settings] = WeakValueDictionary()
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
    peer = request.client
    hop = _parse(peer.host) if peer else None
    written = request.headers.getlist("x-forwarded-for")
    # A Unix socket's other end has no address; it may be a proxy of ours all the same.
    trusted = settings.trusted_networks
    is_ours = _is_trusted(hop, trusted) if peer else settings.trusts_unix
    if not is_ours:
        if written:
            _warn_of_untrusted_peer(hop if peer else "a Unix socket", settings)
        return hop
    forwarded = ",".join(written).split(",")
    while forwarded and (hop is None or _is_trusted(hop, trusted)):
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


@lru_cache(maxsize=REMEMBERED_ADDRESSES)
def _is_trusted(address: str | None, trusted: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return address is not None and any(ip_address(address) in network for network in trusted)


def _warn_of_untrusted_peer(peer: str | None, settings: Settings) -> None:
    """Say once a process that a header is not believed: a proxy that is not named, or anybody."""
    if _warned.get(id(settings)) is settings:
        return
    _warned[id(settings)] = settings
    logger.warning(
        "X-Forwarded-For is not believed",
        extra={"setting": f"{PREFIX}TRUSTED_PROXIES", "peer": peer},
    )
