"""Whatever stands in a header or a body is read as one thing, or refused as one.

Here are the headers, all of it at once, and how much work it is. What only one room reads has its
tests in that room: parameters and media types of GraphQL, forms, `traceparent`. Of the tokens
themselves, where they stand already without what is around them, the like is in
`tests/auth/signing/test_access_tokens.py` and `tests/auth/tokens/test_refresh_tokens.py`; of
addresses of e-mail in `tests/auth/test_email_addresses.py`.
"""

import json
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address

import pytest
from apps import MakeApp
from browser import Browser, codes
from documents import LOGOUT, ME, REFRESH_TOKEN
from hypothesis import given, settings
from hypothesis import strategies as st
from log_lines import LogLines
from nearly_right import (
    PROXIES,
    SETTINGS,
    authorizations,
    bodies,
    cookies,
    hops,
    mixed,
    request,
)

from authberry import Client, Issued
from authberry.errors import ErrorCode, Unauthenticated
from authberry.graph.context.clients import _spelt, client_of
from authberry.graph.context.cookies import MOST_COOKIES, RefreshTokenCookie
from authberry.graph.context.origins import GRAPHQL
from authberry.server.graphql_over_http.media_types import GRAPHQL_RESPONSE, JSON, negotiate
from authberry.server.graphql_over_http.parameters import (
    _decode,
    _is_json,
    parameters_of,
)
from authberry.server.http import Malformed
from authberry.server.oauth.client_credentials import InvalidClient
from authberry.server.observability.trace_context import trace_id_of
from authberry.settings import LOOPBACK_ORIGIN
from authberry.tokens.bearer import bearer_token


@pytest.fixture
async def behind_proxies(make_app: MakeApp) -> Browser:
    """What a proxy passes on to a server that believes it, and has services to serve."""
    services = "billing:c2VjcmV0IG9mIHRlc3RzIG9ubHksIG5vdCBmb3IgeW91"
    app = await make_app(trusted_proxies=PROXIES, oauth_clients=services)
    return Browser(app, address="10.0.0.1")


# Bearer


@settings(max_examples=300)
@given(st.lists(authorizations, max_size=2))
def test_a_bearer_token_is_what_stands_behind_the_scheme(headers: list[str]) -> None:
    """Or there is none, or it is refused; only what HTTP calls white space is around it."""
    try:
        token = bearer_token(headers)
    except Unauthenticated:
        assert len(headers) > 1
        return
    if token is None:
        assert not headers or not re.match(r"[ \t]*bearer( |[ \t]*$)", headers[0], re.IGNORECASE)
    else:
        assert re.fullmatch(r"[ \t]*bearer([ \t]*| .*)", headers[0], re.IGNORECASE | re.DOTALL)
        assert headers[0].strip(" \t").endswith(token)
        assert bearer_token([f"Bearer {token}"]) == token


@pytest.mark.parametrize("space", ["\xa0", "\x85", "\x1c", "\x0b"])
async def test_a_token_in_other_white_space_is_none(
    browser: Browser, issued: Issued, space: str
) -> None:
    """Python strips it, proxies and other services do not: two would read two tokens."""
    token = issued.access_token.value
    for header in (f"Bearer {token}{space}", f"{space}Bearer {token}", f"Bearer {space}{token}"):
        response = await browser.ask(ME, headers={"Authorization": header})
        assert codes(response) == ["UNAUTHENTICATED"]


# Cookie


@settings(max_examples=300)
@given(st.lists(cookies, max_size=3))
def test_cookies_of_the_name_are_read_and_no_others(headers: list[str]) -> None:
    """A few of them, never empty, to the letter; and what was read reads back."""
    cookie = RefreshTokenCookie(SETTINGS)
    values = cookie.read(request([("cookie", header) for header in headers]))
    assert len(values) <= MOST_COOKIES
    sent = ";".join(headers)
    for value in values:
        assert value
        assert ";" not in value
        assert re.search(rf"(^|;)[ \t]*refresh_token={re.escape(value)}[ \t]*(;|$)", sent)
    again = "; ".join(f"refresh_token={value}" for value in values)
    assert cookie.read(request([("cookie", again)])) == values


@pytest.mark.parametrize("space", ["\xa0", "\x85", "\x1c", "\x0c", "\x0b"])
async def test_a_cookie_whose_name_begins_with_other_white_space_is_not_ours(
    browser: Browser, issued: Issued, space: str
) -> None:
    """A neighbouring subdomain may set it: to a browser it does not begin with `__Host-`."""
    for name in (f"{space}refresh_token", f"refresh_token{space}"):
        response = await browser.send(
            json={"query": REFRESH_TOKEN},
            headers=[("Cookie", f"{name}={issued.refresh_token}".encode("latin-1"))],
        )
        assert response.json()["data"]["refreshToken"]["code"] == "REFRESH_TOKEN_MISSING"


# X-Forwarded-For


@settings(max_examples=300)
@given(hops, st.lists(hops, max_size=5), st.sampled_from([",", ", ", None]))
def test_a_client_s_address_is_one_in_its_usual_spelling(
    socket: str, forwarded: list[str], between: str | None
) -> None:
    """Or nothing is known; what a proxy of ours would pass on comes to the same."""
    values = forwarded if between is None else [between.join(forwarded)]
    sent = [("x-forwarded-for", value) for value in values]
    client = client_of(request(sent, address=socket), SETTINGS, "id")
    if client.address is None:
        assert client.network == "unknown"
        return
    assert str(ip_address(client.address)) == client.address
    assert not client.address.startswith("::ffff:")
    passed_on = request([("x-forwarded-for", client.address)], address="10.0.0.1")
    assert client_of(passed_on, SETTINGS, "id") == client
    network = client.network.partition("/")[0]
    assert Client(address=network).network == client.network


@settings(max_examples=100)
@given(st.lists(hops, max_size=5))
def test_nothing_is_believed_of_a_stranger(forwarded: list[str]) -> None:
    """However the header is written."""
    sent = [("x-forwarded-for", value) for value in forwarded]
    assert client_of(request(sent), SETTINGS, "id").address == "192.0.2.1"


async def test_strangers_cannot_fill_the_memory_with_addresses(behind_proxies: Browser) -> None:
    """What is longer than any address is not kept; nor is it one."""
    _spelt.cache_clear()
    for number in range(10):
        long = f"{number}." * 4000
        await behind_proxies.ask(REFRESH_TOKEN, refreshToken="x", headers={"X-Forwarded-For": long})
    assert _spelt.cache_info().currsize < 5


# Origin


@settings(max_examples=300)
@given(
    st.lists(
        mixed("https://app.example.com", "http://localhost", ":", "5173", "[::1]", "127.0.0.1")
        | mixed("null", "https://", "app.example.com", ".evil.example", "/", "@", "\n", " "),
        max_size=2,
    ),
    st.none() | mixed("same-origin", "none", "cross-site"),
)
def test_a_cookie_goes_to_listed_origins_only(origins: list[str], site: str | None) -> None:
    """To the letter: no prefix, no suffix, no second header."""
    headers = [("content-type", JSON), *(("origin", origin) for origin in origins)]
    if site is not None:
        headers.append(("sec-fetch-site", site))
    if GRAPHQL.may_use(request(headers), SETTINGS):
        if not origins:
            assert site in {None, "same-origin", "none"}
            return
        (origin,) = origins
        ours = {SETTINGS.origin, "https://app.example.com"}
        assert origin in ours or re.fullmatch(LOOPBACK_ORIGIN, origin, re.ASCII)
    else:
        assert len(origins) != 1 or not SETTINGS.allows_origin(origins[0])


# All of it at once


HEADERS = {
    "Authorization": authorizations,
    "Cookie": cookies | st.just("refresh_token=x"),
    "X-Forwarded-For": hops,
    "Accept": st.sampled_from([GRAPHQL_RESPONSE, "text/html", f"*/*;q=0.1, {GRAPHQL_RESPONSE}"]),
    "Origin": st.sampled_from(["http://127.0.0.1:8000", "null", "https://evil.example"]),
    "Host": mixed("127.0.0.1", ":", "evil.example", "/", "?", "@", "[", "]"),
    "Sec-Fetch-Site": st.sampled_from(["same-origin", "cross-site", "x"]),
    "Traceparent": mixed("00", "-", "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "01"),
    "User-Agent": st.text(st.characters(max_codepoint=255), max_size=8),
    "Access-Control-Request-Method": st.sampled_from(["POST", "X"]),
}
FORM = "application/x-www-form-urlencoded"
documents = st.sampled_from([ME, REFRESH_TOKEN, LOGOUT, "{ nope }", "{"]).map(
    lambda document: json.dumps({"query": document}).encode()
)
STATUSES = {200, 294, 400, 401, 404, 405, 406, 415, 422}


@settings(max_examples=300)
@given(
    method=st.sampled_from(["POST", "POST", "POST", "GET", "OPTIONS", "HEAD", "PUT"]),
    path=st.sampled_from(["/graphql", "/graphql", "/oauth/introspect", "/health/ready", "/x"]),
    headers=st.lists(
        st.one_of(*(st.tuples(st.just(name), values) for name, values in HEADERS.items())),
        max_size=5,
    ),
    kind=st.sampled_from([JSON, JSON, FORM, None]),
    body=bodies | documents | st.just(b"token=a.b.c&client_id=billing&client_secret=x"),
)
async def test_no_request_is_a_fault(
    behind_proxies: Browser,
    log: LogLines,
    method: str,
    path: str,
    headers: list[tuple[str, str]],
    kind: str | None,
    body: bytes,
) -> None:
    """Every answer has a status that is meant, a code of the catalogue, and no error in the log."""
    log.start(log_level="error")
    sent: list[tuple[str, str | bytes]] = [
        (name, value.encode("latin-1", "replace").strip()) for name, value in headers
    ]
    sent += [("Content-Type", kind)] if kind else []
    response = await behind_proxies.send(method, path, content=body, headers=sent)
    assert response.status_code in STATUSES
    if path == "/graphql" and "json" in response.headers["content-type"] and response.content:
        assert set(codes(response)) <= ErrorCode.__members__.keys() - {"INTERNAL_SERVER_ERROR"}
    assert log.text == ""


# Work


def work(act: Callable[[], object]) -> int:
    """How many calls Python makes for it, its own and those of what is written in C."""
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    sys.setprofile(note)
    try:
        with suppress(Malformed, Unauthenticated, InvalidClient):
            act()
    finally:
        sys.setprofile(None)
    return count


def reads(name: str, value: str) -> Callable[[], object]:
    """What reads a header of that name."""
    sent = request([(name, value)], address="10.0.0.1")
    return {
        "authorization": lambda: bearer_token([value]),
        "cookie": lambda: RefreshTokenCookie(SETTINGS).read(sent),
        "x-forwarded-for": lambda: client_of(sent, SETTINGS, "id"),
        "accept": lambda: negotiate.__wrapped__(value),
        "content-type": lambda: _is_json.__wrapped__(value),
        "traceparent": lambda: trace_id_of(sent.scope),
        "body": lambda: parameters_of(_decode(value.encode())),
    }[name]


@pytest.mark.parametrize(
    ("name", "piece"),
    [
        ("authorization", "Bearer "),
        ("cookie", "refresh_token=x; "),
        ("cookie", "=;"),
        ("x-forwarded-for", ",10.0.0.2"),
        ("x-forwarded-for", ",[::1"),
        ("accept", "application/json;q=0.1,"),
        ("accept", ";q=,"),
        ("content-type", "application/json; charset="),
        ("traceparent", "00-"),
        ("body", "["),
        ("body", '{"a":'),
        ("body", "1e9 "),
    ],
)
def test_twice_the_length_is_twice_the_work(name: str, piece: str) -> None:
    """At most: counted, since time tells nothing on a busy machine."""
    once, twice = (work(reads(name, piece * times)) for times in (500, 1000))
    assert twice <= 2 * once + 50
