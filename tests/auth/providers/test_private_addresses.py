"""Who is asked at all: nobody on this machine or in a private network, unless that is allowed."""

import asyncio
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from frozen_clock import FrozenClock
from refused_logins import refused
from scripted_server import ScriptedServer
from stand_in_provider import METADATA, REDIRECT, StandInProvider, configured, in_json, log_in

from authberry import public_addresses
from authberry.fetching import Fetcher
from authberry.providers import ProviderUnavailable


class Names:
    """Who answers for names; what they say may change from one question to the next."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Answer for this process."""
        self.addresses: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "getaddrinfo", self._resolve)

    async def _resolve(self, host: Any, port: int, **_options: object) -> list[Any]:
        name = host.decode() if isinstance(host, bytes) else host
        self.asked.append(name)
        said = self.addresses.get(name, [[name]])
        addresses = said.pop(0) if len(said) > 1 else said[0]
        return [(2, 1, 6, "", (address, port)) for address in addresses]


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    """Those that this process goes by."""
    return Names(monkeypatch)


PRIVATE = "the server is on this machine or in a private network"


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.1.2.3"],
        ["169.254.169.254"],
        ["100.64.0.1"],
        ["0.0.0.0"],  # noqa: S104 - nobody listens there
        ["::1"],
        ["fd00::1"],
        ["fec0::1"],
        ["fe80::1%eth0"],
        ["::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
        ["2002:a00:1::"],
        ["224.0.0.1"],
        ["93.184.215.14", "10.0.0.1"],
    ],
)
async def test_a_name_that_leads_into_a_private_network_is_not_asked(
    server: StandInProvider, clock: FrozenClock, names: Names, addresses: list[str]
) -> None:
    """Not even if another address of it is public."""
    names.addresses = {"login.example": [addresses]}
    issuer = f"https://login.example:{server.port}"
    providers = configured(server, clock, issuer=issuer, private_addresses=False)
    with pytest.raises(ProviderUnavailable) as error:
        await providers.begin("acme", REDIRECT)
    assert error.value.reason == f"the metadata: {PRIVATE}"
    assert server.requests == []


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:4700::1111", "::ffff:93.184.215.14", "64:ff9b::5db8:d70e"]
)
def test_what_is_public_is_asked(address: str) -> None:
    """Also by the address that an IPv6 network without IPv4 has for it (RFC 6052, section 2.1)."""
    assert public_addresses.is_public(ip_address(address))


async def test_metadata_do_not_lead_into_a_private_network_either(
    tmp_path: Path, clock: FrozenClock, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider is public, and names addresses that are not, for the token and for the keys."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    public = TlsProvider(clock, monkeypatch)
    await public.begin(authority)
    inside = ScriptedServer(in_json({}))
    await inside.start()
    names.addresses = {
        "login.example": [["127.0.0.2"]],
        "inside.example": [["127.0.0.1"]],
    }
    options = {"issuer": public.issuer, "private_addresses": False}
    for endpoint, what in (("token_endpoint", "the token endpoint"), ("jwks_uri", "the keys")):
        public.metadata = {endpoint: f"https://inside.example:{inside.port}/x"}
        providers = configured(public, clock, **options)
        reason, face = await refused(log_in(providers, public, iss=public.issuer))
        assert reason.startswith(f"{what}: ")
        assert reason.endswith("is on this machine or in a private network")
        assert face == "provider"
        await providers.close()
    assert inside.requests == []
    await inside.stop()
    await public.stop()


class TlsProvider(StandInProvider):
    """One that is at 127.0.0.2, which passes for a public address, under a name and over TLS."""

    def __init__(self, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let that address pass."""
        super().__init__(clock)
        is_public = public_addresses.is_public
        monkeypatch.setattr(
            public_addresses,
            "is_public",
            lambda address: str(address) == "127.0.0.2" or is_public(address),
        )
        self.names: list[str | None] = []

    @property
    def origin(self) -> str:
        """By its name."""
        return f"https://login.example:{self.port}"

    async def begin(self, authority: Authority, name: str = "login.example") -> None:
        """Listen at its address, with a certificate for a name."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate, key = authority.issue(name)
        context.load_cert_chain(certificate, key)
        context.sni_callback = lambda _socket, asked, _context: self.names.append(asked)
        self._server = await asyncio.start_server(self._serve, "127.0.0.2", 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]


async def test_a_name_is_resolved_once_and_its_certificate_is_looked_at(
    tmp_path: Path, clock: FrozenClock, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found public is what is asked, whatever the name leads to later (rebinding)."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    server = TlsProvider(clock, monkeypatch)
    await server.begin(authority)
    names.addresses = {"login.example": [["127.0.0.2"], ["127.0.0.1"]]}
    ours = Fetcher(timeout=5, max_bytes=100_000, only_public=True)
    raw = await ours.ask(f"{server.issuer}{METADATA}", {})
    assert server.issuer.encode() in raw
    assert names.asked.count("login.example") == 1
    assert server.names == ["login.example"]
    assert f"host: login.example:{server.port}".encode() in server.requests[0].lower()
    with pytest.raises(public_addresses.PrivateAddress):
        await ours.ask(f"{server.issuer}{METADATA}", {})
    await server.stop()


async def test_a_certificate_of_another_name_is_refused(
    tmp_path: Path, clock: FrozenClock, names: Names, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it is asked by address."""
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    server = TlsProvider(clock, monkeypatch)
    await server.begin(authority, "other.example")
    names.addresses = {"login.example": [["127.0.0.2"]]}
    providers = configured(server, clock, issuer=server.issuer, private_addresses=False)
    with pytest.raises(ProviderUnavailable) as error:
        await providers.begin("acme", REDIRECT)
    assert error.value.reason == "the metadata: ConnectError"
    assert server.requests == []
    await server.stop()
