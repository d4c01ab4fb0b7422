"""Mails that wait, and what is looked at of them."""

from collections.abc import Awaitable, Callable

import pytest
from queued_mail import (
    SENDER,
    queue_mail,
)
from smtp import MailServer

from authberry import Auth
from authberry.mail.queued_mail import MailContent, QueuedMail
from authberry.mail.rendering import MailKind

MakeAuth = Callable[..., Awaitable[Auth]]
AWAY, UNKNOWN = "450 4.2.0 try again", "550 5.1.1 unknown"


@pytest.fixture
async def auth(make_auth: MakeAuth, mail_server: MailServer) -> Auth:
    """The rules, with a mail server."""
    return await make_auth(**SENDER, smtp_url=mail_server.url)


def recipients(server: MailServer) -> list[str]:
    """To whom something arrived, as often as it did."""
    return sorted(to for received in server.received for to in received.recipients)


async def write_to_all(auth: Auth, number: int) -> list[str]:
    """Queue a mail to each of so many addresses, for whom there need be no account."""
    auth.outbox.composers[MailKind.TEST] = to_whoever_it_is
    addresses = [f"user{at:03}@example.com" for at in range(number)]
    for address in addresses:
        await queue_mail(auth, address, MailKind.TEST)
    return addresses


async def to_whoever_it_is(order: QueuedMail) -> MailContent:
    """Compose for whoever the order names."""
    return MailContent(order.to, {})
