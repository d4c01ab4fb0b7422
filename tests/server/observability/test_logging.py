"""Logs: what a line looks like, and that nobody but us writes one."""

import io
import json
import logging
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from command_line import quiet_logging

from authberry import Client, Settings
from authberry.events.log import Event, SecurityLog
from authberry.metrics import Metrics
from authberry.models.event_logger import request_facts
from authberry.server.observability.logging import configure_logging

__all__ = ["quiet_logging"]

pytestmark = pytest.mark.usefixtures("quiet_logging")

security = logging.getLogger("authberry.security")

Format = Literal["console", "json"]
MakeLog = Callable[..., io.StringIO]

HOSTILE = [
    'ada@example.com\r\n{"event": "login_succeeded"}',
    "ada@example.com\n12:00:00 [info] login_succeeded",
    "\x1b[2K\x1b[1A12:00:00 [info] login_succeeded",
    "Mozilla \u202e)deeccus nigol(",
    "Mozilla \u2066\u2028login_succeeded\u2029\x85\x0b\x0c",
    "Mozilla\u202e\x1b]0;login_succeeded\x07",
    "Mozilla \x9b31m \x00 \x08 \x7f \ud800 \ufeff",
]


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        """Say so."""
        return True


@pytest.fixture
def log_to(monkeypatch: pytest.MonkeyPatch) -> MakeLog:
    """`log_to(...)` sets up this process's logs, and returns what they are written to."""
    monkeypatch.delenv("NO_COLOR", raising=False)

    def make(stream: io.StringIO | None = None, **settings: Any) -> io.StringIO:
        stream = stream or io.StringIO()
        configure_logging(Settings.load(**settings), stream)
        return stream

    return make


def lines(stream: io.StringIO) -> list[str]:
    """What a terminal would show as lines."""
    return stream.getvalue().removesuffix("\n").split("\n")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_json_is_one_line_of_ascii_that_holds_it_all(log_to: MakeLog, hostile: str) -> None:
    """Whatever a stranger calls himself is data within a line of ours, and comes back unchanged."""
    stream = log_to(log_format="json")
    security.warning("login failed for %s", hostile, extra={"user_agent": hostile, "n": [hostile]})
    (line,) = lines(stream)
    assert line.isprintable()
    assert line.isascii()
    written = json.loads(line)
    assert written["event"] == f"login failed for {hostile}"
    assert written["user_agent"] == hostile
    assert written["n"] == [hostile]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_console_shows_one_line_without_escape_sequences(log_to: MakeLog, hostile: str) -> None:
    """Neither a line break nor a terminal's escape sequence nor reversed text gets through."""
    stream = log_to(log_format="console")
    extra = {"user_agent": hostile, hostile: "a key", "nested": {"deep": [hostile]}}
    security.warning("login failed for %s", hostile, extra=extra)
    (line,) = lines(stream)
    assert line.isprintable()
    assert line[8:].startswith(" [warning] login failed for ")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_line_of_a_traceback_can_pass_for_a_record(log_to: MakeLog, hostile: str) -> None:
    """An exception may quote a stranger over several lines: all of them are set in."""
    stream = log_to(log_format="console")
    try:
        raise ValueError(hostile)
    except ValueError:
        security.exception("unexpected error")
    first, *rest = lines(stream)
    assert first.endswith("[error] unexpected error               [authberry.security]")
    assert [line for line in rest if not line.startswith("    | ") or not line.isprintable()] == []
    assert "    | Traceback (most recent call last):" in rest


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_traceback_shows_no_values(log_to: MakeLog, log_format: Format) -> None:
    """Local variables are where passwords are while something goes wrong."""
    stream = log_to(log_format=log_format)
    password = "correct horse " + "battery staple"
    try:
        raise RuntimeError(len(password))
    except RuntimeError:
        security.exception("unexpected error")
    assert "RuntimeError: 28" in stream.getvalue()
    assert password not in stream.getvalue()


def test_json_says_when_in_utc_how_bad_where_and_what(log_to: MakeLog) -> None:
    """A collector finds the same members in every record."""
    stream = log_to(log_format="json")
    client = Client("192.0.2.1", "Firefox", "request-1")
    SecurityLog(Metrics()).record(Event.LOGIN_FAILED, client, reason="disabled")
    written = json.loads(*lines(stream))
    age = datetime.now(UTC) - datetime.fromisoformat(written.pop("timestamp"))
    assert timedelta() <= age < timedelta(minutes=1)
    assert written == {
        "level": "warning",
        "logger": "authberry.security",
        "event": "login_failed",
        "reason": "disabled",
        "address": "192.0.2.1",
        "request_id": "request-1",
    }


def test_an_exception_is_one_member_of_a_json_line(log_to: MakeLog) -> None:
    """A collector that reads line by line gets the whole of it."""
    stream = log_to(log_format="json")
    try:
        raise ValueError("boom")
    except ValueError:
        security.exception("unexpected error")
    exception = json.loads(*lines(stream))["exception"]
    assert exception.startswith("Traceback (most recent call last):\n")
    assert exception.endswith("\nValueError: boom")


@pytest.mark.parametrize(
    ("settings", "is_json"),
    [
        ({}, False),
        ({"env": "production"}, True),
        ({"log_format": "json"}, True),
        ({"env": "production", "log_format": "console"}, False),
    ],
)
def test_a_person_reads_in_development_and_a_program_in_production(
    log_to: MakeLog, settings: dict[str, Any], *, is_json: bool
) -> None:
    """Unless the setting says otherwise."""
    stream = log_to(**settings)
    security.info("hello")
    assert stream.getvalue().startswith("{") == is_json


def test_only_a_terminal_is_shown_colours(log_to: MakeLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or a pipe gets plain text, and so does whoever sets NO_COLOR."""
    piped, seen = log_to(), log_to(Terminal())
    security.info("hello")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = log_to(Terminal())
    security.info("hello")
    assert ["\x1b[" in one.getvalue() for one in (piped, seen, plain)] == [False, True, False]


@pytest.mark.parametrize(
    "library",
    ["tortoise.db_client", "aiosqlite", "asyncio", "asyncpg", "strawberry.execution", "graphql",
     "valkey.connection", "limits"],
)  # fmt: skip
def test_libraries_say_nothing_below_info(log_to: MakeLog, library: str) -> None:
    """At DEBUG they print bound values and documents: password hashes, and passwords."""
    stream = log_to(log_level="debug")
    logging.getLogger(library).debug("INSERT ... ['$argon2id$...']")
    logging.getLogger(library).info("hello")
    security.debug("ours")
    assert [line.split()[1:3] for line in lines(stream)] == [
        ["[info]", "hello"],
        ["[debug]", "ours"],
    ]


def test_the_level_is_a_setting(log_to: MakeLog) -> None:
    """Of the libraries too, upwards."""
    stream = log_to(log_level="error")
    security.warning("ours")
    logging.getLogger("tortoise").warning("theirs")
    security.error("bad")
    assert [line.split()[2] for line in lines(stream)] == ["bad"]


def test_a_record_carries_the_id_of_the_request_being_answered(log_to: MakeLog) -> None:
    """Unless it names one itself."""
    stream = log_to(log_format="json")
    token = request_facts.set({"request_id": "this one"})
    security.info("anything")
    logging.getLogger("a.library").warning("theirs")
    security.info("event", extra={"request_id": "its own"})
    request_facts.reset(token)
    security.info("afterwards")
    ids = [json.loads(line).get("request_id") for line in lines(stream)]
    assert ids == ["this one", "this one", "its own", None]


def test_nothing_passed_along_replaces_what_a_record_says_of_itself(log_to: MakeLog) -> None:
    """Level, logger and time are facts."""
    stream = log_to(log_format="json")
    security.error("hello", extra={"level": "info", "logger": "root", "timestamp": "never"})
    written = json.loads(*lines(stream))
    assert (written["level"], written["logger"]) == ("error", "authberry.security")
    assert datetime.fromisoformat(written["timestamp"]).tzinfo == UTC


def test_a_warning_is_a_record_like_any_other(log_to: MakeLog) -> None:
    """What Python prints over several lines would break a log of JSON lines."""
    stream = log_to(log_format="json")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("two\nlines", stacklevel=1)
    (line,) = lines(stream)
    assert json.loads(line)["logger"] == "py.warnings"
