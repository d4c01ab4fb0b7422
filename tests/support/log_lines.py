"""What the server writes into its log, as the server writes it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from authberry import Settings
from authberry.server.observability import configure_logging


class LogLines:
    """Everything that was logged while a test ran."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self.stream = io.StringIO()

    def start(self, **settings: object) -> None:
        """Log here, as JSON and at DEBUG unless the settings say otherwise."""
        defaults = {"log_format": "json", "log_level": "debug"}
        configure_logging(Settings.load(**{**defaults, **settings}), self.stream)
        logging.getLogger("httpx").setLevel(logging.WARNING)  # the client's, not the server's

    @property
    def text(self) -> str:
        """All of it."""
        return self.stream.getvalue()

    @property
    def records(self) -> list[dict[str, Any]]:
        """All of it, a record each."""
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def refusals(self) -> list[dict[str, Any]]:
        """The lines about what the database refused."""
        return [line for line in self.records if line["event"] == "the database refuses"]

    @property
    def events(self) -> list[dict[str, Any]]:
        """The records of the security log, without what differs each time."""
        return [
            {
                name: value
                for name, value in record.items()
                if name not in {"timestamp", "request_id", "logger"}
            }
            for record in self.records
            if record["logger"] == "authberry.security"
        ]


@pytest.fixture
def log() -> Iterator[LogLines]:
    """The log of this process, which `log.start()` begins."""
    loggers = [logging.getLogger(name) for name in (None, "authberry", "uvicorn", "httpx")]
    before = [(logger, logger.handlers, logger.level) for logger in loggers]
    yield LogLines()
    for logger, handlers, level in before:
        logger.handlers = handlers
        logger.setLevel(level)
    logging.captureWarnings(capture=False)
