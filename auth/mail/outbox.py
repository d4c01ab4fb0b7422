"""The outbox: what is to be mailed, kept in the database until it has been.

A row is written in the transaction of the change that the mail tells of, so that neither is there
without the other. Any process takes a row by moving its due time forward, one conditional UPDATE:
nobody else tries it meanwhile, and if the process dies, another does when that time has come. The
row is deleted once the mail server has taken the mail. Between those two lies the one moment in
which a crash sends a mail twice, with the same Message-ID (RFC 5322, section 3.6.4).

What a row holds is encrypted, and it is an order rather than a mail: who has the address, and what
the link is, is found out when it is sent. So asking for a mail is the same work whether or not
there is such an account, and no token lies in the database; the one that undoes a change of address
is made with the change, and waits in its order.
"""

import asyncio
import hmac
import logging
import secrets
import time
from collections.abc import Sequence
from contextvars import Context
from datetime import timedelta
from typing import Any
from uuid import uuid4

from authberry import email_addresses
from authberry.client import Client
from authberry.clock import Clock
from authberry.errors import MailUnavailable
from authberry.events import SecurityLog
from authberry.mail.delivery import Delivery
from authberry.mail.mailer import Mailer
from authberry.mail.message import envelope
from authberry.mail.queued_mail import Composer, MailContent, QueuedMail, QueuedMailCodec
from authberry.mail.rendering import MailKind, MailRenderer
from authberry.metrics import Metrics
from authberry.models import Database, DatabaseUnavailable, OutboxMessage, Statements
from authberry.settings import Settings
from authberry.tokens import derive_keys

__all__ = ["Composer", "MailContent", "Outbox", "QueuedMail"]

logger = logging.getLogger("authberry.outbox")

POLL = 10.0  # seconds between two looks at what others left
USEFUL = timedelta(days=2)
"""How long it is tried to send what holds no link."""
STOPPING = 5.0  # seconds that mails under way are given when the service stops


class Outbox:
    """Takes orders, and sends what they lead to."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        statements: Statements,
        letters: MailRenderer,
        mailer: Mailer,
        log: SecurityLog,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        """Send nothing yet."""
        self._settings = settings
        self._letters = letters
        self._clock = clock
        self.mailer = mailer
        self._orders = QueuedMailCodec(settings.secrets)
        self._address_keys = derive_keys(settings.secrets, "outbox addresses")
        self._composers: dict[MailKind, Composer] = {}
        self._deliveries = Delivery(
            settings,
            database,
            statements,
            self._composers,
            letters,
            mailer,
            self._orders,
            log,
            metrics,
            clock,
        )
        self._woken = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    def compose(self, letter: MailKind, composer: Composer) -> None:
        """Have `composer` find out what a letter says; it returns None where nobody gets one."""
        self._composers[letter] = composer

    def require(self) -> None:
        """Raise `MailUnavailable` if there is nothing that mail could leave by."""
        if not self._settings.sends_mail:
            raise MailUnavailable

    async def put(
        self,
        letter: MailKind,
        to: str,
        client: Client,
        *,
        within: timedelta = USEFUL,
        **facts: str,
    ) -> None:
        """Write an order down, inside the transaction of what it is about; then `wake`.

        Args:
            letter: What it is about.
            to: The address, in its normal form.
            client: Whose request it was, for the language and for the log.
            within: For how long it is of use.
            facts: What the composer needs to know.
        """
        if not self._settings.sends_mail:
            return
        order_id, now = uuid4(), self._clock.now()
        order = QueuedMail(letter, to, facts, client)
        await OutboxMessage.create(
            id=order_id,
            letter=letter.value,
            payload=self._orders.seal(order_id, order),
            recipient_hash=self.recipient_hashes(to)[0],
            created_at=now,
            expires_at=now + within,
            due_at=now,
        )

    def recipient_hashes(self, address: str) -> list[str]:
        """How rows name an address: with each of the secrets, the first of which writes."""
        return [hmac.digest(key, address.encode(), "sha256").hex() for key in self._address_keys]

    def wake(self) -> None:
        """Have this process look at what is due, now and from now on."""
        if not self._settings.sends_mail:
            return
        self._woken.set()
        if self._worker is None or self._worker.done():
            # In a context of its own: what it does later is not done for this request.
            self._worker = asyncio.create_task(self._run(), context=Context())

    async def close(self) -> None:
        """Stop; mails under way are given a moment, and else are tried again when due."""
        worker, self._worker = self._worker, None
        self._deliveries.is_stopping = True
        self._woken.set()
        until = time.monotonic() + STOPPING
        # The worker first, which may be taking one more.
        await _end([worker] if worker else [], until)
        await _end(list(self._deliveries.under_way), until)
        await self._deliveries.rest()
        self._deliveries.is_stopping = False

    async def deliver(self) -> int:
        """Send what is due; returns how many went."""
        went = await asyncio.gather(*[task async for task in self._deliveries.hand_out()])
        await self._deliveries.rest()
        return sum(went)

    async def send_test(self, to: str, languages: str | None = None) -> str:
        """Send a test at once and past the outbox; returns what the server said.

        Raises:
            InvalidInput: this is no address.
            MailUnavailable: there is nothing that mail could leave by.
            Undeliverable: it did not go.
            Unwritable: the template is broken.
        """
        self.require()
        address = email_addresses.normalize(to)
        written = self._letters.write(
            MailKind.TEST, self._letters.language(None, languages), {"name": None}
        )
        sender, now = self._settings.mail_from, self._clock.now()
        try:
            return await self.mailer.send(envelope(uuid4(), sender, address, written, now))
        finally:
            await self.mailer.rest()

    async def _run(self) -> None:
        while not self._deliveries.is_stopping:
            self._woken.clear()
            try:
                async for _ in self._deliveries.hand_out():
                    pass
                await self._deliveries.rest()
            except DatabaseUnavailable as error:
                logger.warning("mail waits for the database", extra={"cause": str(error)})
            except Exception:
                logger.exception("mail waits")
            try:
                async with asyncio.timeout(POLL * secrets.SystemRandom().uniform(0.75, 1.25)):
                    await self._woken.wait()
            except TimeoutError:
                continue


async def _end(tasks: Sequence[asyncio.Task[Any]], until: float) -> None:
    """Wait for tasks to end, until a time; those that are late are cancelled."""
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=max(0.0, until - time.monotonic()))
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late)
