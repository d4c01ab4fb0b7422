"""What graphql-cop asks of a GraphQL server, and what else belongs to each of its questions.

Batches, forms and GET have more of their stories in `test_graphql_over_http.py` and
`test_malformed_requests.py`; sizes in `tests/graph/execution/test_limits.py`.
"""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from apps import PRODUCTION
from browser import Browser, codes, errors
from documents import LOGIN, ME
from rows import everything

from authberry import Auth, Issued

TYPENAME = "query cop { __typename }"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def outside(production: Any) -> Browser:
    """A browser at a service in production."""
    return Browser(production, url=PRODUCTION["public_url"])


async def refused(browser: Browser, document: str) -> list[str]:
    """The codes that a document is refused with; nothing of it is executed."""
    response = await browser.ask(document)
    assert "data" not in response.json()
    return codes(response)


async def test_a_hundred_aliases_are_refused(outside: Browser) -> None:
    """Alias overloading: one field, worked out a hundred times."""
    aliases = " ".join(f"alias{number}: __typename" for number in range(101))
    assert await refused(outside, f"query cop {{ {aliases} }}") == ["OPERATION_TOO_COMPLEX"]


async def test_ten_requests_in_an_array_are_one_refusal(outside: Browser) -> None:
    """Array batching: not ten answers, and not ten errors."""
    response = await outside.send(json=[{"query": TYPENAME}] * 10)
    assert response.status_code == 400
    assert codes(response) == ["BAD_REQUEST"]


async def test_many_unknown_directives_are_one_error(outside: Browser) -> None:
    """Directive overloading: an answer that grows with each of them is paid for by the server."""
    directives = "query cop {{ __typename {} }}".format
    assert await refused(outside, directives("@aa" * 10)) == ["GRAPHQL_VALIDATION_FAILED"]
    # Where validation is given up, it says so as well.
    assert await refused(outside, directives("@aa" * 30)) == ["GRAPHQL_VALIDATION_FAILED"] * 2
    assert await refused(outside, directives("@aa" * 31)) == ["OPERATION_TOO_COMPLEX"]


async def test_errors_that_say_the_same_are_one_with_every_place(outside: Browser) -> None:
    """Whoever writes the document still sees where to mend it; what differs stays apart."""
    response = await outside.ask("{ __typename @aa @bb @aa nope nope }")
    assert sorted(
        (error["message"], [place["column"] for place in error["locations"]])
        for error in response.json()["errors"]
    ) == [
        ("Cannot query field 'nope' on type 'Query'.", [26, 31]),
        ("Unknown directive '@aa'.", [14, 22]),
        ("Unknown directive '@bb'.", [18]),
    ]


CIRCLES = [
    "query cop { ...A } fragment A on Query { ...B } fragment B on Query { ...A }",
    "query cop { ...A } fragment A on Query { ...A }",
    "query cop { __typename } fragment A on Query { ...B } fragment B on Query { ...A }",
    "{ me { ...A } } fragment A on User { ... { ...B } } fragment B on User { ... { ...A } }",
]


@pytest.mark.parametrize("document", CIRCLES)
async def test_fragments_in_a_circle_are_refused(outside: Browser, document: str) -> None:
    """Circular fragments: they would never end, and servers have died of them."""
    assert set(await refused(outside, document)) == {"GRAPHQL_VALIDATION_FAILED"}


CIRCULAR_INTROSPECTION = (
    "query cop { __schema { types { fields { type { fields { type { fields { type { fields"
    " { type { name } } } } } } } } } } }"
)


async def test_introspection_in_a_circle_is_refused_in_any_mode(
    outside: Browser, browser: Browser
) -> None:
    """Circular introspection: types of fields of types, many times as large at each turn."""
    for asked in (outside, browser):
        codes_ = await refused(asked, CIRCULAR_INTROSPECTION)
        assert set(codes_) == {"GRAPHQL_VALIDATION_FAILED"}


async def test_introspection_is_refused_in_production(outside: Browser) -> None:
    """Introspection: and the name it was asked under does not matter."""
    for document in ("query cop { __schema { types { name } } }", "{ x: __schema { __typename } }"):
        assert set(await refused(outside, document)) == {"GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    "document",
    [
        "query cop { " + "__typename \n" * 500 + "}",
        "query cop { me { " + "id " * 501 + "} }",
        "query cop { ...F } fragment F on Query { " + "__typename " * 50 + "}",
    ],
)
async def test_a_field_that_stands_hundreds_of_times_is_refused(
    outside: Browser, document: str
) -> None:
    """Field duplication: each is merged with all that were there before."""
    assert await refused(outside, document) == ["OPERATION_TOO_COMPLEX"]


async def test_a_query_by_get_is_refused_in_production(outside: Browser) -> None:
    """GET query support: addresses are logged, cached and followed."""
    response = await outside.send("GET", params={"query": TYPENAME})
    assert response.status_code == 405
    assert codes(response) == ["BAD_REQUEST"]


async def test_a_mutation_by_get_is_refused_in_any_mode(outside: Browser, browser: Browser) -> None:
    """GET based mutation: also where queries are answered, and where it would do nothing."""
    for asked in (outside, browser):
        response = await asked.send("GET", params={"query": "mutation cop { __typename }"})
        assert response.status_code == 405
        assert "data" not in response.json()


async def test_a_form_is_refused_and_does_nothing(
    auth: Auth, browser: Browser, in_browser: Issued, subtests: pytest.Subtests
) -> None:
    """POST based CSRF: a page on another site sends forms with our cookies, and no JSON."""
    before = await everything(auth)
    logout = "mutation cop { logout { __typename } }"
    for headers, body in (
        (FORM, urlencode({"query": logout})),
        (FORM, urlencode({json.dumps({"query": logout}): ""})),
        ({"Content-Type": "text/plain"}, json.dumps({"query": logout})),
        ({"Content-Type": "multipart/form-data; boundary=x"}, json.dumps({"query": logout})),
    ):
        with subtests.test(body, headers=headers):
            response = await browser.send(content=body, headers=headers)
            assert response.status_code == 415
            assert "set-cookie" not in response.headers
    # In the address, with a form's body behind it.
    response = await browser.send(params={"query": logout}, content="", headers=FORM)
    assert response.status_code == 415
    assert await everything(auth) == before


SUGGESTIVE = [
    "query cop { __schema { directive } }",
    "query cop { mee { id } }",
    "query cop { me { idd emial } }",
    "mutation cop { logn { __typename } }",
    'mutation cop { login(emal: "a", password: "b") { __typename } }',
]


@pytest.mark.parametrize("document", SUGGESTIVE)
async def test_a_wrong_name_is_not_put_right_in_production(outside: Browser, document: str) -> None:
    """Field suggestions: they tell the schema, name by name."""
    response = await outside.ask(document)
    assert set(codes(response)) == {"GRAPHQL_VALIDATION_FAILED"}
    assert "did you mean" not in response.text.lower()


async def test_no_answer_carries_traces(
    outside: Browser, browser: Browser, subtests: pytest.Subtests
) -> None:
    """Trace mode: no `extensions` beside the data, whoever asks for them; no debugging header."""
    asking = {"X-Apollo-Tracing": "1", "Apollo-Query-Plan-Experimental": "1", "X-Debug": "1"}
    for asked in (outside, browser):
        for document in (TYPENAME, ME, "{ nope }", "{"):
            with subtests.test(document):
                response = await asked.send(
                    json={"query": document, "extensions": {"tracing": True, "debug": True}},
                    headers=asking,
                )
                assert set(response.json()) <= {"data", "errors"}
                assert not {"server-timing", "x-debug", "server"} & set(response.headers)
                for _, extensions in errors(response):
                    assert set(extensions) <= {"code", "reason"}


async def test_an_error_shows_nothing_of_the_program(
    outside: Browser, browser: Browser, subtests: pytest.Subtests
) -> None:
    """Unhandled errors: in development neither, since people put that on the internet too."""
    for asked in (outside, browser):
        for document in ("qwerty cop { abc }", "{ me { id ", "query { abc }", "\0", '{ me(x: """'):
            with subtests.test(document):
                response = await asked.ask(document)
                assert response.status_code == 200
                for told in ("exception", "traceback", "stacktrace", ".py", "site-packages"):
                    assert told not in response.text.lower()


async def test_a_variable_that_does_not_fit_is_not_explained_by_the_program(
    outside: Browser, subtests: pytest.Subtests
) -> None:
    """Likewise, where graphql-core and Strawberry read what is sent."""
    values: list[Any] = [1, [], {}, True, 1e308, None, "\ud800", [[[[]]]], {"a": {"b": []}}]
    for value in values:
        with subtests.test(repr(value)):
            response = await outside.ask(LOGIN, email=value, password=value, transport=value)
            assert response.status_code == 200
            assert set(codes(response)) <= {"BAD_REQUEST", "INVALID_INPUT", "CROSS_SITE_REQUEST"}
            for told in ("exception", "traceback", ".py", "authberry"):
                assert told not in response.text.lower()


PAGES = [
    *("/", "/graphql", "/graphiql", "/playground", "/console", "/altair", "/voyager"),
    *("/graphql/console", "/graphql/playground", "/graphiql/index.html", "/graphiql/graphiql.css"),
    *("/v1/graphql", "/v1/explorer", "/schema.graphql", "/docs", "/openapi.json", "/debug"),
]


@pytest.mark.parametrize("path", PAGES)
async def test_production_shows_no_page_to_try_things_out(outside: Browser, path: str) -> None:
    """GraphiQL exposure: nothing for a browser, at any of the usual places."""
    response = await outside.send("GET", path, headers={"Accept": "text/html"})
    assert response.status_code == 404
    assert codes(response) == ["BAD_REQUEST"]
    for told in ("<html", "graphiql", "playground", "__schema"):
        assert told not in response.text.lower()
