"""Who is at the other end of the wire."""

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address


@dataclass(frozen=True, slots=True)
class Client:
    """What is known of the program that sent a request, before anybody is known to use it."""

    address: str | None = None
    user_agent: str | None = None
    request_id: str | None = None

    @property
    def network(self) -> str:
        """Whom to count attempts against: an IPv4 address, or the /64 of an IPv6 one."""
        if self.address is None:
            return "unknown"
        address = ip_address(self.address)
        if isinstance(address, IPv6Address):
            return f"{IPv6Address(int(address) >> 64 << 64)}/64"
        return str(address)
