"""Which pages of other origins may read an answer."""

import httpx
import pytest
from apps import PRODUCTION, MakeApp
from browser import Browser
from documents import LOGIN, ME
from people import PASSWORD
from rows import everything

from authberry.graph import Schema

OWN = "https://auth.example.com"
FRIEND = "https://app.example.com"
STRANGERS = [
    "null",
    "https://evil.example",
    "https://app.example.com.evil.example",
    "https://evil-app.example.com",
    "https://evilapp.example.com",
    "https://app.example.com:8443",
    "https://app.example.com:443",
    "http://app.example.com",
    "https://app.example.com.",
    "https://app.example.com/",
    "https://app_example.com",
    "https://APP.example.com",
    "https://app.example.com, https://evil.example",
    "http://localhost:3000",
    "http://127.0.0.1:8000",
    "*",
    "",
]
PREFLIGHT = {"Access-Control-Request-Method": "POST"}


@pytest.fixture
async def production_browser(make_app: MakeApp) -> Browser:
    """A browser at a service in production that allows one origin."""
    return Browser(await make_app(**PRODUCTION, allowed_origins=FRIEND), url=OWN)


def granted(response: httpx.Response) -> dict[str, str]:
    """What is allowed to the page that asked."""
    return {
        name: value
        for name, value in response.headers.items()
        if name.startswith("access-control-") and name != "access-control-expose-headers"
    }


async def test_listed_origins_may_read_and_send_credentials(
    production_browser: Browser, subtests: pytest.Subtests
) -> None:
    """By their exact name, and caches are told that the answer depends on it."""
    for origin in (OWN, FRIEND):
        with subtests.test(origin):
            response = await production_browser.ask(ME, headers={"Origin": origin})
            assert granted(response) == {
                "access-control-allow-origin": origin,
                "access-control-allow-credentials": "true",
            }
            exposed = response.headers["access-control-expose-headers"]
            assert exposed == "Retry-After, X-Request-Id"
            assert response.headers["vary"] == "Origin"


async def test_other_origins_may_not(
    production_browser: Browser, subtests: pytest.Subtests
) -> None:
    """No suffix, prefix, port, scheme or case of a listed one; not `null`, not loopback."""
    for origin in STRANGERS:
        with subtests.test(origin):
            response = await production_browser.ask(ME, headers={"Origin": origin})
            assert "access-control-allow-origin" not in response.headers
            assert "Origin" in response.headers["vary"]


async def test_without_an_origin_caches_are_told_as_well(production_browser: Browser) -> None:
    """Or the answer to a program would be kept for a page."""
    response = await production_browser.ask(ME, headers={"Origin": None})
    assert granted(response) == {}
    assert response.headers["vary"] == "Origin"


async def test_a_preflight_of_a_listed_origin_is_granted(production_browser: Browser) -> None:
    """With every header that it wants to send: tracers and GraphQL clients add their own."""
    wanted = "authorization, content-type, traceparent, sentry-trace, x-datadog-trace-id"
    response = await production_browser.send(
        "OPTIONS",
        headers={"Origin": FRIEND, **PREFLIGHT, "Access-Control-Request-Headers": wanted},
    )
    assert response.status_code == 200
    assert granted(response) == {
        "access-control-allow-origin": FRIEND,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": wanted,
        "access-control-max-age": "600",
    }
    assert "Origin" in response.headers["vary"]


async def test_a_preflight_of_anybody_else_is_refused(
    production_browser: Browser, subtests: pytest.Subtests
) -> None:
    """And no origin is named: a browser then sends no request."""
    for origin in STRANGERS:
        with subtests.test(origin):
            response = await production_browser.send(
                "OPTIONS", headers={"Origin": origin, **PREFLIGHT}
            )
            assert response.status_code == 400
            assert "access-control-allow-origin" not in response.headers
    asked = {"Origin": FRIEND, "Access-Control-Request-Method": "PUT"}
    assert (await production_browser.send("OPTIONS", headers=asked)).status_code == 400


async def test_a_preflight_is_answered_without_looking_at_what_it_is_for(
    make_app: MakeApp,
) -> None:
    """Whatever it carries, nothing is executed."""
    app = await make_app(allowed_origins=FRIEND)
    before = await everything(app.state.auth)
    registration = {
        "query": "mutation($e: String!, $p: String!)"
        " { register(email: $e, password: $p) { __typename } }",
        "variables": {"e": "eve@example.com", "p": PASSWORD},
    }
    response = await Browser(app).send(
        "OPTIONS", json=registration, headers={"Origin": FRIEND, **PREFLIGHT}
    )
    assert response.text == "OK"
    assert await everything(app.state.auth) == before


async def test_development_lets_every_loopback_page_in(
    browser: Browser, subtests: pytest.Subtests
) -> None:
    """A frontend's own server has a port of its own; a page of the net stays outside."""
    for origin, is_ours in (
        ("http://localhost:5173", True),
        ("http://127.0.0.1:3000", True),
        ("http://[::1]:3000", True),
        ("http://localhost:5173.evil.example", False),
        ("http://localhost.evil.example", False),
        ("http://evil.example/?http://localhost", False),
        ("null", False),
    ):
        with subtests.test(origin):
            response = await browser.ask(ME, headers={"Origin": origin})
            allowed = response.headers.get("access-control-allow-origin")
            assert allowed == (origin if is_ours else None)


async def test_no_answer_is_open_to_all_with_credentials(
    production_browser: Browser, browser: Browser, subtests: pytest.Subtests
) -> None:
    """The public keys are for everybody, and are the only thing that is; health is for nobody."""
    for somebody in (production_browser, browser):
        for method, path in (
            ("POST", "/graphql"),
            ("GET", "/graphql"),
            ("OPTIONS", "/graphql"),
            ("GET", "/.well-known/jwks.json"),
            ("OPTIONS", "/.well-known/jwks.json"),
            ("GET", "/health/live"),
            ("GET", "/health/ready"),
            ("GET", "/nothing"),
        ):
            with subtests.test(f"{method} {path}"):
                headers = {"Origin": "https://evil.example", **PREFLIGHT}
                grants = granted(await somebody.send(method, path, headers=headers))
                expected = "*" if path == "/.well-known/jwks.json" else None
                assert grants.get("access-control-allow-origin") == expected
                if expected:
                    assert "access-control-allow-credentials" not in grants


async def test_errors_can_be_read_by_pages_that_may_read_answers(
    production_browser: Browser,
) -> None:
    """Or a developer sees only "CORS error"."""
    for body in (b"garbage", b"[]", b"x" * 70_000):
        response = await production_browser.send(
            content=body, headers={"Origin": FRIEND, "Content-Type": "application/json"}
        )
        assert response.status_code in {400, 413}
        assert response.headers["access-control-allow-origin"] == FRIEND
    refused = await production_browser.ask(
        LOGIN, {"email": "a", "password": "b"}, headers={"Origin": FRIEND}
    )
    assert refused.headers["access-control-allow-origin"] == FRIEND


async def test_a_path_that_is_not_there_can_be_read_as_such(production_browser: Browser) -> None:
    """A typing error in an address is a 404 to its developer, and no "CORS error"."""
    for path in ("/graphq", "/", "/graphql/x"):
        asked = {"Origin": FRIEND, **PREFLIGHT, "Access-Control-Request-Headers": "content-type"}
        preflight = await production_browser.send("OPTIONS", path, headers=asked)
        assert (preflight.status_code, granted(preflight)["access-control-allow-origin"]) == (
            200,
            FRIEND,
        )
        response = await production_browser.send(path=path, json={}, headers={"Origin": FRIEND})
        assert response.status_code == 404
        assert granted(response)["access-control-allow-origin"] == FRIEND
        stranger = {"Origin": "https://evil.example"}
        refused = await production_browser.send(path=path, json={}, headers=stranger)
        assert "access-control-allow-origin" not in refused.headers


async def test_a_fault_can_be_read_by_pages_that_may_read_answers(
    production_browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its request id, which is what they report."""

    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Schema, "execute", fail)
    response = await production_browser.ask(ME, headers={"Origin": FRIEND})
    assert response.status_code == 500
    assert granted(response)["access-control-allow-origin"] == FRIEND
    assert "X-Request-Id" in response.headers["access-control-expose-headers"]


async def test_what_is_for_nobody_s_pages_has_no_grant(production_browser: Browser) -> None:
    """Not for those of an allowed origin either: they have no business there."""
    for path in ("/health/live", "/health/ready", "/account/", "/oauth/introspect"):
        response = await production_browser.send("GET", path, headers={"Origin": FRIEND})
        is_there = response.status_code != 404
        assert (granted(response) == {}) is is_there
