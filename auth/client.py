"""Who is at the other end of the wire."""

from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address

USER_AGENT_LENGTH = 400
PREFIX_LENGTHS = (64, 56, 48)


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
    device_tokens: tuple[str, ...] = field(default=(), repr=False)
    """What the device holds of earlier logins; see `authberry.tokens.DeviceTokens`."""
    trusted_tokens: tuple[str, ...] = field(default=(), repr=False)
    """What the browser holds where its owner has trusted it; see `authberry.logins`."""

    @property
    def network(self) -> str:
        """Whom to count attempts against: an IPv4 address, or the /64 of an IPv6 one.

        A socket for both writes IPv4 within IPv6: all of those are in one /64.
        """
        return self.networks[0]

    @property
    def networks(self) -> tuple[str, ...]:
        """The network and, of IPv6, the wider ones around it: what a home has, and a site.

        Providers give homes a /56 and sites a /48 (RFC 6177): who has one has every /64 in it.
        """
        return ("unknown",) if self.address is None else _networks(self.address)


NOBODY = Client()
"""Who asks where no request does."""


@lru_cache(maxsize=4096)
def _networks(text: str) -> tuple[str, ...]:
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return (str(address.ipv4_mapped),)
        return tuple(_cut(address, length) for length in PREFIX_LENGTHS)
    return (str(address),)


def _cut(address: IPv6Address, length: int) -> str:
    rest = 128 - length
    return f"{IPv6Address(int(address) >> rest << rest)}/{length}"


def readable(user_agent: str | None) -> str | None:
    """Cut a header to what a list can show: printable, and not endless."""
    if user_agent is None:
        return None
    return "".join(filter(str.isprintable, user_agent))[:USER_AGENT_LENGTH]
