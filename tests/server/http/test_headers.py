"""The headers that every answer has (OWASP HTTP Headers Cheat Sheet)."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from apps import PRODUCTION, MakeApp
from browser import Browser, codes
from documents import LOGIN, ME
from log_lines import LogLines
from people import PASSWORD
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import Database, DatabaseUnavailable

JSON_TYPE = {"Content-Type": "application/json"}
HTML = {"Accept": "text/html"}
STRICT = "default-src 'none'; frame-ancestors 'none'"

# Method, path, headers, body, status: every route with every status it has.
ANSWERS: list[tuple[str, str, Mapping[str, str], bytes, int]] = [
    ("POST", "/graphql", JSON_TYPE, b'{"query": "{ __typename }"}', 200),
    ("POST", "/graphql", JSON_TYPE, b'{"query": "{ me { id } }"}', 200),
    ("POST", "/graphql", JSON_TYPE, b"garbage", 400),
    ("PUT", "/graphql", {}, b"", 405),
    ("POST", "/graphql", {**JSON_TYPE, **HTML}, b'{"query": "{ __typename }"}', 406),
    ("POST", "/graphql", JSON_TYPE, b" " * 70_000, 413),
    ("POST", "/graphql", {}, b"", 415),
    ("POST", "/graphql", {**JSON_TYPE, "Accept": "application/graphql-response+json"},
     b'{"query": "{ nope }"}', 422),
    ("POST", "/graphql", {**JSON_TYPE, "Accept": "application/graphql-response+json"},
     b'{"query": "{ me { id } }"}', 294),
    ("OPTIONS", "/graphql", {"Origin": "https://evil.example",
     "Access-Control-Request-Method": "POST"}, b"", 400),
    ("GET", "/.well-known/jwks.json", {}, b"", 200),
    ("POST", "/.well-known/jwks.json", {}, b"", 405),
    ("GET", "/.well-known/oauth-authorization-server", {}, b"", 200),
    ("POST", "/.well-known/oauth-authorization-server", {}, b"", 405),
    ("GET", "/health/live", {}, b"", 200),
    ("GET", "/health/ready", {}, b"", 200),
    ("GET", "/nothing", {}, b"", 404),
]  # fmt: skip


def check(response: httpx.Response, *, https: bool) -> None:
    """Compare what holds for all answers."""
    headers = response.headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    hsts = "max-age=63072000; includeSubDomains" if https else None
    assert headers.get("strict-transport-security") == hsts
    assert len(headers["x-request-id"]) == 16
    assert "server" not in headers
    assert "x-powered-by" not in headers
    is_page = headers["content-type"].startswith("text/html")
    assert ("default-src 'none'" if is_page else STRICT) in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    is_public = response.status_code == 200 and response.url.path.startswith("/.well-known/")
    assert headers["cache-control"] == ("public, max-age=300" if is_public else "no-store")
    for name in set(headers):
        assert name == "set-cookie" or len(headers.get_list(name)) == 1, name


@pytest.fixture
def both(app: Starlette, production: Starlette) -> list[tuple[Browser, bool]]:
    """A browser before each mode, and whether it is behind TLS."""
    return [
        (Browser(app), False),
        (Browser(production, url=PRODUCTION["public_url"]), True),
    ]


async def test_every_answer_has_the_headers(
    both: list[tuple[Browser, bool]], subtests: pytest.Subtests
) -> None:
    """Whatever the route and the status."""
    for browser, https in both:
        for method, path, headers, body, status in ANSWERS:
            with subtests.test(f"{method} {path} {status}", https=https):
                response = await browser.send(method, path, headers=headers, content=body)
                assert response.status_code == status
                check(response, https=https)


async def test_graphiql_has_them_too(browser: Browser) -> None:
    """Its policy is wider, and nothing else is."""
    response = await browser.send("GET", headers=HTML)
    check(response, https=False)


async def test_the_metrics_have_them_too(make_app: MakeApp) -> None:
    """Read, refused, and not to be written."""
    token = "fH3kPzLq8WvXn2RtYb6McJd9sGa4UeTo"
    bearer = {"Authorization": f"Bearer {token}"}
    for settings, https in (({}, False), (PRODUCTION, True)):
        browser = Browser(await make_app(**settings, metrics_token=token))
        for method, headers, status in (("GET", bearer, 200), ("GET", {}, 401), ("PUT", {}, 405)):
            response = await browser.send(method, "/metrics", headers=headers)
            assert response.status_code == status
            check(response, https=https)


async def test_what_services_are_told_has_them_too(make_app: MakeApp) -> None:
    """An answer, a refusal, and no client."""
    secret = "fH3kPzLq8WvXn2RtYb6McJd9sGa4UeTo"
    client = {"client_id": "billing", "client_secret": secret}
    for settings, https in (({}, False), (PRODUCTION, True)):
        browser = Browser(await make_app(**settings, oauth_clients=f"billing:{secret}"))
        for form, status in (({**client, "token": "x"}, 200), (client, 400), ({"token": "x"}, 401)):
            response = await browser.send("POST", "/oauth/introspect", data=form)
            assert response.status_code == status
            check(response, https=https)


async def test_an_answer_with_a_token_is_kept_by_no_cache(
    make_app: MakeApp, auth: Auth, browser: Browser
) -> None:
    """RFC 6749, section 5.1."""
    await auth.accounts.create("ada@example.com", PASSWORD)
    login = {"email": "ada@example.com", "password": PASSWORD}
    for transport in ("COOKIE", "BODY"):
        response = await browser.ask(LOGIN, {**login, "transport": transport})
        assert "accessToken" in response.text
        check(response, https=False)


async def test_a_fault_has_them_too_and_an_id_that_finds_it_in_the_log(
    both: list[tuple[Browser, bool]], log: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where not GraphQL but the code around it fails, the answer is as clean."""

    def fail(*_: Any) -> None:
        raise ZeroDivisionError("postgres://admin:hunter2@10.0.0.5")

    monkeypatch.setattr("authberry.server.http.health.JSONResponse", fail)
    monkeypatch.setattr("authberry.server.graphql_over_http.endpoint.negotiate", fail)
    log.start()
    for browser, https in both:
        for method, path in (("GET", "/health/live"), ("POST", "/graphql")):
            response = await browser.send(method, path, json={"query": ME})
            request_id = response.headers["x-request-id"]
            assert response.status_code == 500
            assert codes(response) == ["INTERNAL_SERVER_ERROR"]
            assert response.json()["errors"][0]["extensions"]["requestId"] == request_id
            assert "hunter2" not in response.text
            check(response, https=https)
            assert log.records[-1]["request_id"] == request_id
            assert "ZeroDivisionError" in log.records[-1]["exception"]
    assert len(log.records) == 4


async def test_a_database_that_is_away_has_them_too(
    app: Starlette, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 is an answer like the others."""

    async def fail(_: Database) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(Database, "pending_migrations", fail)
    response = await browser.send("GET", "/health/ready")
    assert response.status_code == 503
    check(response, https=False)
