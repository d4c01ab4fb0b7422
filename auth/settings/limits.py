"""Settings: how often somebody may try, and by which address somebody is counted."""

from ipaddress import IPv4Network, IPv6Network

from limits import parse
from pydantic import Field

from authberry.settings.sources import FromEnvironment
from authberry.settings.urls import ThrottleUrl
from authberry.settings.values import UNIX, Limit, Peers


class LimitSettings(FromEnvironment):
    """Attempts in a time; None where there is no limit."""

    login_attempts: Limit = parse("5/15minutes")
    login_attempts_per_account: Limit = parse("50/hour")
    login_attempts_per_address: Limit = parse("300/15minutes")
    login_attempts_in_all: Limit = parse("3000/minute")
    register_attempts: Limit = parse("20/hour")
    refresh_attempts: Limit = parse("600/minute")
    session_attempts: Limit = parse("60/minute")
    change_attempts: Limit = parse("60/hour")
    export_attempts: Limit = parse("10/minute")
    mail_attempts_per_account: Limit = parse("5/hour")
    mail_attempts_per_address: Limit = parse("20/hour")
    mail_attempts_in_all: Limit = parse("1000/hour")
    link_attempts: Limit = parse("60/hour")
    throttle_url: ThrottleUrl = Field(default="memory://", repr=False)
    trusted_proxies: Peers = ()

    @property
    def trusts_unix(self) -> bool:
        """Whether whoever is connected to a Unix socket is a proxy of ours."""
        return UNIX in self.trusted_proxies

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Where proxies of ours are."""
        return tuple(one for one in self.trusted_proxies if not isinstance(one, str))
