"""Who is at the other end of the wire."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

USER_AGENT_LENGTH = 400


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of the program that sent a request, before anybody is known to use it."""

    address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None
    client_id: str | None = None
    """Of the service that asks, which has proved to be it; None of people's programs."""
    languages: str | None = None
    """What `Accept-Language` says, for the mails that a request leads to."""

    @property
    def network(self) -> str:
        """Whom to count attempts against: an IPv4 address, or the /64 of an IPv6 one.

        A socket for both writes IPv4 within IPv6: all of those are in one /64.
        """
        return "unknown" if self.address is None else _network(self.address)


NOBODY = Client()
"""Who asks where no request does."""


@lru_cache(maxsize=4096)
def _network(text: str) -> str:
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return f"{IPv6Address(int(address) >> 64 << 64)}/64"
    return str(address)


def readable(user_agent: str | None) -> str | None:
    """Cut a header to what a list can show: printable, and not endless."""
    if user_agent is None:
        return None
    return "".join(filter(str.isprintable, user_agent))[:USER_AGENT_LENGTH]
