"""What clients of other servers ask for, refused in words that name it."""

import json
from typing import Any

import pytest
from browser import Browser, codes, errors
from starlette.applications import Starlette

PERSISTED: list[dict[str, Any]] = [
    {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}},
    {"extensions": {"persistedQuery": {"version": 1}}, "variables": {"a": 1}, "query": None},
    {"extensions": {"persistedQuery": {}}, "operationName": "Me", "query": ""},
    {"documentId": "sha256:" + "0" * 64},
]
GRAPHQL = {"Accept": "application/graphql-response+json"}


@pytest.mark.parametrize("body", PERSISTED)
async def test_a_hash_without_a_query_lets_clients_fall_back(
    browser: Browser, body: dict[str, Any]
) -> None:
    """Apollo's link goes by the code, urql's exchange by the message; both then send the query."""
    response = await browser.send(json=body)
    assert response.status_code == 200
    assert response.json() == {
        "errors": [
            {
                "message": "PersistedQueryNotSupported",
                "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"},
            }
        ]
    }
    strict = await browser.send(json=body, headers=GRAPHQL)
    assert (strict.status_code, codes(strict)) == (400, ["PERSISTED_QUERY_NOT_SUPPORTED"])


async def test_a_hash_in_an_address_is_told_so_in_production_as_well(
    production: Starlette,
) -> None:
    """Where GET is not served: the client falls back to a POST. A query by GET is refused."""
    browser = Browser(production, url="https://auth.example.com")
    hashed = {"extensions": json.dumps(PERSISTED[0]["extensions"])}
    assert codes(await browser.send("GET", params=hashed)) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
    for params in ({**hashed, "query": "{ __typename }"}, {"extensions": "{}"}, {}):
        assert (await browser.send("GET", params=params)).status_code == 405


async def test_a_query_with_its_hash_is_answered(browser: Browser) -> None:
    """Nothing is kept under it; the hash alone is refused the next time too."""
    body = {"query": "{ __typename }", **PERSISTED[0]}
    assert (await browser.send(json=body)).json() == {"data": {"__typename": "Query"}}
    assert codes(await browser.send(json=PERSISTED[0])) == ["PERSISTED_QUERY_NOT_SUPPORTED"]


async def test_batches_and_uploads_are_named(browser: Browser) -> None:
    """By what their clients call them."""
    batch = await browser.send(json=[{"query": "{ __typename }"}])
    assert (batch.status_code, errors(batch)[0][0]) == (
        400,
        "Batches are not served. Send one operation a request.",
    )
    files = {"operations": (None, '{"query": "{ __typename }"}'), "0": ("a.txt", b"a")}
    upload = await browser.send(files=files)
    assert (upload.status_code, errors(upload)[0][0]) == (
        415,
        "Uploads (multipart/form-data) are not served. Send application/json.",
    )


@pytest.mark.parametrize(
    "document",
    [
        "{ ... @defer { __typename } }",
        '{ ...Some @defer(label: "a", if: true) } fragment Some on Query { __typename }',
        "{ sessions @stream(initialCount: 1) { id } }",
    ],
)
async def test_defer_and_stream_are_named(browser: Browser, document: str) -> None:
    """Once, whatever else the document is."""
    response = await browser.ask(document)
    assert errors(response) == [
        (
            "`@defer` and `@stream` are not served: an answer comes whole.",
            {"code": "GRAPHQL_VALIDATION_FAILED"},
        )
    ]
