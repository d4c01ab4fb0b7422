"""Whatever stands in a body or an address is one GraphQL request, or refused."""

import json
from contextlib import suppress
from typing import Any

import pytest
from browser import Browser
from documents import ME
from hypothesis import given, settings
from hypothesis import strategies as st
from nearly_right import (
    bodies,
    json_values,
    mixed,
    refused_with,
    request,
)

from authberry.server.graphql_over_http.media_types import JSON
from authberry.server.graphql_over_http.parameters import (
    GraphQLParameters,
    _decode,
    _is_json,
    parameters_of,
    read_get,
)

# Bodies


@settings(max_examples=500)
@given(bodies)
def test_a_body_is_a_request_or_a_400(body: bytes) -> None:
    """And a request reads back as it was understood."""
    if (read := refused_with(400, lambda: parameters_of(_decode(body)))) is None:
        return
    assert read.query
    names_ = {
        "query": read.query,
        "variables": read.variables,
        "operationName": read.operation_name,
    }
    assert parameters_of(_decode(json.dumps(names_).encode())) == read


@settings(max_examples=300)
@given(
    st.text(min_size=1),
    st.none()
    | st.dictionaries(st.text(), json_values.filter(lambda value: "n" not in repr(value))),
    st.none() | st.text(),
)
def test_a_request_is_understood_as_it_was_meant(
    query: str, variables: dict[str, Any] | None, name: str | None
) -> None:
    """Every text, escaped or not."""
    meant = GraphQLParameters(query, variables, name)
    body = {"query": query, "variables": variables, "operationName": name}
    assert parameters_of(_decode(json.dumps(body).encode())) == meant
    with suppress(UnicodeEncodeError):
        assert parameters_of(_decode(json.dumps(body, ensure_ascii=False).encode())) == meant


@settings(max_examples=300)
@given(mixed("query=", "{__typename}", "&", "variables=", "{}", "[]", "%00", "%ff", "%", "+", "="))
def test_an_address_is_a_request_or_a_400(query: str) -> None:
    """Whatever is escaped in it, and how badly."""
    if (read := refused_with(400, lambda: read_get(request([], query=query)))) is None:
        return
    assert read.query
    assert isinstance(read.variables, dict | None)


# Accept and Content-Type


@settings(max_examples=300)
@given(mixed(JSON, "text/plain", ";", " ", "charset=", "utf-8", "utf-16", '"', "\xa0", ",", "="))
def test_only_json_in_utf_8_is_json(content_type: str) -> None:
    """As HTTP writes it, without another charset anywhere behind."""
    if not _is_json(content_type):
        assert content_type.strip(" \t") != JSON
        return
    essence, _, parameters = content_type.partition(";")
    assert essence.strip(" \t").lower() == JSON
    assert "utf-16" not in parameters.partition("charset=")[2].lower()
    assert _is_json(content_type.upper())


@pytest.mark.parametrize("around", ["\xa0", "\x85", "\x1f", "\x0b"])
async def test_json_in_other_white_space_is_none(browser: Browser, around: str) -> None:
    """What a browser asks about before it sends it is told from a form by the letter."""
    for content_type in (f"{JSON}{around}", f"{around}{JSON}"):
        response = await browser.send(
            content=json.dumps({"query": ME}), headers={"Content-Type": content_type}
        )
        assert response.status_code == 415
