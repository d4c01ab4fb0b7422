"""Delivering what lies in the outbox: several mails at once, each until it goes or is too late.

Whoever takes a mail has it for a while (`LEASE`) and may give up sooner; nobody else tries it
meanwhile. A mail that does not go is put off, twice as long each time.
"""

import asyncio
import secrets
import traceback
from collections.abc import AsyncGenerator, Mapping
from contextvars import Context
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from authberry.client import Client
from authberry.events import Event
from authberry.mail.mailer import SENDING_TIMEOUT, Mailer, Undeliverable
from authberry.mail.message import build_message
from authberry.mail.queued_mail import Composer, MailContent, QueuedMail, QueuedMailCodec
from authberry.mail.rendering import BrokenTemplate, MailKind, MailRenderer
from authberry.models import DatabaseUnavailable, OutboxMessage
from authberry.models.event_logger import event_logger
from authberry.resources import Resources
from authberry.tokens import Unreadable

logger = event_logger("authberry.outbox")

AT_ONCE = 5
"""How many mails one process has under way: one that stalls holds up none of the others."""
LEASE = timedelta(minutes=2)
"""How long whoever has taken a mail has to send it."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
DOUBLINGS = 16  # beyond which a pause is the longest anyway


@dataclass(eq=False)
class Delivery:
    """Takes what is due and sends it."""

    resources: Resources
    codec: QueuedMailCodec
    composers: Mapping[MailKind, Composer]
    renderer: MailRenderer
    mailer: Mailer
    under_way: set[asyncio.Task[bool]] = field(default_factory=set)
    is_stopping: bool = False

    def __post_init__(self) -> None:
        """Deliver nothing yet."""
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._sent: set[UUID] = set()

    async def start_due(self) -> AsyncGenerator[asyncio.Task[bool], None]:
        """Begin to deliver whatever is due, and yield it, until nothing is.

        Raises:
            DatabaseUnavailable: what is under way goes on.
        """
        while message := await self._next():
            # In a context of its own: it is nobody's request.
            task = asyncio.create_task(self._deliver_guarded(message), context=Context())
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
            yield task

    async def disconnect(self) -> None:
        """Close the connections to the mail server, unless something is under way."""
        if not self.under_way:
            await self.mailer.disconnect()

    async def _next(self) -> OutboxMessage | None:
        """Wait for room, and take what is due; what has no room waits for somebody else."""
        message = None
        await self._slots.acquire()
        try:
            await self._forget()
            message = None if self.is_stopping else await self._take()
        finally:
            if message is None:
                self._slots.release()
        return message

    async def _take(self) -> OutboxMessage | None:
        """Take a mail; one that only a later version knows is left to that while it is of use."""
        now, known = self.resources.clock.now(), sorted(kind.value for kind in self.composers)
        with self.resources.database.use():
            return await self.resources.statements.outbox.take(now, now + LEASE, known)

    async def _deliver_guarded(self, message: OutboxMessage) -> bool:
        """Deliver one mail, whatever happens; returns whether it went."""
        try:
            return await self._deliver(message)
        except DatabaseUnavailable as error:
            logger.warning("mail waits for the database", extra={"cause": str(error)})
            return False
        finally:
            self._slots.release()

    async def _deliver(self, message: OutboxMessage) -> bool:
        """Compose a mail and send it; what does not go is put off, or given up."""
        client = Client()
        try:
            if message.expires_at <= self.resources.clock.now():
                raise Undeliverable(message.last_error or "too late", is_permanent=True)
            queued = self.codec.open(message)
            client = queued.client
            content = await self.composers[queued.kind](queued)
            if content is not None:
                await self._send(message, queued, content)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one mail must not keep the others
            is_permanent = isinstance(error, Undeliverable) and error.is_permanent
            await self._failed(message, client, _cause(error), is_permanent=is_permanent)
            return False
        self._sent.add(message.id)
        if content is not None:
            self.resources.metrics.mail("sent")
            self.resources.log.record(
                Event.MAIL_SENT, client, user_id=content.user_id, reason=queued.kind.value
            )
        await self._forget()
        return content is not None

    async def _send(self, message: OutboxMessage, queued: QueuedMail, content: MailContent) -> None:
        language = self.renderer.language(content.locale, queued.client.languages)
        rendered = self.renderer.render(queued.kind, language, content.values)
        now, sender = self.resources.clock.now(), self.resources.settings.mail_from
        written = build_message(message.id, sender, content.to, rendered, now)
        if now > message.due_at - SENDING_TIMEOUT:
            raise Undeliverable("another process may have it by now")
        await self.mailer.send(written)

    async def _forget(self) -> None:
        """Delete what has gone; what the database does not delete now is not sent again by us."""
        if gone := set(self._sent):
            with self.resources.database.use():
                await OutboxMessage.filter(id__in=list(gone)).delete()
            self._sent -= gone

    async def _failed(
        self, message: OutboxMessage, client: Client, reason: str, *, is_permanent: bool = False
    ) -> None:
        """Put a mail off or give it up, unless another process has it by now."""
        with self.resources.database.use():
            row = OutboxMessage.filter(id=message.id, attempts=message.attempts)
            if is_permanent:
                await row.delete()
            else:
                due = min(self.resources.clock.now() + _pause(message.attempts), message.expires_at)
                await row.update(due_at=due, last_error=reason[:200])
        logger.warning(
            "mail not sent",
            extra={
                "letter": message.letter,
                "attempts": message.attempts,
                "cause": reason,
                "given_up": is_permanent,
            },
        )
        self.resources.metrics.mail("failed" if is_permanent else "put_off")
        if is_permanent:
            self.resources.log.record(Event.MAIL_FAILED, client, reason=message.letter)


def _pause(attempts: int) -> timedelta:
    """Twice as long each time, and not for everybody the same."""
    pause = min(FIRST_PAUSE * (1 << min(attempts - 1, DOUBLINGS)), LONGEST_PAUSE)
    return pause * secrets.SystemRandom().uniform(0.75, 1.25)


def _cause(error: Exception) -> str:
    """Why a mail did not go, in words for the log, which never hold an address."""
    match error:
        case Undeliverable():
            return str(error)
        case Unreadable():
            return "not readable with this server's secrets"
        case BrokenTemplate():
            return f"template {error}"
    # Of what nobody foresaw, where it happened, without what it says, which may be an address.
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"unforeseen {type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
