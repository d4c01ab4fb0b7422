"""Text that no database and no log should see: refused or taken, and never a fault."""

import json
from itertools import product

import pytest
from browser import Browser, codes
from documents import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    REFRESH_TOKEN,
    REGISTER,
    REVOKE_SESSION,
)
from people import PASSWORD

from authberry import Issued

STRANGE = {
    "NUL": "\0",
    "NUL within": "a\0b@example.com",
    "a lone high surrogate": "\ud800",
    "a lone low surrogate": "a\udfffb@example.com",
    "surrogates the wrong way round": "\udc00\ud800",
    "line breaks": "a\r\nb: c@example.com",
    "escapes": "\x1b[31m@example.com",
    "right to left": "\u202emoc.elpmaxe@ada",
    "not a character": "\ufffe\uffff",
    "the last one": "\U0010ffff",
    "combining": "a" + "\u0301" * 1000,
    "ligatures that grow": "\ufdfa" * 300,
    "white space": " \t\u00a0\u2003",
    "nothing": "",
    "long": "x" * 20_000,
    "SQL": "' OR 1=1; DROP TABLE authberry_user --",
    "a format": "%s{0}{}%(password)s",
}
ACTS: dict[str, tuple[str, dict[str, str]]] = {
    "register": (REGISTER, {"email": "eve@example.com", "password": PASSWORD, "name": "Eve"}),
    "login": (LOGIN, {"email": "ada@example.com", "password": PASSWORD}),
    "refreshToken": (REFRESH_TOKEN, {"refreshToken": "x"}),
    "logout": (LOGOUT, {"refreshToken": "x"}),
    "revokeSession": (REVOKE_SESSION, {"id": "x"}),
    "changePassword": (
        CHANGE_PASSWORD,
        {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"},
    ),
}
ARGUMENTS = [(act, argument) for act, (_, usual) in ACTS.items() for argument in usual]


@pytest.mark.parametrize(("act", "argument"), ARGUMENTS)
async def test_no_text_in_any_argument_is_a_fault(
    browser: Browser, issued: Issued, act: str, argument: str
) -> None:
    """SQLite stores NUL and PostgreSQL does not; neither takes half a character."""
    document, usual = ACTS[act]
    for what, text in STRANGE.items():
        # Whoever ends their own session on the way is a stranger to the next: fine as well.
        response = await browser.ask(
            document, {**usual, argument: text}, token=issued.access_token.value
        )
        assert response.status_code == 200, what
        assert set(codes(response)) <= {"INVALID_INPUT", "UNAUTHENTICATED"}, (what, response.text)


ESCAPES = [r"\u0000", r"\ud800", r"\udfff\u0000", r"\u{0}", r"\u{10FFFF}"]


async def test_no_text_written_into_the_document_is_a_fault(
    browser: Browser, subtests: pytest.Subtests
) -> None:
    """GraphQL has escapes of its own; half a character is not GraphQL."""
    for text in ESCAPES:
        with subtests.test(text):
            for template in (
                'mutation { login(email: "TEXT", password: "TEXT") { __typename } }',
                'mutation { register(email: "a@b.example", password: "TEXT") { __typename } }',
                'mutation { login(email: """TEXT""", password: """TEXT""") { __typename } }',
            ):
                response = await browser.ask(template.replace("TEXT", text))
                assert response.status_code == 200
                assert set(codes(response)) <= {"INVALID_INPUT", "GRAPHQL_PARSE_FAILED"}


PLACES = list(product(["query", "operationName"], STRANGE))


async def test_no_text_around_the_document_is_a_fault(
    browser: Browser, subtests: pytest.Subtests
) -> None:
    """Not as a document, not as the name of an operation, not as the name of a variable."""
    for place, what in PLACES:
        with subtests.test(place, what=what):
            body = {
                "query": "query A { __typename }",
                place: STRANGE[what],
                "variables": {STRANGE[what]: 1},
            }
            response = await browser.send(
                content=json.dumps(body), headers={"Content-Type": "application/json"}
            )
            assert response.status_code in {200, 400}
            assert set(codes(response)) <= {
                "BAD_REQUEST",
                "GRAPHQL_PARSE_FAILED",
                "OPERATION_TOO_COMPLEX",
            }


async def test_no_text_in_a_header_is_a_fault(browser: Browser, issued: Issued) -> None:
    """Headers are bytes, and browsers' names for themselves are anybody's."""
    for value in (b"\xff\xfe", b"\xed\xa0\x80", b"\x1b[31m", b"\t", b"", b"x" * 20_000):
        for name in ("User-Agent", "X-Forwarded-For", "Accept-Language", "Cookie", "Referer"):
            response = await browser.send(
                json={
                    "query": REFRESH_TOKEN,
                    "variables": {"refreshToken": issued.refresh_token},
                },
                headers=[(name, value)],
            )
            assert response.json()["data"]["refreshToken"]["__typename"] == "AuthPayload"
