"""Whatever stands in `Accept` leads to a media type, or to a 406."""

import json

from browser import Browser
from hypothesis import given, settings
from nearly_right import (
    mixed,
    refused_with,
)

from authberry.server.graphql_over_http.media_types import GRAPHQL_RESPONSE, JSON, negotiate


@settings(max_examples=300)
@given(mixed(JSON, GRAPHQL_RESPONSE, "*/*", "application/*", ",", ";", "q=", "0.5", "nan", "1e9"))
def test_an_accept_header_leads_to_a_media_type_or_to_a_406(accept: str) -> None:
    """The same in capitals, and among others."""
    if (chosen := refused_with(406, lambda: negotiate(accept))) is None:
        return
    assert chosen in {JSON, GRAPHQL_RESPONSE}
    assert negotiate(accept.upper()) == chosen
    assert accept == "" or negotiate(f"text/html, {accept} ,image/*") == chosen


async def test_headers_in_several_lines_are_read_as_one(browser: Browser) -> None:
    """So HTTP says (RFC 9110, section 5.3); of a body there is one type only."""
    body = json.dumps({"query": "{ __typename }"})
    json_, html = ("Content-Type", JSON), ("Content-Type", "text/plain")
    for headers, status in (
        ([json_, ("Accept", "text/html"), ("Accept", JSON)], 200),
        ([json_, ("Accept", "text/html"), ("Accept", "image/*")], 406),
        ([json_, html], 415),
        ([html, json_], 415),
        ([json_, json_], 415),
    ):
        response = await browser.send(content=body, headers=headers)
        assert response.status_code == status
