"""What `authberry doctor` finds about other people's logins."""

from collections.abc import AsyncIterator

import pytest
from diagnosis import REACHABLE, Configure, about
from frozen_clock import FrozenClock
from scripted_server import response
from stand_in_provider import METADATA, StandInProvider

from authberry.doctor import diagnose

ACME = "PROVIDER_ACME_ISSUER"


@pytest.fixture
async def server(clock: FrozenClock) -> AsyncIterator[StandInProvider]:
    """A provider that listens."""
    provider = StandInProvider(clock)
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
def _known(configure: Configure, server: StandInProvider) -> None:
    """We know it."""
    configure(
        **REACHABLE,
        AUTHBERRY_PROVIDERS="acme",
        AUTHBERRY_PROVIDER_ACME_ISSUER=server.issuer,
        AUTHBERRY_PROVIDER_ACME_CLIENT_ID="us",
        AUTHBERRY_PROVIDER_ACME_CLIENT_SECRET="sentinel",
        AUTHBERRY_PROVIDER_ACME_PRIVATE_ADDRESSES="true",
    )


@pytest.mark.usefixtures("_known")
async def test_a_provider_that_is_as_configured_is_in_order(server: StandInProvider) -> None:
    """Its metadata and its keys are fetched, and nobody is logged in."""
    assert about(await diagnose(), ACME) == []
    assert server.paths() == [METADATA, "/jwks"]


@pytest.mark.usefixtures("_known")
async def test_a_provider_of_another_name_is_found(server: StandInProvider) -> None:
    """With the name that it gives itself, which is most often what was meant."""
    server.metadata = {"issuer": f"{server.issuer}/"}
    problem = f"the metadata is of another issuer, {server.issuer}/"
    assert about(await diagnose(), ACME) == [
        ("danger", f"names a provider with which nobody can log in: {problem}")
    ]


@pytest.mark.usefixtures("_known")
async def test_a_provider_without_keys_is_found(server: StandInProvider) -> None:
    """Which would be noticed by the first who comes back from there."""
    server.answers["/jwks"] = response(b'{"keys": []}')
    problem = "the keys: the answer holds no key that verifies tokens"
    assert about(await diagnose(), ACME) == [
        ("danger", f"names a provider with which nobody can log in: {problem}")
    ]


@pytest.mark.usefixtures("_known")
async def test_a_provider_that_is_away_is_found(server: StandInProvider) -> None:
    """The rest is looked at all the same."""
    await server.stop()
    assert about(await diagnose(), ACME) == [
        ("danger", "names a provider with which nobody can log in: the metadata: ConnectError")
    ]
    await server.start()


@pytest.mark.usefixtures("_known")
async def test_production_asks_nobody_without_tls(
    configure: Configure, server: StandInProvider
) -> None:
    """Not even on this machine, where another program could have the port."""
    configure(AUTHBERRY_ENV="production")
    assert ("danger", "is asked without TLS, so that anybody on the way can log in as anybody") in (
        about(await diagnose(), ACME)
    )
