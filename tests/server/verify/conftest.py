"""Services that only verify, and the strangers' libraries."""

from collections.abc import AsyncIterator

import pytest
from clocks_moved import loop_clock
from frozen_clock import FrozenClock
from issuer import AUDIENCE, ISSUER, Issuer
from key_server import KeyServer, key_server

from authberry import AccessTokenVerifier

__all__ = ["issuer", "key_server", "loop_clock", "verifier"]


@pytest.fixture
def issuer(clock: FrozenClock) -> Issuer:
    """A server's signature, without the server."""
    return Issuer(clock)


@pytest.fixture
async def verifier(
    key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> AsyncIterator[AccessTokenVerifier]:
    """A verifier that fetches the keys of `issuer`."""
    key_server.publish(issuer.key)
    verifier = AccessTokenVerifier(key_server.url, issuer=ISSUER, audience=AUDIENCE, clock=clock)
    yield verifier
    await verifier.aclose()
