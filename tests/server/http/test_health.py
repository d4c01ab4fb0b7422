"""Whether the process runs, whether it can serve, and its public keys."""

import base64
import json

import pytest
from apps import MakeApp
from browser import Browser
from frozen_clock import FrozenClock
from people import begin
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import Database, DatabaseUnavailable, User
from authberry.signing.keys import UNKNOWN_KEY_INTERVAL

JWKS = "/.well-known/jwks.json"


async def test_a_process_that_runs_says_so(browser: Browser) -> None:
    """Live and ready are two questions."""
    for path in ("/health/live", "/health/ready"):
        response = await browser.send("GET", path)
        assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_without_its_database_a_process_is_live_and_not_ready(
    app: Starlette, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To kill it would help nobody. The reason says nothing of where the database is."""

    async def away(_: Database) -> None:
        raise DatabaseUnavailable("postgres://admin:hunter2@10.0.0.5")

    monkeypatch.setattr(Database, "pending_migrations", away)
    ready = await browser.send("GET", "/health/ready")
    assert (ready.status_code, ready.json()) == (
        503,
        {"status": "unavailable", "reason": "database unreachable"},
    )
    assert (await browser.send("GET", "/health/live")).status_code == 200


async def test_tables_that_are_behind_are_not_ready(
    app: Starlette, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load balancer then waits for the migration."""

    async def pending(_: Database) -> list[str]:
        return ["0002_later"]

    monkeypatch.setattr(Database, "pending_migrations", pending)
    ready = await browser.send("GET", "/health/ready")
    assert (ready.status_code, ready.json()) == (
        503,
        {"status": "unavailable", "reason": "migrations pending"},
    )


@pytest.mark.one_process("the others see a rotation a moment later")
async def test_the_keys_are_public_halves_and_nothing_else(auth: Auth, browser: Browser) -> None:
    """For every site to read and to keep for some minutes (RFC 7517)."""
    await auth.signing.keys.rotate()
    response = await browser.send("GET", JWKS)
    assert response.headers["content-type"] == "application/jwk-set+json"
    assert response.headers["cache-control"] == "public, max-age=300"
    keys = response.json()["keys"]
    assert len({key["kid"] for key in keys}) == len(keys) == 2
    for key in keys:
        assert set(key) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")


async def test_a_key_made_by_another_process_is_soon_there(
    make_app: MakeApp, browser: Browser, clock: FrozenClock
) -> None:
    """As when one that was stolen is replaced: whoever verifies then asks, whichever server."""
    other: Auth = (await make_app()).state.auth
    added = await other.signing.keys.rotate(immediately=True)
    clock.tick(UNKNOWN_KEY_INTERVAL)
    for _ in range(2):
        keys = (await browser.send("GET", JWKS)).json()["keys"]
        assert added.key.kid in {key["kid"] for key in keys}


@pytest.mark.one_process("the others see a rotation a moment later")
async def test_the_key_of_every_token_is_there(auth: Auth, ada: User, browser: Browser) -> None:
    """Before, during and after a rotation."""
    kids = set()
    for _ in range(2):
        issued = await begin(auth, ada)
        header = issued.access_token.value.split(".")[0]
        kids.add(json.loads(base64.urlsafe_b64decode(header + "=="))["kid"])
        await auth.signing.keys.rotate(immediately=True)
    assert len(kids) == 2
    published = {key["kid"] for key in (await browser.send("GET", JWKS)).json()["keys"]}
    assert kids <= published


async def test_symmetric_keys_are_not_published(make_app: MakeApp) -> None:
    """They have no public half."""
    browser = Browser(await make_app(signing_algorithm="HS256"))
    assert (await browser.send("GET", JWKS)).json() == {"keys": []}
