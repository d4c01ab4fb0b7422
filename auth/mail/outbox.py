"""The outbox: what is to be mailed, kept in the database until it has been.

A row is written in the transaction of the change that the mail tells of, so that neither is there
without the other. Any process takes a row by moving its due time forward, one conditional UPDATE:
nobody else tries it meanwhile, and if the process dies, another does when that time has come. The
row is deleted once the mail server has taken the mail. Between those two lies the one moment in
which a crash sends a mail twice, with the same Message-ID (RFC 5322, section 3.6.4).

What a row holds is encrypted, and it does not yet say what the mail will: who has the address, and
what the link is, is found out when it is sent. So asking for a mail is the same work whether or not
there is such an account, and no token lies in the database; the one that undoes a change of address
is made with the change, and waits in the row.
"""

import asyncio
import hmac
import secrets
import time
from collections.abc import Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from authberry import email_addresses
from authberry.client import Client
from authberry.errors import MailUnavailable
from authberry.mail.delivery import Delivery
from authberry.mail.mailer import Mailer
from authberry.mail.message import build_message
from authberry.mail.queued_mail import Composer, QueuedMail, QueuedMailCodec
from authberry.mail.rendering import MailKind, MailRenderer
from authberry.models import DatabaseUnavailable, OutboxMessage
from authberry.models.event_logger import event_logger
from authberry.resources import Resources
from authberry.tokens import derive_keys

logger = event_logger("authberry.outbox")

POLL = 10.0  # seconds between two looks at what others left
USEFUL = timedelta(days=2)
"""How long it is tried to send what holds no link."""
STOPPING = 5.0  # seconds that mails under way are given when the service stops


@dataclass(eq=False)
class Outbox:
    """Takes queued mails, and sends what they lead to."""

    resources: Resources
    renderer: MailRenderer
    mailer: Mailer
    composers: dict[MailKind, Composer] = field(default_factory=dict)
    """What finds out, for each kind of mail, what is to be said. Filled in by `Auth`."""

    def __post_init__(self) -> None:
        """Send nothing yet."""
        secrets = self.resources.settings.secrets
        self._codec = QueuedMailCodec(secrets)
        self._address_keys = derive_keys(secrets, "outbox addresses")
        self._delivery = Delivery(
            self.resources, self._codec, self.composers, self.renderer, self.mailer
        )
        self._woken = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    def require(self) -> None:
        """Raise `MailUnavailable` if there is nothing that mail could leave by."""
        if not self.resources.settings.sends_mail:
            raise MailUnavailable

    async def put(
        self,
        kind: MailKind,
        to: str,
        client: Client,
        *,
        within: timedelta = USEFUL,
        **facts: str,
    ) -> None:
        """Queue a mail, inside the transaction of what it is about; then `wake`.

        Args:
            kind: What it is about.
            to: The address, in its normal form.
            client: Whose request it was, for the language and for the log.
            within: For how long it is of use.
            facts: What the composer needs to know.
        """
        if not self.resources.settings.sends_mail:
            return
        mail_id, now = uuid4(), self.resources.clock.now()
        queued = QueuedMail(kind, to, facts, client)
        await OutboxMessage.create(
            id=mail_id,
            letter=kind.value,
            payload=self._codec.seal(mail_id, queued),
            recipient_hash=self.recipient_hashes(to)[0],
            created_at=now,
            expires_at=now + within,
            due_at=now,
        )

    def recipient_hashes(self, address: str) -> list[str]:
        """How rows name an address: with each of the secrets, the first of which writes.

        By its key; the release before has written its spelling.
        """
        names = dict.fromkeys((email_addresses.key_of(address), address))
        return [
            hmac.digest(key, name.encode(), "sha256").hex()
            for name in names
            for key in self._address_keys
        ]

    def wake(self) -> None:
        """Have this process look at what is due, now and from now on."""
        if not self.resources.settings.sends_mail:
            return
        self._woken.set()
        if self._worker is None or self._worker.done():
            # In a context of its own: what it does later is not done for this request.
            self._worker = asyncio.create_task(self._run(), context=Context())

    async def close(self) -> None:
        """Stop; mails under way are given a moment, and else are tried again when due."""
        worker, self._worker = self._worker, None
        self._delivery.is_stopping = True
        self._woken.set()
        until = time.monotonic() + STOPPING
        # The worker first, which may be taking one more.
        await _end([worker] if worker else [], until)
        await _end(list(self._delivery.under_way), until)
        await self._delivery.disconnect()
        self._delivery.is_stopping = False

    async def deliver(self) -> int:
        """Send what is due; returns how many went."""
        went = await asyncio.gather(*[task async for task in self._delivery.start_due()])
        await self._delivery.disconnect()
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
        written = self.renderer.render(
            MailKind.TEST, self.renderer.language(None, languages), {"name": None}
        )
        sender, now = self.resources.settings.mail_from, self.resources.clock.now()
        try:
            return await self.mailer.send(build_message(uuid4(), sender, address, written, now))
        finally:
            await self.mailer.disconnect()

    async def _run(self) -> None:
        while not self._delivery.is_stopping:
            self._woken.clear()
            try:
                async for _ in self._delivery.start_due():
                    pass
                await self._delivery.disconnect()
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
