"""What schemathesis makes of the schema, and what it is answered.

It takes any error of a field for a fault of the server (ST113), UNAUTHENTICATED too. So its own
verdict is left aside, and every answer that it has got is looked at here.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from graphql import build_schema
from processes import Server

from authberry.errors import ErrorCode

HERE = Path(__file__).parent
SCHEMA = HERE.parents[1] / "schema.graphql"
_BUILT = build_schema(SCHEMA.read_text("utf-8"))
FIELDS = {
    name for root in (_BUILT.query_type, _BUILT.mutation_type) if root for name in root.fields
}
ACCEPTS = {"nobody": "application/json", "somebody": "application/graphql-response+json"}
FAULTS = {"INTERNAL_SERVER_ERROR", "SERVICE_UNAVAILABLE"}

# What belongs into the log, if anywhere. Not what a message repeats of the question.
LEAKS = re.compile(
    r"Traceback|\.py\b|site-packages|/(?:home|root|usr|tmp|etc)/|\b\w+(?:Error|Exception)\b:"
    r"|\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b.+\b(?:FROM|VALUES|SET|WHERE)\b|authberry_\w+"
    r"|sqlite|postgres|asyncpg|tortoise|<\w+ object at 0x|SQLSTATE|constraint",
    re.IGNORECASE,
)

Exchange = dict[str, Any]


def exchanges(
    tools: Path, folder: Path, server: Server, examples: int, *, accept: str, is_somebody: bool
) -> list[Exchange]:
    """Let schemathesis ask so many questions about each field; returns each with its answer."""
    report = folder / "exchanges.har"
    command: list[str | Path] = [
        *(tools / "st", "run", SCHEMA, f"--url={server.url}/graphql", f"--header=Accept: {accept}"),
        *("--report=har", f"--report-har-path={report}", f"--max-examples={examples}"),
        *("--continue-on-failure", "--no-shrink", "--suppress-health-check=all"),
    ]
    hooks = "hooks" if is_somebody else "scalars"
    done = subprocess.run(  # noqa: S603 - as locked
        command,
        env={**os.environ, "SCHEMATHESIS_HOOKS": hooks, "PYTHONPATH": str(HERE)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr  # 1 is its own verdict
    entries: list[Exchange] = json.loads(report.read_text("utf-8"))["log"]["entries"]
    return entries


def flaws(exchange: Exchange) -> list[str]:
    """What is wrong with an answer."""
    response = exchange["response"]
    text = response["content"].get("text", "")
    try:
        body = json.loads(text)
    except ValueError:
        return [f"{response['status']} is not JSON: {text[:200]}"]
    errors = body.get("errors", [])
    codes = {error.get("extensions", {}).get("code") for error in errors}
    messages = " ".join(str(error["message"]) for error in errors)
    return [
        *([f"status {response['status']}"] if response["status"] >= 500 else []),
        *sorted(f"code {code}" for code in codes & FAULTS or codes - ErrorCode.__members__.keys()),
        *(f"leak {leak[0]!r}" for leak in LEAKS.finditer(messages)),
    ]


def asked(exchange: Exchange) -> str:
    """The document of a request."""
    return str(json.loads(exchange["request"]["postData"]["text"])["query"])


@pytest.mark.parametrize("mode", ["development", "production"])
def test_no_question_that_fits_the_schema_is_a_fault(
    serve_unthrottled: Callable[..., Server],
    tools: Path,
    tmp_path: Path,
    effort: Callable[[int, int], int],
    subtests: pytest.Subtests,
    mode: str,
) -> None:
    """No 5xx, no fault behind a 200, no text of the program, no error in the log; of any field."""
    server = serve_unthrottled(mode)
    examples = effort(5, 600)
    for who, accept in ACCEPTS.items():
        with subtests.test(who):
            somebody = who == "somebody"
            answered = exchanges(
                tools, tmp_path, server, examples, accept=accept, is_somebody=somebody
            )
            assert {asked(one): found for one in answered if (found := flaws(one))} == {}
            assert '"level": "error"' not in server.log
            # What it would see if it had asked for nothing, or in vain.
            documents = "\n".join(asked(one) for one in answered)
            assert {name for name in FIELDS if re.search(rf"\b{name}\b", documents)} == FIELDS
            assert len(answered) > len(FIELDS) * examples // 2
            texts = "".join(one["response"]["content"]["text"] for one in answered)
            assert ("UNAUTHENTICATED" in texts) is not somebody


def answer(body: object, status: int = 200) -> Exchange:
    """An exchange that ended so."""
    return {"response": {"status": status, "content": {"text": json.dumps(body)}}}


def test_a_fault_would_be_seen() -> None:
    """What the test above looks for, in answers that no server of ours gives."""

    def error(message: str, code: str | None = "BAD_REQUEST") -> dict[str, Any]:
        return {"errors": [{"message": message, "extensions": {"code": code} if code else {}}]}

    assert flaws(answer({"data": {"me": None}})) == []
    assert flaws(answer(error("You may not do this.", "FORBIDDEN"))) == []
    for wrong in (
        answer({"data": None}, 500),
        answer(error("Something went wrong here.", "INTERNAL_SERVER_ERROR")),
        answer(error("The service cannot answer right now.", "SERVICE_UNAVAILABLE")),
        answer(error("Try again.", "NOT_IN_THE_CATALOGUE")),
        answer(error("Try again.", None)),
        answer(error('relation "authberry_user" does not exist')),
        answer(error("UNIQUE constraint failed")),
        answer(error("ValueError: x")),
        answer(error("File /usr/lib/x")),
        {"response": {"status": 200, "content": {"text": "<html>"}}},
    ):
        assert len(flaws(wrong)) >= 1
