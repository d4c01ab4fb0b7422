"""Asking only who is on the public internet, by the address that a name has at that moment.

A name is resolved once, and what it resolves to is both looked at and asked: whoever answers for
the name cannot say one address to be looked at and another to be asked (DNS rebinding).
"""

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

_NAT64 = IPv6Network("64:ff9b::/96")
_SITE_LOCAL = IPv6Network("fec0::/10")
"""Private networks from before RFC 3879, which Python takes for public ones."""


class PrivateAddress(Exception):
    """It is on this machine, or in a private network; the message goes on behind "the server"."""


def is_proxied(url: str) -> bool:
    """Whether a proxy of the environment carries what is asked of a URL."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        return False
    proxies = getproxies()
    return bool(proxies.get("https") or proxies.get("all")) and not proxy_bypass(parts.netloc)


async def resolved(host: str, port: int) -> list[str]:
    """Resolve a name to its addresses, those of IPv4 first; there is one at least.

    Raises:
        PrivateAddress: one of them is not public.
        OSError: there is none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in found)
    for address in addresses:
        if not is_public(address):
            raise PrivateAddress("is on this machine or in a private network")
    return [str(address) for address in sorted(addresses, key=lambda address: address.version)]


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an address is on the public internet, also of one that stands for another."""
    if isinstance(address, IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            embedded = IPv4Address(int(address) & 0xFFFFFFFF)
        if embedded is not None:
            return is_public(embedded)
        if address in _SITE_LOCAL:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved
