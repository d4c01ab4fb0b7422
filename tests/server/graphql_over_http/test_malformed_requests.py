"""Every malformed request is a clean 4xx with a JSON body, and never a fault."""

import gzip
import json
from collections.abc import AsyncIterator

import pytest
from browser import Browser, codes
from log_lines import LogLines

BIG = "9" * 5000
QUERY = '"query": "{ __typename }"'
MALFORMED: dict[str, tuple[bytes | str, int]] = {
    "nothing": (b"", 400),
    "white space": (b" \n", 400),
    "a word": (b"query", 400),
    "GraphQL": (b"{ __typename }", 400),
    "a form": (b"query=%7B__typename%7D", 400),
    "cut off": (b'{"query": "{ __ty', 400),
    "a comma too many": (b'{"query": "{ __typename }",}', 400),
    "single quotes": (b"{'query': '{ __typename }'}", 400),
    "two values": (b'{"query": "{ __typename }"} {}', 400),
    "a comment": (b'{"query": "{ __typename }"} // x', 400),
    "null": (b"null", 400),
    "true": (b"true", 400),
    "a number": (b"7", 400),
    "a string": (b'"{ __typename }"', 400),
    "a list": (b"[]", 400),
    "a batch": (f"[{{{QUERY}}}]", 400),
    "an empty object": (b"{}", 400),
    "NaN": (b"NaN", 400),
    "infinity": (b'{"query": Infinity}', 400),
    "minus infinity within": (f'{{{QUERY}, "variables": {{"x": -Infinity}}}}', 400),
    "a huge integer": (BIG, 400),
    "a huge integer within": (f'{{{QUERY}, "variables": {{"x": {BIG}}}}}', 400),
    "a huge exponent as query": (b'{"query": 1e999}', 400),
    "deep lists": ("[" * 30_000, 400),
    "deep lists, closed": ("[" * 30_000 + "]" * 30_000, 400),
    "deep objects": ('{"a":' * 10_000, 400),
    "deep variables": (f'{{{QUERY}, "variables": {"[" * 30_000}{"]" * 30_000}}}', 400),
    "bad UTF-8": (b'{"query": "\xff\xfe"}', 400),
    "overlong UTF-8": (b'{"query": "\xc0\x80"}', 400),
    "surrogates in UTF-8": (b'{"query": "\xed\xa0\x80"}', 400),
    "UTF-16": ('{"query": "{ __typename }"}'.encode("utf-16"), 400),
    "a byte order mark": (b'\xef\xbb\xbf{"query": "{ __typename }"}', 400),
    "a control character": (b'{"query": "{ \x01 }"}', 400),
    "a bad escape": (b'{"query": "\\x41"}', 400),
    "half an escape": (b'{"query": "\\u12"}', 400),
    "gzip": (gzip.compress(b'{"query": "{ __typename }"}'), 400),
    "binary": (bytes(range(256)), 400),
    "query is null": (b'{"query": null}', 400),
    "query is empty": (b'{"query": ""}', 400),
    "query is a number": (b'{"query": 7}', 400),
    "query is a list": (b'{"query": ["{ __typename }"]}', 400),
    "query is an object": (b'{"query": {}}', 400),
    "a name misspelt": (b'{"qeury": "{ __typename }"}', 400),
    "variables are a list": (f'{{{QUERY}, "variables": []}}', 400),
    "variables are a string": (f'{{{QUERY}, "variables": "{{}}"}}', 400),
    "variables are a number": (f'{{{QUERY}, "variables": 0}}', 400),
    "variables are false": (f'{{{QUERY}, "variables": false}}', 400),
    "operationName is a number": (f'{{{QUERY}, "operationName": 7}}', 400),
    "operationName is a list": (f'{{{QUERY}, "operationName": []}}', 400),
    "extensions are a string": (f'{{{QUERY}, "extensions": "x"}}', 400),
    "extensions are a list": (f'{{{QUERY}, "extensions": []}}', 400),
    "a byte too many": (b" " * (64 * 1024 + 1), 413),
    "megabytes": (b"[" * 6_000_000, 413),
}
JSON = {"Content-Type": "application/json"}


async def test_a_malformed_body_is_a_clean_4xx(
    browser: Browser, log: LogLines, subtests: pytest.Subtests
) -> None:
    """Whatever it is, in either media type; the message says what, the log says nothing."""
    log.start()
    for story, (body, status) in MALFORMED.items():
        for accept in ("application/json", "application/graphql-response+json"):
            with subtests.test(story, accept=accept):
                content = body if isinstance(body, bytes) else body.encode()
                response = await browser.send(content=content, headers={**JSON, "Accept": accept})
                assert response.status_code == status
                assert response.headers["content-type"].startswith("application/json")
                assert codes(response) == ["BAD_REQUEST"]
                (error,) = response.json()["errors"]
                assert set(error) == {"message", "extensions"}
                assert "Traceback" not in response.text
    assert log.text == ""


async def test_the_last_byte_that_is_allowed_is_read(browser: Browser) -> None:
    """What the limit above would hide if it were lower than it says."""
    body = json.dumps({"query": "{ __typename }"}).encode()
    response = await browser.send(content=body.ljust(64 * 1024), headers=JSON)
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_a_body_is_given_up_as_soon_as_it_is_too_long(browser: Browser) -> None:
    """Not read to its end first, whatever its length is said to be."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 10_000_000:
            sent += 1024
            yield b" " * 1024

    response = await browser.send(content=endless(), headers=JSON)
    assert response.status_code == 413
    assert sent < 100_000


async def test_a_body_in_pieces_is_read_like_any_other(browser: Browser) -> None:
    """Bytes arrive as the network pleases, in the middle of a character too."""

    async def pieces() -> AsyncIterator[bytes]:
        for byte in '{"query": "{ __typename } # åß∂"}'.encode():
            yield bytes([byte])

    response = await browser.send(content=pieces(), headers=JSON)
    assert response.json() == {"data": {"__typename": "Query"}}


async def test_what_is_nowhere_is_a_404_in_json(
    browser: Browser, subtests: pytest.Subtests
) -> None:
    """And leads nowhere: a redirection would go to whatever host the request names."""
    for path in (
        "/",
        "/graphql//",
        "/graphql/x",
        "//graphql",
        "/GRAPHQL",
        "/health",
        "/health/",
        "/health/live/",
        "/.well-known/",
        "/.well-known/openid-configuration/",
        "/%2e%2e/etc/passwd",
        "/\x00",
        "/" + "a" * 10_000,
    ):
        for method in ("GET", "POST", "TRACE"):
            with subtests.test(f"{method} {path[:30]!r}"):
                response = await browser.send(
                    method, path.replace("\x00", "%00"), headers={"Host": "evil.example"}
                )
                assert response.status_code == 404
                assert codes(response) == ["BAD_REQUEST"]
                assert "location" not in response.headers
                assert "evil.example" not in response.text


async def test_other_routes_have_their_methods(browser: Browser, subtests: pytest.Subtests) -> None:
    """GET, and what HTTP derives from it."""
    document = "/.well-known/jwks.json"  # which answers preflights
    for path in ("/health/live", "/health/ready", document):
        allowed = {"GET", "HEAD"} | ({"OPTIONS"} if path == document else set())
        for method in {"POST", "PUT", "DELETE", "OPTIONS", "TRACE"} - allowed:
            with subtests.test(f"{method} {path}"):
                response = await browser.send(method, path)
                assert response.status_code == 405
                assert set(response.headers["allow"].split(", ")) == allowed
                assert codes(response) == ["BAD_REQUEST"]
