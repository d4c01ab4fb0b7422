"""Delivering what lies in the outbox: several mails at once, each until it goes or is too late.

Whoever takes a mail has it for a while (`LEASE`) and may give up sooner; nobody else tries it
meanwhile. A mail that does not go is put off, twice as long each time.
"""

import asyncio
import logging
import secrets
import traceback
from collections.abc import AsyncGenerator, Mapping
from contextvars import Context
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from authberry.client import Client
from authberry.clock import Clock
from authberry.events import Event, SecurityLog
from authberry.mail.mailer import SENDING_TIMEOUT, Mailer, Undeliverable
from authberry.mail.message import envelope
from authberry.mail.queued_mail import Composer, MailContent, QueuedMail, QueuedMailCodec
from authberry.mail.rendering import BrokenTemplate, MailKind, MailRenderer
from authberry.metrics import Metrics
from authberry.models import Database, DatabaseUnavailable, OutboxMessage, Statements
from authberry.settings import Settings
from authberry.tokens import Unreadable

logger = logging.getLogger("authberry.outbox")

AT_ONCE = 5
"""How many mails one process has under way: one that stalls holds up none of the others."""
LEASE = timedelta(minutes=2)
"""How long whoever has taken a mail has to send it."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
DOUBLINGS = 16  # beyond which a pause is the longest anyway


class Delivery:
    """Takes what is due and sends it."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        statements: Statements,
        composers: Mapping[MailKind, Composer],
        letters: MailRenderer,
        mailer: Mailer,
        orders: QueuedMailCodec,
        log: SecurityLog,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        """Deliver nothing yet."""
        self._sender = settings.mail_from
        self._database = database
        self._statements = statements
        self._composers = composers
        self._letters = letters
        self._mailer = mailer
        self._orders = orders
        self._log = log
        self._metrics = metrics
        self._clock = clock
        self._room = asyncio.Semaphore(AT_ONCE)
        self._sent: set[UUID] = set()
        self.under_way: set[asyncio.Task[bool]] = set()
        self.is_stopping = False

    async def hand_out(self) -> AsyncGenerator[asyncio.Task[bool], None]:
        """Begin to deliver whatever is due, and yield it, until nothing is.

        Raises:
            DatabaseUnavailable: what is under way goes on.
        """
        while message := await self._next():
            # In a context of its own: it is nobody's request.
            task = asyncio.create_task(self._carry(message), context=Context())
            self.under_way.add(task)
            task.add_done_callback(self.under_way.discard)
            yield task

    async def rest(self) -> None:
        """Hang up, unless something is under way."""
        if not self.under_way:
            await self._mailer.rest()

    async def _next(self) -> OutboxMessage | None:
        """Wait for room, and take what is due; what has no room waits for somebody else."""
        message = None
        await self._room.acquire()
        try:
            await self._forget()
            message = None if self.is_stopping else await self._take()
        finally:
            if message is None:
                self._room.release()
        return message

    async def _take(self) -> OutboxMessage | None:
        """Take a mail; one that only a later version knows is left to that while it is of use."""
        now, known = self._clock.now(), sorted(letter.value for letter in self._composers)
        with self._database.use():
            return await self._statements.outbox.take(now, now + LEASE, known)

    async def _carry(self, message: OutboxMessage) -> bool:
        """Deliver one mail, whatever happens; returns whether it went."""
        try:
            return await self._deliver(message)
        except DatabaseUnavailable as error:
            logger.warning("mail waits for the database", extra={"cause": str(error)})
            return False
        finally:
            self._room.release()

    async def _deliver(self, message: OutboxMessage) -> bool:
        client = Client()
        try:
            if message.expires_at <= self._clock.now():
                raise Undeliverable(message.last_error or "too late", is_permanent=True)
            order = self._orders.open(message)
            client = order.client
            mail = await self._composers[order.letter](order)
            if mail is not None:
                await self._send(message, order, mail)
        except Undeliverable as error:
            await self._failed(message, client, str(error), is_permanent=error.is_permanent)
            return False
        except Unreadable:
            await self._failed(message, client, "not readable with this server's secrets")
            return False
        except BrokenTemplate as error:
            await self._failed(message, client, f"template {error}")
            return False
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one mail must not keep the others
            await self._failed(message, client, f"unforeseen {_where(error)}")
            return False
        self._sent.add(message.id)
        if mail is not None:
            self._metrics.mail("sent")
            self._log.record(
                Event.MAIL_SENT, client, user_id=mail.user_id, reason=order.letter.value
            )
        await self._forget()
        return mail is not None

    async def _send(self, message: OutboxMessage, order: QueuedMail, mail: MailContent) -> None:
        written = self._write(message.id, order, mail)
        if self._clock.now() > message.due_at - SENDING_TIMEOUT:
            raise Undeliverable("another process may have it by now")
        await self._mailer.send(written)

    async def _forget(self) -> None:
        """Delete what has gone; what the database does not delete now is not sent again by us."""
        if gone := set(self._sent):
            with self._database.use():
                await OutboxMessage.filter(id__in=list(gone)).delete()
            self._sent -= gone

    async def _failed(
        self, message: OutboxMessage, client: Client, reason: str, *, is_permanent: bool = False
    ) -> None:
        """Put a mail off or give it up, unless another process has it by now."""
        with self._database.use():
            row = OutboxMessage.filter(id=message.id, attempts=message.attempts)
            if is_permanent:
                await row.delete()
            else:
                due = min(self._clock.now() + _pause(message.attempts), message.expires_at)
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
        self._metrics.mail("failed" if is_permanent else "put_off")
        if is_permanent:
            self._log.record(Event.MAIL_FAILED, client, reason=message.letter)

    def _write(self, order_id: UUID, order: QueuedMail, mail: MailContent) -> EmailMessage:
        language = self._letters.language(mail.locale, order.client.languages)
        written = self._letters.write(order.letter, language, mail.values)
        return envelope(order_id, self._sender, mail.to, written, self._clock.now())


def _pause(attempts: int) -> timedelta:
    """Twice as long each time, and not for everybody the same."""
    pause = min(FIRST_PAUSE * (1 << min(attempts - 1, DOUBLINGS)), LONGEST_PAUSE)
    return pause * secrets.SystemRandom().uniform(0.75, 1.25)


def _where(error: Exception) -> str:
    """Where something unforeseen happened, without what it says, which may be an address."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
