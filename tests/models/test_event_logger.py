"""What the records of our loggers say to a host, which formats them as it likes."""

import ast
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from authberry.models.event_logger import event_logger, request_facts

SOURCE = Path(__file__).parents[2]
FOLDERS = ("auth", "graph", "models", "server")
NAME = "authberry.test"
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
WITHOUT_TABLES = {"auth/tokens/remote_keys.py"}
"""What services use that verify tokens and install nothing of the tables: its messages say all."""
HOSTILE = [
    'x\r\ncannot open cause="no reason"',
    "x cause=none",
    "\x1b[2Kx",
    "x \u202edesrever",
    '"quoted"',
    "\u2028",
]

logger = event_logger(NAME)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What a host sees that has called `logging.basicConfig`."""
    stream, ours = io.StringIO(), logging.getLogger(NAME)
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logging.Formatter(logging.BASIC_FORMAT))
    ours.addHandler(handler)
    ours.setLevel(logging.INFO)
    yield stream
    ours.removeHandler(handler)
    ours.setLevel(logging.NOTSET)


def test_a_message_is_an_event_and_its_facts(written: io.StringIO) -> None:
    """Whatever has blanks in it is quoted, so that one sees where it ends."""
    logger.warning("mail not sent", extra={"cause": "no answer, 50 % of it", "attempts": 3})
    logger.info("restarted")
    assert written.getvalue().splitlines() == [
        f'WARNING:{NAME}:mail not sent cause="no answer, 50 % of it" attempts=3',
        f"INFO:{NAME}:restarted",
    ]


def test_a_message_has_the_request_that_is_being_answered(written: io.StringIO) -> None:
    """Which an answer names; a record that names one itself goes before."""
    token = request_facts.set({"request_id": "one"})
    logger.warning("mail waits")
    logger.warning("mail waits", extra={"request_id": "two"})
    request_facts.reset(token)
    logger.warning("mail waits")
    assert [line.partition("mail waits")[2] for line in written.getvalue().splitlines()] == [
        " request_id=one",
        " request_id=two",
        "",
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nobody_writes_a_line_or_a_fact_of_ours(written: io.StringIO, hostile: str) -> None:
    """What a stranger chose is between quotation marks, and none of it is the end of them."""
    logger.warning("login failed", extra={"user_agent": hostile, "reason": "%s"})
    (line,) = written.getvalue().splitlines()
    assert line.isprintable()
    quoted = line.removeprefix(f"WARNING:{NAME}:login failed user_agent=").removesuffix(
        " reason=%s"
    )
    assert json.loads(quoted) == hostile


def test_a_record_has_its_facts_apart_as_well(caplog: pytest.LogCaptureFixture) -> None:
    """One template an event, by which collectors group; where it was logged is the caller."""
    logger.warning("mail not sent", extra={"cause": "no answer"})
    (record,) = caplog.records
    assert record.msg == "mail not sent cause=%s"
    assert (vars(record)["event"], vars(record)["cause"]) == ("mail not sent", "no answer")
    assert record.pathname == __file__


def test_what_is_not_to_be_logged_costs_nothing() -> None:
    """Nothing is written of it."""

    class Fact:
        def __str__(self) -> str:
            raise AssertionError

    logging.getLogger(NAME).setLevel(logging.ERROR)
    logger.warning("mail not sent", extra={"cause": Fact()})
    logging.getLogger(NAME).setLevel(logging.NOTSET)


def test_every_logger_of_ours_says_why(subtests: pytest.Subtests) -> None:
    """A module that logs does it by an event logger, and its facts are facts and no text."""
    seen = 0
    for path in modules():
        tree, name = ast.parse(path.read_text("utf-8")), path.relative_to(SOURCE).as_posix()
        makers = [call for call in calls(tree) if first_word(call).startswith("authberry.")]
        if not makers:
            continue
        with subtests.test(name):
            if name in WITHOUT_TABLES:
                assert [call for call in logged(tree) if call.keywords] == []
                continue
            for call in makers:
                assert ast.unparse(call.func) == "event_logger"
            for call in logged(tree):
                seen += 1
                *_, event = call.args
                assert isinstance(event, ast.Name) or "%" not in ast.literal_eval(event)
                assert len(call.args) == 1 + (ast.unparse(call.func) == "logger.log")
    assert seen > 20


def modules() -> Iterator[Path]:
    """All that is ours; what a browser runs is not."""
    for folder in FOLDERS:
        for path in (SOURCE / folder).rglob("*.py"):
            if "node_modules" not in path.parts and path.name != "event_logger.py":
                yield path


def calls(tree: ast.AST) -> Iterator[ast.Call]:
    """Every call that makes a logger."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("getLogger", "event_logger")
        ):
            yield node


def logged(tree: ast.AST) -> list[ast.Call]:
    """Every call that logs."""
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in LEVELS
        and ast.unparse(node.func.value) == "logger"
    ]


def first_word(call: ast.Call) -> str:
    """The name of a logger; none where it is computed."""
    word = call.args[0] if call.args else None
    return str(word.value) if isinstance(word, ast.Constant) else ""
