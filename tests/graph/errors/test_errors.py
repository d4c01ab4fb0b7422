"""What a client learns of an error, and what it does not."""

import json

import pytest
from browser import Browser, codes, errors
from documents import LOGIN, ME
from log_lines import LogLines
from tortoise.exceptions import IntegrityError, OperationalError

from authberry import Auth, Issued
from authberry.errors import ErrorCode
from authberry.graph.execution.documents import DocumentCache
from authberry.models import DatabaseUnavailable

ADA = {"email": "ada@example.com", "password": "correct horse battery staple"}
MASKED = "Something went wrong here. The request id finds it in the log."
PRIVATE = "postgres://admin:hunter2@10.0.0.5/users /etc/authberry SELECT * FROM authberry_user"


def fail_with(auth: Auth, monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    """Make the rules of `login` and `me` fail with an unexpected error."""

    async def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(type(auth.logins.passwords), "login", fail)
    monkeypatch.setattr(type(auth.sessions.viewers), "viewer", fail)


@pytest.mark.parametrize(
    "fault",
    [
        ZeroDivisionError(PRIVATE),
        RuntimeError(PRIVATE),
        KeyError(PRIVATE),
        IntegrityError(PRIVATE),
        OperationalError(PRIVATE),
        AssertionError(PRIVATE),
        RecursionError(PRIVATE),
        UnicodeEncodeError("utf-8", PRIVATE, 0, 1, PRIVATE),
    ],
    ids=lambda fault: type(fault).__name__,
)
async def test_what_nobody_foresaw_is_masked_and_its_id_finds_it_in_the_log(
    auth: Auth,
    browser: Browser,
    log: LogLines,
    monkeypatch: pytest.MonkeyPatch,
    fault: Exception,
) -> None:
    """No text of the fault leaves; all of it is where the operator looks."""
    log.start()
    fail_with(auth, monkeypatch, fault)

    response = await browser.ask(LOGIN, ADA)

    request_id = response.headers["x-request-id"]
    assert response.status_code == 200
    assert response.json() == {
        "data": None,
        "errors": [
            {
                "message": MASKED,
                "locations": [{"line": 5, "column": 3}],
                "path": ["login"],
                "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id},
            }
        ],
    }
    (record,) = log.records
    assert (record["event"], record["level"]) == ("unexpected error", "error")
    assert record["request_id"] == request_id
    assert record["exception"].endswith(str(fault).splitlines()[-1])


async def test_a_guard_that_stumbles_is_masked_as_well(
    auth: Auth, browser: Browser, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And lets nobody in."""
    fail_with(auth, monkeypatch, ZeroDivisionError(PRIVATE))
    response = await browser.ask(ME, token=issued.access_token.value)
    assert response.json()["data"] == {"me": None}
    assert codes(response) == ["INTERNAL_SERVER_ERROR"]
    assert PRIVATE not in response.text


async def test_a_fault_before_execution_is_masked_as_well(
    browser: Browser, log: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no field is to blame there is no data, and the status says so in any media type."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError(PRIVATE)

    log.start()
    monkeypatch.setattr(DocumentCache, "check", fail)
    for accept in ("application/json", "application/graphql-response+json"):
        response = await browser.ask(ME, headers={"Accept": accept})
        request_id = response.headers["x-request-id"]
        assert response.status_code == 500
        extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
        assert response.json() == {"errors": [{"message": MASKED, "extensions": extensions}]}
        assert log.records[-1]["request_id"] == request_id


@pytest.mark.parametrize("cause", [DatabaseUnavailable(PRIVATE), DatabaseUnavailable()])
async def test_a_database_that_is_away_is_said_so_and_no_more(
    auth: Auth, browser: Browser, monkeypatch: pytest.MonkeyPatch, cause: Exception
) -> None:
    """Not where it is, nor why it does not answer."""
    fail_with(auth, monkeypatch, cause)
    response = await browser.ask(LOGIN, ADA)
    assert errors(response) == [
        (
            "The service cannot answer right now. Try again shortly.",
            {"code": "SERVICE_UNAVAILABLE", "retryAfter": 1},
        )
    ]
    assert response.headers["retry-after"] == "1"


REQUESTS = [
    ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
    ({"query": ""}, "BAD_REQUEST"),
    ({"query": "# nothing"}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ me { nope } }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "{ ...nope }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "{ me { ...nope } }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "{ me { id @nope } }"}, "GRAPHQL_VALIDATION_FAILED"),
    (
        {"query": "mutation { revokeSession(id: $nope) { __typename } }"},
        "GRAPHQL_VALIDATION_FAILED",
    ),
    ({"query": "query($id: Nope) { me { id } }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "subscription { me { id } }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "type Query { me: String }"}, "BAD_REQUEST"),
    ({"query": "fragment F on User { id }"}, "BAD_REQUEST"),
    ({"query": "query A { me { id } } query B { me { id } }"}, "BAD_REQUEST"),
    ({"query": "query A { me { id } }", "operationName": "B"}, "BAD_REQUEST"),
    ({"query": "query A { me { id } }", "operationName": "\0\ud800"}, "BAD_REQUEST"),
    ({"query": LOGIN}, "BAD_REQUEST"),
    ({"query": LOGIN, "variables": {}}, "BAD_REQUEST"),
    ({"query": LOGIN, "variables": {"email": 1, "password": []}}, "BAD_REQUEST"),
    ({"query": LOGIN, "variables": {"email": None, "password": None}}, "BAD_REQUEST"),
    ({"query": LOGIN, "variables": {**ADA, "transport": "PIGEON"}}, "BAD_REQUEST"),
    ({"query": LOGIN, "variables": {**ADA, "transport": 10**400}}, "BAD_REQUEST"),
]


async def test_every_error_of_a_request_has_a_code_and_no_data(
    browser: Browser, log: LogLines, subtests: pytest.Subtests
) -> None:
    """All of them from the catalogue in the schema; none is a fault, none is logged."""
    for body, code in REQUESTS:
        with subtests.test(code, body=body):
            log.start()
            response = await browser.send(
                content=json.dumps(body), headers={"Content-Type": "application/json"}
            )
            assert "data" not in response.json()
            assert set(codes(response)) == {code}
            assert code in ErrorCode.__members__
            assert response.status_code in {200, 400}
            assert log.text == ""


async def test_the_request_id_is_ours(browser: Browser) -> None:
    """Made here: nobody else writes into our log."""
    forged = {"X-Request-Id": "forged", "X-Correlation-Id": "forged"}
    ids = [(await browser.ask(ME, headers=forged)).headers["x-request-id"] for _ in range(2)]
    assert len(set(ids)) == 2
    assert all(len(request_id) == 16 and request_id != "forged" for request_id in ids)


async def test_one_field_s_refusal_leaves_the_others_alone(
    auth: Auth, browser: Browser, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each error names its path; what could be answered is."""

    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(type(auth.sessions), "live", fail)
    response = await browser.ask(
        "{ me { name } all: sessions { id } }", token=issued.access_token.value
    )
    assert response.json()["data"] == {"me": {"name": "Ada"}, "all": None}
    (error,) = response.json()["errors"]
    assert error["path"] == ["all"]
