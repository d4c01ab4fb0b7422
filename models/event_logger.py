"""Loggers whose messages say why, whoever formats them.

A record of ours is an event and facts about it. A host formats it as it likes, and most formatters
write the message and nothing else, so the message holds the facts too: `cannot open cause="..."`.
They are attributes of the record as well, the event by itself among them, for formatters that write
attributes. What a stranger chose is quoted and escaped, so that it is one line and no fact of ours.
"""

import json
import logging
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

request_facts: ContextVar[Mapping[str, str]] = ContextVar("authberry_request_facts", default={})  # noqa: B039 - nobody can change it
"""What finds the other records of the request that is being answered: its id, and its trace's."""


class EventLogger(logging.LoggerAdapter[logging.Logger]):
    """Logs an event with its facts: `logger.warning("mail waits", extra={"cause": cause})`."""

    def log(
        self,
        level: int,
        msg: object,
        *args: object,
        extra: Mapping[str, object] | None = None,
        **options: Any,
    ) -> None:
        """Write one record; values are given as arguments, so that one event has one template."""
        if not self.isEnabledFor(level):
            return
        event = str(msg) % args if args else str(msg)
        facts = dict(extra or {})
        facts |= {key: fact for key, fact in request_facts.get().items() if key not in facts}
        shown = {name: value for name, value in facts.items() if name != "event"}
        template = " ".join([event.replace("%", "%%") if shown else event, *map(_blank, shown)])
        self.logger.log(
            level,
            template,
            *map(_written, shown.values()),
            extra={**facts, "event": event},
            **{"stacklevel": 2, **options},
        )


def event_logger(name: str) -> EventLogger:
    """Return the logger of this name; all of ours are below `authberry`."""
    return EventLogger(logging.getLogger(name))


def _blank(name: str) -> str:
    return f"{name}=%s"


def _written(value: object) -> str:
    text = str(value)
    is_word = text.isprintable() and not set(text) & set(' "=')
    return text if text and is_word else json.dumps(text)
