"""The outbox: what is to be mailed, kept in the database until it has been.

A row is written in the transaction of the change that the mail tells of, so that neither is there
without the other. Any process takes a row by moving its due time forward, one conditional UPDATE:
nobody else tries it meanwhile, and if the process dies, another does when that time has come. The
row is deleted once the mail server has taken the mail. Between those two lies the one moment in
which a crash sends a mail twice, with the same Message-ID (RFC 5322, section 3.6.4).

What a row holds is encrypted, and it is an order rather than a mail: who has the address, and what
the link is, is found out when it is sent. So asking for a mail is the same work whether or not
there is such an account, and no token lies in the database.
"""

import asyncio
import hmac
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from email.utils import parseaddr
from uuid import UUID, uuid4

from jinja2 import TemplateError

from authberry.client import Client
from authberry.clock import Clock
from authberry.errors import MailUnavailable
from authberry.events import Event, SecurityLog
from authberry.key_derivation import derive_keys
from authberry.letters import Letter, Letters
from authberry.mailer import Mailer, Undeliverable
from authberry.models import Database, DatabaseUnavailable, OutboxMessage, Statements
from authberry.sealing import Box, Unreadable
from authberry.settings import Settings

logger = logging.getLogger("authberry.outbox")

LEASE = timedelta(minutes=2)
"""How long whoever has taken a mail has to send it."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
POLL = 10.0  # seconds between two looks at what others left
USEFUL = timedelta(days=2)
"""How long it is tried to send what holds no link."""
STOPPING = 5.0  # seconds that a mail under way is given when the service stops


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for."""

    letter: Letter
    to: str = field(repr=False)
    languages: str | None
    facts: Mapping[str, str] = field(repr=False)
    client: Client


@dataclass(frozen=True, slots=True)
class Mail:
    """What is to be said, and to whom."""

    to: str = field(repr=False)
    values: Mapping[str, object] = field(repr=False)
    user_id: UUID | None = None
    locale: str | None = None
    """The person's own choice; without one, the request's languages decide."""


Composer = Callable[[Order], Awaitable[Mail | None]]


class Outbox:
    """Takes orders, and sends what they lead to."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        statements: Statements,
        letters: Letters,
        mailer: Mailer,
        log: SecurityLog,
        clock: Clock,
    ) -> None:
        """Send nothing yet."""
        self._settings = settings
        self._database = database
        self._statements = statements
        self._letters = letters
        self._log = log
        self._clock = clock
        self.mailer = mailer
        self._box = Box(settings.secrets, "outbox")
        self._address_keys = derive_keys(settings.secrets, "outbox addresses")
        self._composers: dict[Letter, Composer] = {}
        self._woken = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

    def compose(self, letter: Letter, composer: Composer) -> None:
        """Have `composer` find out what a letter says; it returns None where nobody gets one."""
        self._composers[letter] = composer

    def require(self) -> None:
        """Raise `MailUnavailable` if there is nothing that mail could leave by."""
        if not self._settings.sends_mail:
            raise MailUnavailable

    async def put(
        self,
        letter: Letter,
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
        order = {
            "to": to,
            "languages": client.languages,
            "facts": facts,
            "address": client.address,
            "request_id": client.request_id,
        }
        await OutboxMessage.create(
            id=order_id,
            letter=letter.value,
            payload=self._box.seal(json.dumps(order).encode(), str(order_id)),
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
            self._worker = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop; a mail under way is given a moment, and else is tried again when its time comes."""
        worker, self._worker = self._worker, None
        if worker is None:
            return
        self._stopping = True
        self._woken.set()
        _, late = await asyncio.wait([worker], timeout=STOPPING)
        for task in late:
            task.cancel()
            await asyncio.wait([task])
        self._stopping = False

    _stopping = False

    async def deliver(self) -> int:
        """Send what is due, one after another; returns how many went."""
        count = 0
        while not self._stopping:
            now = self._clock.now()
            with self._database.use():
                message = await self._statements.take_message(now, now + LEASE)
            if message is None:
                break
            count += await self._deliver(message)
        return count

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            try:
                await self.deliver()
            except DatabaseUnavailable as error:
                logger.warning("mail waits for the database", extra={"cause": str(error)})
            except Exception:
                logger.exception("mail waits")
            try:
                async with asyncio.timeout(POLL * secrets.SystemRandom().uniform(0.75, 1.25)):
                    await self._woken.wait()
            except TimeoutError:
                continue

    async def _deliver(self, message: OutboxMessage) -> bool:
        """Try one mail; what cannot go now is tried later, what can never go is given up."""
        letter = Letter(message.letter)
        client = Client()
        try:
            if message.expires_at <= self._clock.now():
                raise Undeliverable(message.last_error or "too late", is_permanent=True)
            order = self._order(message)
            client = order.client
            mail = await self._composers[letter](order)
            if mail is not None:
                await self.mailer.send(self._message(message.id, order, mail))
        except Undeliverable as error:
            await self._failed(message, client, str(error), is_permanent=error.is_permanent)
            return False
        except Unreadable:
            await self._failed(message, client, "unreadable", is_permanent=True)
            return False
        except TemplateError as error:
            logger.error("mail template", extra={"letter": letter.value, "cause": str(error)})  # noqa: TRY400 - whose trace is of no use
            await self._failed(message, client, "template", is_permanent=False)
            return False
        with self._database.use():
            await OutboxMessage.filter(id=message.id).delete()
        if mail is not None:
            self._log.record(Event.MAIL_SENT, client, user_id=mail.user_id, reason=letter.value)
        return mail is not None

    async def _failed(
        self, message: OutboxMessage, client: Client, reason: str, *, is_permanent: bool
    ) -> None:
        row = OutboxMessage.filter(id=message.id)
        with self._database.use():
            if is_permanent:
                await row.delete()
            else:
                pause = min(FIRST_PAUSE * 2 ** min(message.attempts, 16), LONGEST_PAUSE)
                pause *= secrets.SystemRandom().uniform(0.75, 1.25)
                await row.update(due_at=self._clock.now() + pause, last_error=reason[:200])
        logger.warning(
            "mail not sent",
            extra={"letter": message.letter, "attempts": message.attempts, "cause": reason},
        )
        if is_permanent:
            self._log.record(Event.MAIL_FAILED, client, reason=message.letter)

    def _order(self, message: OutboxMessage) -> Order:
        held = json.loads(self._box.open(message.payload, str(message.id)).plain)
        client = Client(
            address=held["address"], request_id=held["request_id"], languages=held["languages"]
        )
        return Order(Letter(message.letter), held["to"], held["languages"], held["facts"], client)

    def _message(self, order_id: UUID, order: Order, mail: Mail) -> EmailMessage:
        language = self._letters.language(mail.locale, order.languages)
        written = self._letters.write(order.letter, language, mail.values)
        message = EmailMessage()
        sender = self._settings.mail_from or "authberry@localhost"
        message["From"] = sender
        message["To"] = mail.to
        message["Subject"] = written.subject
        message["Date"] = self._clock.now()
        message["Message-ID"] = f"<{order_id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
        message["Content-Language"] = written.language
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(written.text)
        message.add_alternative(written.html, subtype="html")
        return message
