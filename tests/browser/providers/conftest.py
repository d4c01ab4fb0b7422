"""A server with buttons for providers, and those providers: strangers, one that posts, one away."""

import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from account_pages import Profile
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from node import installed
from oidc_provider import CLIENT_ID, CLIENT_SECRET, SOURCES, oidc_provider
from people import PASSWORD
from playwright.async_api import BrowserContext, Route
from processes import DEFAULTS, Server, rules_on
from provider_pages import PostingProvider
from smtp import MailServer

from authberry import Auth
from authberry.models import User
from bench.local_servers import free_port

STRANGERS = ("acme", "other")
APPLE_KEY = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)
UNLIMITED = (
    "register_attempts",
    "refresh_attempts",
    "session_attempts",
    "change_attempts",
    "link_attempts",
    "login_attempts_per_address",
    "mail_attempts_per_address",
)


@pytest.fixture(scope="session")
def port() -> int:
    """Where our server is, which providers have to know before it starts."""
    return free_port()


@pytest.fixture(scope="session")
def issuers(request: pytest.FixtureRequest, port: int) -> Iterator[Mapping[str, str]]:
    """Two certified providers, at which this server is registered."""
    folder = installed(request, SOURCES, "provider-strangers")
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                oidc_provider(folder, [f"http://localhost:{port}/external/{name}/callback"])
            )
            for name in STRANGERS
        }


@pytest.fixture(scope="session")
def away() -> Iterator[str]:
    """The issuer of a provider that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.fixture(scope="session")
def apple_port() -> int:
    """Where the provider that posts is, once a test wants it."""
    return free_port()


@pytest.fixture
async def apple(apple_port: int) -> AsyncIterator[PostingProvider]:
    """A provider in the shape of Apple."""
    provider = PostingProvider(apple_port)
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture(scope="session")
def providers(issuers: Mapping[str, str], away: str, apple_port: int) -> dict[str, object]:
    """What the environment of the server says of them."""
    client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "private_addresses": "true"}
    each: dict[str, dict[str, str]] = {
        name: {**client, "issuer": issuer, "trust_email": "true"}
        for name, issuer in issuers.items()
    }
    each["away"] = {**client, "issuer": away}
    each["apple"] = {
        "client_id": "our-client:1",
        "issuer": f"http://127.0.0.1:{apple_port}",
        "team_id": "TEAM123456",
        "key_id": "KEY1234567",
        "private_key": APPLE_KEY,
        "private_addresses": "true",
        "trust_email": "true",
    }
    options = {
        f"provider_{name}_{option}": value
        for name, settings in each.items()
        for option, value in settings.items()
    }
    return {"providers": ",".join(each), **options}


@pytest.fixture(scope="session")
def settings(
    port: int, mail_server: MailServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, object]:
    """What else it says."""
    return {
        "database_url": f"sqlite://{tmp_path_factory.mktemp('providers')}/authberry.db",
        "public_url": f"http://localhost:{port}",
        "smtp_url": mail_server.url,
        "mail_from": "Example <no-reply@example.com>",
        "service_name": "Example",
        **dict.fromkeys(UNLIMITED, "off"),
    }


@pytest.fixture(scope="session")
def server(
    settings: dict[str, object],
    providers: dict[str, object],
    port: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Server]:
    """A server whose address is a name, so that its providers are another site."""
    folder: Path = tmp_path_factory.mktemp("server")
    server = Server(folder, {**DEFAULTS, **settings, **providers}, port=port)
    with server:
        server.url = str(settings["public_url"])
        yield server


@pytest.fixture(scope="session")
async def rules(server: Server, settings: dict[str, object]) -> AsyncIterator[Auth]:
    """The rules on its database, to look at rows."""
    async with rules_on(**settings) as auth:  # type: ignore[arg-type]
        yield auth


@pytest.fixture
def browser_of(browser_of: Profile) -> Profile:
    """Give somebody a browser in which no site is reached but those of the test.

    The pages of `oidc-provider` ask for letters elsewhere, and wait for them.
    """

    async def open_(**options: Any) -> BrowserContext:
        profile = await browser_of(**options)
        await profile.route("https://**/*", _nothing)
        return profile

    return open_


async def _nothing(route: Route) -> None:
    await route.fulfill(content_type="text/css", body="")


@pytest.fixture
async def ada(rules: Auth, address: str) -> User:
    """Ada, who has an account here with a password, and whose address is confirmed."""
    user = await rules.accounts.create(address, PASSWORD, "Ada")
    with rules.database.use():
        await User.filter(id=user.id).update(email_verified=True)
        return await User.get(id=user.id)
