"""Several processes that are one service, restarted and re-keyed while people use it."""

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from anyio.to_thread import run_sync
from apps import SECRET, person
from browser import Browser, data
from command_line import run
from documents import REFRESH_TOKEN
from http_balancer import HttpBalancer
from people import begin
from processes import OpenBrowser, Serve, Server, rolling_restart, until_refused
from simulated_users import SimulatedUsers

from authberry import Auth

pytestmark = pytest.mark.one_process("its servers are told apart")

NEW_SECRET = "dGhlIGtleSB0aGF0IGlzIHRvIGNvbWUsIGZvciB0ZXN0cyBvbmx5"
PUBLIC_URL = "http://127.0.0.1:9000"
DRAIN = 3  # seconds; the balancer asks thirty times as often
CROWDED = {
    "public_url": PUBLIC_URL,
    "refresh_window": 5,
    "refresh_attempts": "off",
    "session_attempts": "off",
    "change_attempts": "off",
    "login_attempts": "off",
    "login_attempts_per_account": "off",
    "login_attempts_per_address": "off",
    "log_level": "info",
}


@pytest.fixture
def two_servers(serve: Serve) -> list[Server]:
    """Two servers on one database, known by one name."""
    return [serve(drain=DRAIN, **CROWDED) for _ in range(2)]


def through(balancer: HttpBalancer) -> Callable[[], Browser]:
    """Open browsers that see one service."""
    return lambda: Browser(None, url=PUBLIC_URL, transport=balancer)


# Restarts


async def test_a_rolling_restart_amid_a_new_key_fails_nobody(
    two_servers: list[Server], rules: Auth, tmp_path: Path
) -> None:
    """Everybody's next request is answered, whichever process is gone just then.

    What a process signs that has read the new key, one verifies that has not; and old tokens stay
    good.
    """
    async with (
        HttpBalancer(two_servers) as balancer,
        SimulatedUsers(through(balancer), rules) as users,
    ):
        arguments = "keys", "rotate", "--immediately"
        rotated = await run_sync(run, tmp_path, two_servers[0].environment, *arguments)
        assert rotated.code == 0
        await rolling_restart(two_servers[:1], balancer.until_all_are_ready)
        await users.until_everybody_has_refreshed()
        await rolling_restart(two_servers[1:], balancer.until_all_are_ready)
        await users.until_everybody_has_refreshed()
    assert users.failures == []
    assert min(users.answers.values()) > 10
    assert len(users.kids) == 2


async def test_a_new_secret_fails_nobody(
    serve: Serve, rules: Auth, open_browser: OpenBrowser
) -> None:
    """Half of the fleet has it and half has not, and both serve everybody.

    The rules, which begin here, have made the signing key under the old secret.
    """
    both = {"secret": f"{SECRET},{NEW_SECRET}"}
    two = [serve(drain=DRAIN, **{**CROWDED, **both}) for _ in range(2)]
    sleeper = await begin(rules, await person(rules, "sleeper@example.com"))
    async with HttpBalancer(two) as balancer, SimulatedUsers(through(balancer), rules) as users:
        await rolling_restart(two, balancer.until_all_are_ready, secret=f"{NEW_SECRET},{SECRET}")
        await users.until_everybody_has_refreshed()
        await rolling_restart(two[:1], balancer.until_all_are_ready, secret=NEW_SECRET)
    assert users.failures == []
    assert min(users.answers.values()) > 10
    assert users.kids == {rules.signing.keys.signing().kid}
    # A session that nobody has refreshed since ends with the secret, where that is gone.
    for server, kind in zip(two, ("RefreshTokenInvalid", "AuthPayload"), strict=True):
        late = await open_browser(server).ask(REFRESH_TOKEN, refreshToken=sleeper.refresh_token)
        assert data(late)["__typename"] == kind


async def test_hup_replaces_the_workers_and_fails_nobody(serve: Serve, rules: Auth) -> None:
    """One listener, which never closes; connections that are kept move to the new workers."""
    server = serve(workers=2, **CROWDED).until_ready()
    before = server.children()
    async with SimulatedUsers(lambda: Browser(None, url=server.url), rules) as users:
        server.signal(signal.SIGHUP)
        await server.until_logged('"restarted"')
    assert users.failures == []
    assert min(users.answers.values()) > 10
    assert len(before) == len(server.children()) == len(before - server.children()) == 2
    assert server.stop() == 0


async def test_a_release_that_does_not_start_leaves_the_old_one_serving(
    serve: Serve, open_browser: OpenBrowser, tmp_path: Path
) -> None:
    """One worker tries it, the rest is not touched; once it is mended, all are replaced."""
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    # In production uvicorn says which workers have come up.
    production = {"env": "production", "public_url": "https://auth.example.com"}
    server = serve(workers=2, secret_file=secret, secret=None, **production)
    await server.until_logged("Application startup complete", times=2)
    before = server.children()
    secret.rename(tmp_path / "elsewhere")
    server.signal(signal.SIGHUP)
    await server.until_logged("the old ones go on")
    assert server.children() == before
    assert data(await open_browser(server).ask("{ __typename }")) == "Query"
    (tmp_path / "elsewhere").rename(secret)
    server.signal(signal.SIGHUP)
    await server.until_logged('"restarted"')
    assert len(server.children() - before) == 2


async def test_told_to_stop_it_is_not_ready_and_serves_until_that_is_known(
    serve: Serve, open_browser: OpenBrowser
) -> None:
    """`--drain` seconds long; the process is alive all the time, and ends well."""
    server = serve(drain=8)
    browser = open_browser(server)
    server.signal(signal.SIGTERM)
    while (ready := await browser.send("GET", "/health/ready")).is_success:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    assert (ready.status_code, ready.json()["reason"]) == (503, "stopping")
    assert (await browser.send("GET", "/health/live")).status_code == 200
    assert data(await open_browser(server).ask("{ __typename }")) == "Query"
    assert await run_sync(server.wait) == 0


async def test_what_is_on_its_way_when_the_listener_closes_is_answered(serve: Serve) -> None:
    """On a connection that was kept, and on one that was never used; each is then closed."""
    server = serve().until_ready()
    used, fresh, idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
    for connection in (used, idle):
        assert b"connection" not in await asked(connection)
    server.signal(signal.SIGTERM)
    await run_sync(until_refused, server.port)
    for reader, writer in (used, fresh):
        head = await asked((reader, writer))
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\nconnection: close\r\n" in head
        assert await reader.read() == b""
    assert await idle[0].read() == b""
    for _, writer in (used, fresh, idle):
        writer.close()
    assert await run_sync(server.wait) == 0


async def asked(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> bytes:
    """Ask whether it lives; returns the head of the answer."""
    reader, writer = connection
    writer.write(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(len(b'{"status":"ok"}'))
    return head
