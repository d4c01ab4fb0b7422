"""A fleet as `docs/nginx.conf` has it: restarted, re-keyed and counted in common.

`FLEET_ROUNDS` is how often everything is restarted amid new keys.
"""

import os
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.to_thread import run_sync
from apps import SECRET, person
from browser import data
from command_line import run
from database_servers import Valkey
from documents import LOGIN, REFRESH_TOKEN, SESSION
from nginx import Nginx
from people import PASSWORD, begin
from processes import Serve, Server, rolling_restart
from rows import session_row
from simulated_users import SimulatedUsers

from authberry import Auth

ROUNDS = int(os.environ["FLEET_ROUNDS"])
PAUSE = 0.005  # seconds between two acts of one person
NEW_SECRET = "dGhlIGtleSB0aGF0IGlzIHRvIGNvbWUsIGZvciB0ZXN0cyBvbmx5"
MANY = "1000000/minute"
UNHURT = {
    "refresh_window": 5,
    "refresh_attempts": MANY,
    "session_attempts": MANY,
    "change_attempts": MANY,
    "login_attempts": MANY,
    "login_attempts_per_account": MANY,
    "login_attempts_per_address": MANY,
    "login_attempts_in_all": MANY,
    "log_level": "info",
}


@pytest.fixture
def production(nginx: Nginx, valkey: Valkey) -> dict[str, object]:
    """How each server is set."""
    return {
        "env": "production",
        "public_url": nginx.url,
        "trusted_proxies": "127.0.0.1/32",
        "throttle_url": valkey.url,
    }


@pytest.fixture
def two_servers(serve: Serve, production: dict[str, object]) -> list[Server]:
    """Two servers for simulated users."""
    return [serve(**production, **UNHURT).until_ready() for _ in range(2)]


async def test_rolling_restarts_amid_new_keys_fail_nobody(
    two_servers: list[Server], nginx: Nginx, rules: Auth, tmp_path: Path
) -> None:
    """Nginx has no health checks; connections are refused meanwhile, and never reset."""
    nginx.start(two_servers)
    async with SimulatedUsers(nginx.browser, rules, pause=PAUSE) as users:
        for _ in range(ROUNDS):
            for options in ([], ["--immediately"]):
                rotated = await run_sync(
                    run, tmp_path, two_servers[0].environment, "keys", "rotate", *options
                )
                assert rotated.code == 0, rotated.err
            await rolling_restart(two_servers[:1])
            await users.until_everybody_has_refreshed()
            await rolling_restart(two_servers[1:])
            await users.until_everybody_has_refreshed()
    assert users.failures == []
    assert min(users.answers.values()) > 20
    assert len(users.kids) == 1 + ROUNDS


async def test_a_new_secret_fails_nobody_who_has_refreshed_with_it(
    two_servers: list[Server], nginx: Nginx, rules: Auth
) -> None:
    """Behind the old one, in front of it, alone; only who slept all the while must log in."""
    nginx.start(two_servers)
    sleeper = await begin(rules, await person(rules, "sleeper@example.com"))
    async with SimulatedUsers(nginx.browser, rules, pause=PAUSE) as users:
        await rolling_restart(two_servers, secret=f"{SECRET},{NEW_SECRET}")
        await rolling_restart(two_servers, secret=f"{NEW_SECRET},{SECRET}")
        await users.until_everybody_has_another_token()
        await rolling_restart(two_servers, secret=NEW_SECRET)
        await users.until_everybody_has_refreshed()
    assert users.failures == []
    assert min(users.answers.values()) > 20
    browser = nginx.browser()
    late = await browser.ask(REFRESH_TOKEN, refreshToken=sleeper.refresh_token)
    await browser.close()
    assert data(late)["__typename"] == "RefreshTokenInvalid"
    assert (await session_row(rules, sleeper))["revoked_at"] is None


async def test_an_address_is_the_client_s_and_a_budget_is_common(
    serve: Serve, production: dict[str, object], nginx: Nginx, rules: Auth
) -> None:
    """Five guesses in all, on whichever server; an address that the client claims is not believed.

    Another address has a budget of its own, and the owner gets in.
    """
    nginx.start([serve(**production).until_ready() for _ in range(2)])
    await person(rules, "ada@example.com")
    guesser, owner = nginx.browser("127.0.0.2"), nginx.browser("127.0.0.3")
    kinds = []
    for number in range(6):
        forged = {"X-Forwarded-For": f"203.0.113.{number}"}
        guess = {"email": "ada@example.com", "password": "a wrong one"}
        kinds.append(data(await guesser.ask(LOGIN, guess, headers=forged))["__typename"])
    assert kinds == ["InvalidCredentials"] * 5 + ["TooManyAttempts"]
    login = data(await owner.ask(LOGIN, email="ada@example.com", password=PASSWORD))
    assert login["__typename"] == "AuthPayload"
    session = data(await owner.ask(SESSION, token=login["accessToken"]))
    assert session["ipAddress"] == "127.0.0.3"
    assert list(owner.cookies) == ["__Host-refresh_token"]
    for browser in (guesser, owner):
        await browser.close()


APP = "https://app.example.com"
AWAY = {
    "message": "The service cannot answer right now. Try again shortly.",
    "extensions": {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1},
}


def said(answer: httpx.Response, origin: str | None) -> Any:
    """What nginx says itself; and a page of an origin can read it, or cannot."""
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Vary"] == "Origin"
    assert answer.headers.get("Access-Control-Allow-Origin") == origin
    assert answer.headers.get("Access-Control-Allow-Credentials") == (origin and "true")
    (error,) = answer.json()["errors"]
    return answer.status_code, error


async def test_nginx_listens_at_ipv6_too(two_servers: list[Server], nginx: Nginx) -> None:
    """What it passes on has the headers of Authberry and none of its own."""
    nginx.start(two_servers)
    answer = await nginx.request(f"{nginx.url_by_ipv6}/health/ready", "GET")
    assert (answer.status_code, answer.headers.get("Retry-After")) == (200, None)


@pytest.mark.parametrize("origin", [APP, "https://evil.example", None])
async def test_nginx_says_in_json_that_every_server_is_away(
    two_servers: list[Server], nginx: Nginx, origin: str | None
) -> None:
    """To pages of allowed origins with the headers that let them read it, and to no others."""
    nginx.start(two_servers)
    for server in two_servers:
        server.kill()
    headers = {"Origin": origin} if origin else {}
    answer = await nginx.request(f"{nginx.url}/graphql", json={"query": "{ me }"}, headers=headers)
    assert said(answer, APP if origin == APP else None) == (502, AWAY)
    assert answer.headers["Retry-After"] == "1"


async def test_nginx_says_in_json_that_no_server_answers_in_time(
    two_servers: list[Server], nginx: Nginx
) -> None:
    """A process that is stopped takes connections, and answers none."""
    nginx.start(two_servers, proxy_read_timeout="1s")
    for server in two_servers:
        server.signal(signal.SIGSTOP)
    try:
        answer = await nginx.request(f"{nginx.url}/graphql", json={}, headers={"Origin": APP})
    finally:
        for server in two_servers:
            server.signal(signal.SIGCONT)
    assert said(answer, APP) == (504, AWAY)


async def test_nginx_says_in_json_that_a_body_is_too_large(
    two_servers: list[Server], nginx: Nginx
) -> None:
    """Where Authberry would: a body of 64 KiB passes, and one byte more does not."""
    nginx.start(two_servers)
    url, headers = f"{nginx.url}/graphql", {"Origin": APP, "Content-Type": "application/json"}
    passed = await nginx.request(url, content=b" " * 65536, headers=headers)
    refused = await nginx.request(url, content=b" " * 65537, headers=headers)
    assert (passed.status_code, "X-Request-Id" in passed.headers) == (400, True)
    sentence = "The body may have 65536 bytes at most."
    wrong = {"message": sentence, "extensions": {"code": "BAD_REQUEST"}}
    assert said(refused, APP) == (413, wrong)
    longer = await nginx.request(f"{nginx.url}/{'a' * 9000}", headers=headers)
    assert said(longer, None)[0] == 414  # it is refused before its Origin is read


async def test_nginx_says_in_json_that_there_are_too_many_requests(
    two_servers: list[Server], nginx: Nginx
) -> None:
    """With the bound that the file has behind a `#`, made low."""
    zone = "$binary_remote_addr zone=authberry:1m rate=1r/m"
    nginx.start(two_servers, limit_req_zone=zone, limit_req="zone=authberry")
    answer = await nginx.request(f"{nginx.url}/graphql", json={}, headers={"Origin": APP})
    wait = {"code": "TOO_MANY_ATTEMPTS", "retryAfter": 1}
    wrong = {"message": "Too many attempts. Try again later.", "extensions": wait}
    assert said(answer, APP) == (429, wrong)
    assert answer.headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert answer.headers["Retry-After"] == "1"
