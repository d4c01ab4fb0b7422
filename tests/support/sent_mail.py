"""The mails that were sent without a mail server: the mailer keeps each."""

import asyncio
import re
import time
from collections.abc import Sequence
from email.message import EmailMessage

from rows import Row, everything

from authberry import Auth
from authberry.mail.mailer import Console
from authberry.models import OutboxMessage

TIMEOUT = 60  # seconds
_LINK = re.compile(r"https?://\S+")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")


def share_mailbox(auths: Sequence[Auth]) -> None:
    """Let whatever any of several servers sends be kept with what the first one sends."""
    consoles = [auth.outbox.mailer for auth in auths]
    for console in consoles:
        if isinstance(console, Console) and isinstance(consoles[0], Console):
            console.sent = consoles[0].sent


async def mails(auth: Auth) -> list[EmailMessage]:
    """Send what is due, and return all that was ever sent, the oldest first."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        await auth.outbox.deliver()
        with auth.database.use():
            waiting = await OutboxMessage.all().values("letter", "last_error")
        if not waiting:
            break
        assert time.monotonic() < deadline, waiting
        await asyncio.sleep(0.01)
    assert isinstance(auth.outbox.mailer, Console)
    return list(auth.outbox.mailer.sent)


async def everything_when_idle(auth: Auth) -> dict[str, list[Row]]:
    """Every row of every table, once no mail is queued: sending changes rows."""
    await mails(auth)
    return await everything(auth)


async def mails_to(auth: Auth, address: str) -> list[EmailMessage]:
    """Those to one address."""
    return [mail for mail in await mails(auth) if mail["To"] == address]


async def link_to(auth: Auth, address: str) -> str:
    """The link in the last mail to an address."""
    *_, last = await mails_to(auth, address)
    return link_in(last)


async def token_to(auth: Auth, address: str) -> str:
    """The token of that link."""
    return token_in(await link_to(auth, address))


def link_in(mail: EmailMessage) -> str:
    """The one link of a mail that holds a token; it stands in both of its parts."""
    found = {match[0] for match in _LINK.finditer(text_of(mail)) if _TOKEN.search(match[0])}
    (link,) = found
    return link


def token_in(link: str) -> str:
    """The token of a link."""
    (match,) = _TOKEN.finditer(link)
    return match[0]


def text_of(mail: EmailMessage) -> str:
    """What a mail says in plain text."""
    part = mail.get_body(("plain",))
    assert part
    return str(part.get_content())


def subjects(sent: Sequence[EmailMessage]) -> list[str]:
    """What mails are about."""
    return [str(mail["Subject"]) for mail in sent]
