"""A genuine token of each algorithm, what forges others, and everything that verifies them."""

import json
import socket
from collections.abc import AsyncIterator, Iterator
from functools import cache

import pytest
from apps import MakeApp, database_url, make_app, person, tables
from browser import Browser
from forger import Forger
from frozen_clock import FrozenClock
from log_lines import LogLines, log
from people import begin
from starlette.applications import Starlette
from token_verifiers import TokenVerifiers, verifier_of

from authberry import Auth, Issued
from authberry.tokens.jose import Key

__all__ = ["database_url", "log", "make_app", "tables"]

ALGORITHMS = ["ES256", "EdDSA", "RS256", "HS256"]
ISSUER = "http://127.0.0.1:8000"


@cache
def key_of(algorithm: str) -> Key:
    """One for all tests: to find the primes of an RSA key takes long."""
    return Key.generate(algorithm)


@pytest.fixture(params=ALGORITHMS)
def key(request: pytest.FixtureRequest) -> Key:
    """The key that signs, of each algorithm in turn."""
    return key_of(request.param)


@pytest.fixture
def other_key(key: Key) -> Key:
    """Another key of the same kind."""
    return _another(key.algorithm)


@cache
def _another(algorithm: str) -> Key:
    return Key.generate(algorithm)


@pytest.fixture
async def app(make_app: MakeApp, key: Key) -> Starlette:
    """A server that signs with the key."""
    return await make_app(signing_keys=json.dumps({"keys": [dict(key.jwk)]}))


@pytest.fixture
def auth(app: Starlette) -> Auth:
    """Its rules."""
    auth: Auth = app.state.auth
    return auth


@pytest.fixture
async def issued(auth: Auth) -> Issued:
    """A session of Ada's."""
    return await begin(auth, await person(auth, "ada@example.com", "Ada", ("admin",)))


@pytest.fixture
def forger(key: Key, issued: Issued) -> Forger:
    """Somebody with the key."""
    return Forger(key, issued.access_token.value)


@pytest.fixture
async def verifiers(
    app: Starlette, key: Key, issued: Issued, clock: FrozenClock, log: LogLines
) -> AsyncIterator[TokenVerifiers]:
    """Everything that verifies tokens; in the end, the log holds none of those tokens."""
    log.start()
    verifier = verifier_of(key, issuer=ISSUER, clock=clock)
    verifiers = TokenVerifiers(Browser(app), verifier, str(issued.user.id), log)
    assert await verifiers.refusal(issued.access_token.value) is None
    yield verifiers
    verifiers.assert_nothing_was_logged()
    await verifiers.close()


@pytest.fixture
def honeypot() -> Iterator[str]:
    """A URL that a forged token names; in the end, nobody has connected to it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.05)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/keys.json"
        with pytest.raises(TimeoutError):
            listener.accept()
