"""Headers and bodies that are nearly right, for hypothesis; and requests made of them."""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar

from hypothesis import strategies as st
from starlette.requests import Request

from authberry import Settings
from authberry.server.http import Malformed

PROXIES = "10.0.0.0/8, fd00::/8"
SETTINGS = Settings.load(
    secret="YW5vdGhlciBrZXkgZm9yIHRlc3RzIG9ubHksIG5vdCBmb3IgeW91",
    database_url="sqlite://:memory:",
    trusted_proxies=PROXIES,
    allowed_origins="https://app.example.com",
)
T = TypeVar("T")
Headers = Sequence[tuple[str, str]]


def mixed(*pieces: str) -> st.SearchStrategy[str]:
    """Headers that are nearly right: these pieces in any order, among anything."""
    piece = st.sampled_from(pieces) | st.text(st.characters(max_codepoint=255), max_size=4)
    return st.lists(piece, max_size=12).map("".join)


def request(headers: Headers, *, address: str | None = "192.0.2.1", query: str = "") -> Request:
    """A POST with these headers, as the server hands it on."""
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    client = (address, 50_000) if address is not None else None
    scope = {"type": "http", "method": "POST", "headers": raw, "client": client, "path": "/"}
    return Request({**scope, "query_string": query.encode("latin-1")})


def refused_with(status: int, read: Callable[[], T]) -> T | None:
    """What is read; None where it is refused, with this status and no other."""
    try:
        return read()
    except Malformed as refusal:
        if refusal.status != status:
            raise
        return None


authorizations = mixed("Bearer", "bearer", "Basic", " ", "\t", "\xa0", "a.b.c", ",", "=")
cookies = mixed("refresh_token", "=", ";", "; ", "x", '"', "\xa0", "\t", "__Host-", "\\", ",")
addresses = st.ip_addresses().map(str)
hops = (
    addresses
    | addresses.map(lambda address: f"[{address}]:4711")
    | st.sampled_from(["10.0.0.1", "fd00::1", "::ffff:10.0.0.2", "unknown", "", "fe80::1%eth0"])
    | mixed("10.0.0.1", "::", "[", "]", ":80", "%", "ffff", ".", "203", "/8", "\xb2")
)
json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["query", "variables", "operationName", "extensions", "id"])
bodies = st.dictionaries(names, json_values).map(json.dumps).map(str.encode)
bodies |= st.lists(
    st.sampled_from([b"{", b"}", b"[", b'"query"', b":", b'"a"', b",", b"1", b"9" * 5000, b"1e999"])
    | st.binary(max_size=3),
    max_size=12,
).map(b"".join)
