"""GraphQL over HTTP: methods, media types and statuses (the specification's first edition)."""

import asyncio
import json
from typing import Any

import httpx
import pytest
from apps import PRODUCTION, MakeApp
from browser import Browser, codes
from documents import LOGIN, LOGOUT, ME
from rows import everything

from authberry import Auth, Issued

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
TYPENAME = "{ __typename }"


def media_type(response: httpx.Response) -> str:
    """The media type of an answer, which is in UTF-8."""
    name, _, parameter = response.headers["content-type"].partition("; ")
    assert parameter in {"charset=utf-8", ""}
    return str(name)


async def test_the_client_chooses_the_media_type(
    browser: Browser, subtests: pytest.Subtests
) -> None:
    """By what it likes best; the newer one only for those who know it."""
    for accept, expected in (
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        (RESPONSE.upper(), RESPONSE),
        (f"{RESPONSE}; charset=utf-8", RESPONSE),
        (f"{RESPONSE}, {JSON}", RESPONSE),
        (f"{JSON}, {RESPONSE}", JSON),
        (f"{JSON}; q=0.9, {RESPONSE}", RESPONSE),
        (f"{RESPONSE}; q=0.1, {JSON}; q=0.2", JSON),
        (f"{RESPONSE};charset=utf-8, {JSON};charset=utf-8", RESPONSE),
        (f"text/html, {RESPONSE}; q=0.5, */*; q=0.1", RESPONSE),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
    ):
        with subtests.test(accept=accept):
            response = await browser.ask(TYPENAME, headers={"Accept": accept})
            assert response.status_code == 200
            assert media_type(response) == expected
            assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_client_that_takes_neither_is_told_so(
    auth: Auth, browser: Browser, in_browser: Issued, subtests: pytest.Subtests
) -> None:
    """Before anything is done: an answer that cannot be read must have no effect."""
    before = await everything(auth)
    for accept in ("text/html", "text/plain", "image/*", f"{JSON};q=0", "x", f"{JSON};q=nan", ","):
        with subtests.test(accept):
            response = await browser.ask(LOGOUT, headers={"Accept": accept})
            assert response.status_code == 406
            assert codes(response) == ["BAD_REQUEST"]
    assert await everything(auth) == before


async def test_a_request_is_json_in_utf_8(browser: Browser, subtests: pytest.Subtests) -> None:
    """Anything else is something that a form could send, or that two programs read differently."""
    body = json.dumps({"query": TYPENAME})
    for content_type, status in (
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("application/json;charset=UTF-8", 200),
        ('application/json; charset="utf-8"', 200),
        ("Application/JSON", 200),
        (" application/json ", 200),
        ("application/json; charset=utf-16", 415),
        ("application/json; charset=latin-1", 415),
        ("application/json; Charset=latin-1", 415),
        ("application/graphql+json", 415),
        ("application/graphql", 415),
        ("application/jsonx", 415),
        ("text/json", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
        (None, 415),
    ):
        with subtests.test(content_type=content_type):
            response = await browser.send(content=body, headers={"Content-Type": content_type})
            assert response.status_code == status
            assert media_type(response) == JSON


# Body, status with the older media type, status with the newer one, whether there is data.
REQUESTS: dict[str, tuple[dict[str, Any], int, int, bool]] = {
    "success": ({"query": TYPENAME}, 200, 200, True),
    "a field refuses": ({"query": ME}, 200, 294, True),
    "one of two refuses": ({"query": "{ __typename me { id } }"}, 200, 294, True),
    "cannot be parsed": ({"query": "{"}, 200, 400, False),
    "cannot be validated": ({"query": "{ nope }"}, 200, 422, False),
    "too large": ({"query": "{ " + "me { id } " * 21 + "}"}, 200, 422, False),
    "a variable does not fit": ({"query": LOGIN, "variables": {"email": 1}}, 200, 400, False),
    "no such operation": ({"query": TYPENAME, "operationName": "X"}, 200, 400, False),
    "no operation named": ({"query": "query A {me{id}} query B {me{id}}"}, 200, 400, False),
    "no query": ({}, 400, 400, False),
    "variables are a list": ({"query": TYPENAME, "variables": []}, 400, 400, False),
}


async def test_each_outcome_has_its_status(browser: Browser, subtests: pytest.Subtests) -> None:
    """The older media type says 200 to whatever is well-formed, the newer one what happened."""
    for outcome, (body, older, newer, has_data) in REQUESTS.items():
        for accept, status in ((JSON, older), (RESPONSE, newer)):
            with subtests.test(outcome, accept=accept):
                response = await browser.send(json=body, headers={"Accept": accept})
                assert response.status_code == status
                assert ("data" in response.json()) is has_data
                assert ("errors" in response.json()) is (outcome != "success")
                assert media_type(response) in {accept, JSON}
                if status < 300:
                    assert media_type(response) == accept


async def test_the_optional_parameters_may_be_null_and_others_are_ignored(
    browser: Browser,
) -> None:
    """Clients send what they have; what is added later must not break them."""
    body = {"query": TYPENAME, "variables": None, "operationName": None, "extensions": None}
    for more in ({}, {"id": "persisted"}, {"extensions": {"trace": True}}, {"variables": {"x": 1}}):
        response = await browser.send(json={**body, **more})
        assert response.json() == {"data": {"__typename": "Query"}}


async def test_an_operation_is_chosen_by_its_name(browser: Browser) -> None:
    """From several in one document."""
    document = "query A { a: __typename } query B { b: __typename }"
    for name in ("A", "B"):
        response = await browser.send(json={"query": document, "operationName": name})
        assert response.json() == {"data": {name.lower(): "Query"}}


async def test_an_operation_that_takes_too_long_is_given_up(
    auth: Auth, browser: Browser, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the time to wait, in any media type; nobody waits longer than that."""

    async def hang(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr("authberry.server.graphql_over_http.endpoint.OPERATION_TIMEOUT", 0.05)
    monkeypatch.setattr(type(auth.sessions.viewers), "viewer", hang)
    for accept in (JSON, RESPONSE):
        response = await browser.ask(
            ME, token=issued.access_token.value, headers={"Accept": accept}
        )
        assert response.status_code == 503
        assert response.headers["retry-after"] == "1"
        assert codes(response) == ["SERVICE_UNAVAILABLE"]
        assert "data" not in response.json()


# GET


async def test_development_answers_queries_by_get(browser: Browser, issued: Issued) -> None:
    """With every parameter in the address, and the token in its header."""
    response = await browser.send(
        "GET",
        params={
            "query": "query A($no: Boolean!) { me { name id @skip(if: $no) } }"
            " query B { session { id } }",
            "variables": '{"no": true}',
            "operationName": "A",
        },
        headers={"Authorization": f"Bearer {issued.access_token.value}"},
    )
    assert response.json() == {"data": {"me": {"name": "Ada"}}}


async def test_production_answers_nothing_by_get(production: object, make_app: MakeApp) -> None:
    """Addresses are logged and cached everywhere."""
    browser = Browser(production, url=PRODUCTION["public_url"])
    for params in ({"query": TYPENAME}, {}, {"query": "mutation { logout { __typename } }"}):
        response = await browser.send("GET", params=params)
        assert response.status_code == 405
        assert response.headers["allow"] == "POST"
        assert codes(response) == ["BAD_REQUEST"]


async def test_a_mutation_by_get_is_refused_and_does_nothing(
    auth: Auth, browser: Browser, in_browser: Issued, subtests: pytest.Subtests
) -> None:
    """An image on another site is a GET with cookies."""
    before = await everything(auth)
    for query, name in (
        ("mutation { logout { __typename } }", None),
        ("mutation { refreshToken { __typename } }", None),
        ("query A { __typename } mutation B { logout { __typename } }", "B"),
        ("mutation A { logout { __typename } } query B { __typename }", "A"),
    ):
        for accept in (JSON, RESPONSE, "text/html, */*"):
            with subtests.test(query, accept=accept):
                params = {"query": query, **({"operationName": name} if name else {})}
                response = await browser.send("GET", params=params, headers={"Accept": accept})
                assert response.status_code == 405
                assert "POST" in response.headers["allow"]
                assert codes(response) == ["BAD_REQUEST"]
                assert "set-cookie" not in response.headers
    assert await everything(auth) == before


async def test_a_malformed_get_is_a_400(browser: Browser, subtests: pytest.Subtests) -> None:
    """Whatever stands in the address."""
    for address in (
        "/graphql",
        "/graphql?query=",
        "/graphql?query=%FF%FE",
        "/graphql?query={__typename}&variables=x",
        "/graphql?query={__typename}&variables=[]",
        "/graphql?query={__typename}&variables=1e999",
        "/graphql?query={__typename}&variables=%FF",
        "/graphql?query={__typename}&variables=" + "[" * 5000,
        "/graphql?query={__typename}&extensions=7",
        "/graphql?%00",
        "/graphql?query[]=x",
    ):
        with subtests.test(address[:60]):
            response = await browser.send("GET", address, headers={"Accept": RESPONSE})
            assert response.status_code == 400
            assert set(codes(response)) <= {"BAD_REQUEST", "GRAPHQL_PARSE_FAILED"}


async def test_head_is_get_without_a_body(browser: Browser) -> None:
    """For whoever checks whether it is there."""
    response = await browser.send("HEAD", params={"query": TYPENAME})
    assert response.status_code == 200


async def test_other_methods_are_not_served(browser: Browser, subtests: pytest.Subtests) -> None:
    """And say which are."""
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY", "X"):
        with subtests.test(method):
            response = await browser.send(method, json={"query": TYPENAME})
            assert response.status_code == 405
            assert "POST" in response.headers["allow"]
            assert codes(response) == ["BAD_REQUEST"]


# GraphiQL


async def test_a_browser_in_development_is_shown_graphiql(browser: Browser) -> None:
    """With a policy of its own, which lets it speak to this service only."""
    for accept in ("text/html", "text/html,application/xhtml+xml,*/*;q=0.8"):
        response = await browser.send("GET", headers={"Accept": accept})
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert "GraphiQL" in response.text
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "connect-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy


async def test_graphiql_is_a_setting(make_app: MakeApp) -> None:
    """Off in production unless an operator wants it, and off in development where nobody does."""
    html = {"Accept": "text/html"}
    for settings, status in (
        (PRODUCTION, 404),
        ({**PRODUCTION, "graphiql": True}, 200),
        ({"graphiql": False}, 404),
    ):
        app = await make_app(**settings)
        response = await Browser(app).send("GET", headers=html)
        assert response.status_code == status
        if status == 404:
            assert codes(response) == ["BAD_REQUEST"]


async def test_there_is_no_websocket(app: Any) -> None:
    """There is nothing to subscribe to, and no response that could set a cookie."""
    for path in ("/graphql", "/", "/health/live"):
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, Any], sent: list[dict[str, Any]] = sent) -> None:
            sent.append(message)

        scope = {"type": "websocket", "path": path, "headers": [], "query_string": b"",
                 "subprotocols": ["graphql-transport-ws"], "root_path": "", "app": app,
                 "extensions": {}}  # fmt: skip
        await app(scope, receive, send)
        assert [message["type"] for message in sent] == ["websocket.close"]
