"""How a mail leaves: by SMTP (`authberry.mail.smtp`) or, in development, to the console."""

import sys
from collections import deque
from datetime import timedelta
from email.message import EmailMessage
from typing import Protocol

SENDING_TIMEOUT = timedelta(seconds=60)
"""All of one delivery, shorter than an outbox lets anybody hold a mail."""
KEPT = 50


class Undeliverable(Exception):
    """The mail did not go; the message says why, without an address or a word of it.

    `is_permanent` says that the server will never take it, so that to try again is no use. `said`
    is what the server said, for the operator's eyes and for no log: servers repeat addresses.
    `remedy` is what the operator can do.
    """

    def __init__(
        self, reason: str, *, is_permanent: bool = False, said: str = "", remedy: str = ""
    ) -> None:
        """Keep whether it may be tried again."""
        super().__init__(reason)
        self.is_permanent = is_permanent
        self.said = said
        self.remedy = remedy


class Mailer(Protocol):
    """Sends a mail, or says why not."""

    async def send(self, message: EmailMessage) -> str:
        """Return what the server said once it has taken it; raises `Undeliverable`."""

    async def disconnect(self) -> None:
        """Close connections: for now there is nothing more to send."""


class Console:
    """Prints mails and keeps the last of them, for the page that shows them."""

    def __init__(self) -> None:
        """Keep none yet."""
        self.sent: deque[EmailMessage] = deque(maxlen=KEPT)

    async def send(self, message: EmailMessage) -> str:
        """Print the text of a mail, links and all: it is how a newcomer gets at them."""
        self.sent.append(message)
        text = message.get_body(("plain",))
        body = text.get_content() if text else ""
        sys.stderr.write(f"\n--- mail to {message['To']}: {message['Subject']}\n{body}---\n")
        sys.stderr.flush()
        return "printed"

    async def disconnect(self) -> None:
        """Nothing is held."""
