"""Logs: one record, one line, whatever stands in it.

The product logs by the standard library. Here its records become lines on standard error: coloured
text in development, JSON in production. E-mail addresses and browser names come from strangers, so
what would not print as itself (a line break, an escape sequence, text that runs right to left) is
written as an escape, and no stranger can write a line of ours.
"""

import logging
import os
import sys
from typing import TextIO

from structlog.dev import ConsoleRenderer, plain_traceback
from structlog.processors import ExceptionRenderer, JSONRenderer, TimeStamper
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor, WrappedLogger

from authberry import Settings
from authberry.models.event_logger import request_facts
from authberry.server.observability.escaping import escape_unprintable

MARGIN = "    | "
"""Stands before each line of a traceback, so that none of them can pass for a record."""


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Send every record of this process to `stream`, standard error by default."""
    stream = stream or sys.stderr
    is_json = (settings.log_format or ("json" if settings.is_production else "console")) == "json"
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_json() if is_json else _console(colors=_has_colors(stream)))
    root = logging.getLogger()
    root.handlers = [handler]
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    # Database drivers print bound values at DEBUG, and GraphQL libraries documents. Only our own
    # code, which knows what it may say, goes below INFO.
    root.setLevel(max(level, logging.INFO))
    logging.getLogger("authberry").setLevel(level)
    # Who develops is shown where to point the browser, and not each step of starting.
    steps = logging.NOTSET if settings.is_production else logging.WARNING
    logging.getLogger("uvicorn").setLevel(steps)
    logging.captureWarnings(capture=True)


def _json() -> ProcessorFormatter:
    return _formatter(TimeStamper(fmt="iso", utc=True), ExceptionRenderer(), JSONRenderer())


def _console(*, colors: bool) -> ProcessorFormatter:
    renderer = ConsoleRenderer(
        colors=colors,
        repr_native_str=True,  # which escapes what does not print
        sort_keys=False,
        pad_level=False,
        exception_formatter=plain_traceback,
    )
    return _formatter(
        TimeStamper(fmt="%H:%M:%S", utc=False), ExceptionRenderer(), _escape, renderer
    )


def _formatter(clock: TimeStamper, *processors: Processor) -> ProcessorFormatter:
    return ProcessorFormatter(
        # What the record says of itself comes last: nothing that was bound or passed replaces it.
        foreign_pre_chain=[
            ExtraAdder(),
            _add_request,
            clock,
            add_log_level,
            add_logger_name,
        ],
        processors=[ProcessorFormatter.remove_processors_meta, _drop_color, *processors],
    )


def _add_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name, fact in request_facts.get().items():
        event.setdefault(name, fact)
    return event


def _drop_color(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    event.pop("color_message", None)  # uvicorn says its message again, in escape sequences
    return event


def _escape(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Escape what the console renderer writes as it is: all but text, of which it takes `repr`."""
    escaped: EventDict = {
        escape_unprintable(key): value
        if isinstance(value, str | int)
        else escape_unprintable(repr(value))
        for key, value in event.items()
    }
    escaped["event"] = escape_unprintable(str(event["event"]).strip())
    for block in {"exception", "stack"} & escaped.keys():
        lines = str(escaped[block]).split("\n")
        escaped[block] = "\n".join(MARGIN + escape_unprintable(line) for line in lines)
    return escaped


def _has_colors(stream: TextIO) -> bool:
    return stream.isatty() and "NO_COLOR" not in os.environ and sys.platform != "win32"
