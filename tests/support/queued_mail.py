"""Puts mail into the outbox, and looks at its rows."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from authberry import Auth, Client
from authberry.mail.rendering import MailKind
from authberry.models import OutboxMessage

ADA = "ada@example.com"
READER = Client("192.0.2.1", "Firefox", "request-1", languages="en")
SENDER = {"mail_from": "Example <no-reply@example.com>", "service_name": "Example"}
HALF_AN_HOUR = timedelta(minutes=30)


async def queue_mail(
    auth: Auth,
    to: str = ADA,
    letter: MailKind = MailKind.RESET_PASSWORD,
    *,
    client: Client = READER,
    within: timedelta = HALF_AN_HOUR,
    **facts: str,
) -> None:
    """Queue a mail without waking the delivery, like a process that is killed next."""
    with auth.database.use():
        await auth.outbox.put(letter, to, client, within=within, **facts)


async def queued_rows(auth: Auth) -> list[dict[str, Any]]:
    """The rows of the outbox, the oldest first."""
    with auth.database.use():
        return await OutboxMessage.all().order_by("created_at", "id").values()


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for something that happens by itself."""
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def until_queue_is_empty(auth: Auth) -> None:
    """Wait until the outbox is empty."""
    deadline = time.monotonic() + 60
    while await queued_rows(auth):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)
