"""Programs that have never heard of us verify our tokens, through every stage of a rotation."""

import asyncio
import json
import subprocess
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import joserfc.jwk
import joserfc.jwt
import jwt
import pytest
from anyio.to_thread import run_sync
from apps import person
from browser import data
from documents import LOGIN
from node import NODE, installed
from people import PASSWORD
from processes import OpenBrowser, Serve, Server

from authberry import AccessTokenVerifier, Auth, Settings
from authberry.errors import Unauthenticated
from authberry.models import SigningKey

SOURCES = Path(__file__).with_name("node")
ALGORITHMS = ["ES256", "EdDSA", "RS256"]


class Stranger(ABC):
    """Somebody who verifies, with nothing but an address."""

    def __init__(self, server: Server, algorithm: str) -> None:
        """Know where the keys are, and whose tokens are good."""
        self.algorithm = algorithm
        self.issuer = server.url
        self.jwks_url = f"{server.url}/.well-known/jwks.json"

    @abstractmethod
    async def subject(self, token: str) -> str | None:
        """Who a token says is asking; None if it is refused."""


class PyJwt(Stranger):
    """PyJWT with its client for key sets, as in docs/verify.md."""

    def __init__(self, server: Server, algorithm: str) -> None:
        """Keep the client, which keeps the keys."""
        super().__init__(server, algorithm)
        self._keys = jwt.PyJWKClient(self.jwks_url)

    async def subject(self, token: str) -> str | None:
        """On a thread, since it waits for the network."""
        return await run_sync(self._subject, token)

    def _subject(self, token: str) -> str | None:
        try:
            claims = jwt.decode(
                token,
                self._keys.get_signing_key_from_jwt(token),
                algorithms=[self.algorithm],
                issuer=self.issuer,
                audience=self.issuer,
                options={"require": ["exp", "iat", "sub", "sid", "jti"]},
            )
        except jwt.PyJWTError:
            return None
        return str(claims["sub"])


class Joserfc(Stranger):
    """joserfc, with a key set that it is handed."""

    async def subject(self, token: str) -> str | None:
        """With the key set of now."""
        async with httpx.AsyncClient(timeout=60) as client:
            published = (await client.get(self.jwks_url)).json()
        keys = joserfc.jwk.KeySet.import_key_set(published)
        rules = joserfc.jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.issuer},
        )
        try:
            read = joserfc.jwt.decode(token, keys, algorithms=[self.algorithm])
            rules.validate(read.claims)
        except (joserfc.errors.JoseError, ValueError):
            return None
        return str(read.claims["sub"])


class Ours(Stranger):
    """Our own verifier, over the same address."""

    def __init__(self, server: Server, algorithm: str) -> None:
        """Keep it, which keeps the keys."""
        super().__init__(server, algorithm)
        self._verifier = AccessTokenVerifier(
            self.jwks_url, issuer=self.issuer, audience=self.issuer
        )

    async def subject(self, token: str) -> str | None:
        """By its own rules, which know the algorithm from the key."""
        try:
            return str((await self._verifier.verify(token)).user_id)
        except Unauthenticated:
            return None


class Jose(Stranger):
    """Node's jose, in a process that keeps the keys as it likes."""

    def __init__(self, server: Server, algorithm: str, script: Path) -> None:
        """Start it."""
        super().__init__(server, algorithm)
        self._process = subprocess.Popen(  # noqa: S603 - ours
            [NODE, script, self.jwks_url, self.issuer, self.issuer],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    async def subject(self, token: str) -> str | None:
        """Write a line, read a line."""
        answer = json.loads(await run_sync(self._ask, token))
        return str(answer["payload"]["sub"]) if "payload" in answer else None

    def _ask(self, token: str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{token}\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> Path:
    """The scripts with what they need, as locked."""
    return installed(request, SOURCES, "strangers")


Meet = Callable[[Server, str], list[Stranger]]


@pytest.fixture
def meet(node: Path) -> Iterator[Meet]:
    """Make one of each, none of whom has seen the keys; they are gone when the test ends."""
    with ExitStack() as stack:

        def make(server: Server, algorithm: str) -> list[Stranger]:
            jose = Jose(server, algorithm, node / "jose.mjs")
            stack.callback(jose.close)
            return [jose, *(kind(server, algorithm) for kind in (PyJwt, Joserfc, Ours))]

        yield make


@asynccontextmanager
async def operator(server: Server) -> AsyncIterator[Auth]:
    """The rules, with the server's own settings."""
    settings = {
        name.removeprefix("AUTHBERRY_").lower(): value for name, value in server.environment.items()
    }
    async with Auth(Settings.load(**settings)) as auth:
        yield auth


async def log_in(server: Server, open_browser: OpenBrowser) -> str:
    """An access token of Ada's, from the server itself."""
    answer = data(await open_browser(server).ask(LOGIN, email="ada@example.com", password=PASSWORD))
    return str(answer["accessToken"])


async def until_published(server: Server, count: int) -> None:
    """Wait until the server shows so many keys: it reads them again every few seconds."""
    async with asyncio.timeout(60), httpx.AsyncClient(timeout=60) as client:
        url = f"{server.url}/.well-known/jwks.json"
        while len((await client.get(url)).json()["keys"]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.2)


async def subjects(strangers: list[Stranger], token: str) -> dict[str, str | None]:
    """Who each of them says is asking."""
    return {type(one).__name__: await one.subject(token) for one in strangers}


# RFC 9864 calls the same algorithm Ed25519, and joserfc says so; others do not know that name yet.
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated via RFC 9864")
@pytest.mark.one_process("its keys are looked at as they are read")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_strangers_verify_before_during_and_after_a_rotation(
    serve: Serve, open_browser: OpenBrowser, meet: Meet, algorithm: str
) -> None:
    """Those who came before, and those who come now; only a token for somebody else is refused."""
    server = serve(signing_algorithm=algorithm).until_ready()
    async with operator(server) as auth:
        ada = await person(auth, "ada@example.com")
        everybody = dict.fromkeys(("Jose", "PyJwt", "Joserfc", "Ours"), str(ada.id))
        nobody = dict.fromkeys(everybody)
        before = await log_in(server, open_browser)
        early = meet(server, algorithm)
        assert await subjects(early, before) == everybody
        assert await subjects(early, before[:-8] + "AAAAAAAA") == nobody

        key = (await auth.signing.keys.rotate()).key
        await until_published(server, 2)
        during = await log_in(server, open_browser)
        assert jwt.get_unverified_header(during)["kid"] != key.kid
        # By the time that the new key signs, everybody's copy of the set is as new as these.
        late = meet(server, algorithm)
        for strangers in (early, late):
            for token in (before, during):
                assert await subjects(strangers, token) == everybody

        with auth.database.use():
            await SigningKey.filter(kid=key.kid).update(activates_at=datetime.now(UTC))
    await run_sync(server.stop)
    await run_sync(server.start)
    after = await log_in(server, open_browser)
    assert jwt.get_unverified_header(after)["kid"] == key.kid
    for strangers in (late, meet(server, algorithm)):
        for token in (before, during, after):
            assert await subjects(strangers, token) == everybody


@contextmanager
def gateway(node: Path, server: Server, algorithm: str) -> Iterator[str]:
    """A gateway in a process of its own; returns where it is."""
    jwks_url = f"{server.url}/.well-known/jwks.json"
    process = subprocess.Popen(  # noqa: S603 - ours
        [NODE, node / "gateway.mjs", jwks_url, server.url, server.url, algorithm],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}/graphql"
    finally:
        process.communicate()


@pytest.mark.parametrize("algorithm", ["ES256", "RS256"])
async def test_a_gateway_verifies_and_says_who_is_asking(
    serve: Serve, open_browser: OpenBrowser, node: Path, algorithm: str
) -> None:
    """Hive Gateway with its JWT plugin: an API behind it has the claims, and checks nothing."""
    server = serve(signing_algorithm=algorithm).until_ready()
    async with operator(server) as auth:
        ada = await person(auth, "ada@example.com", roles=("admin",))
    token = await log_in(server, open_browser)
    with gateway(node, server, algorithm) as url:
        async with httpx.AsyncClient(timeout=60) as client:

            async def ask(token: str | None) -> Any:
                headers = {"Authorization": f"Bearer {token}"} if token else {}
                body = {"query": "{ who roles }"}
                return await client.post(url, json=body, headers=headers)

            assert (await ask(token)).json() == {"data": {"who": str(ada.id), "roles": ["admin"]}}
            for bad in (None, token[:-8] + "AAAAAAAA"):
                assert (await ask(bad)).status_code == 401
