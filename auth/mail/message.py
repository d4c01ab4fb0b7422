"""A written mail as a message (RFC 5322)."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from uuid import UUID

from authberry import email_addresses
from authberry.mail.rendering import RenderedMail

NOBODY = "authberry@localhost"
"""The sender where none is set, which is where mails are only printed."""


def build_message(
    mail_id: UUID, sender: str, to: str, written: RenderedMail, at: datetime
) -> EmailMessage:
    """Address a mail. Sent twice it has the same Message-ID, by which mailboxes may know it."""
    name, address = parseaddr(sender or NOBODY)
    ours = _address(address, name)
    message = EmailMessage()
    message["From"] = ours
    message["To"] = _address(to)
    message["Subject"] = written.subject
    message["Date"] = at
    message["Message-ID"] = f"<{mail_id}@{ours.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(written.text)
    message.add_alternative(written.html, subtype="html")
    message["Content-Language"] = written.language  # now, since it is the parts' that content sets
    return message


def _address(address: str, name: str = "") -> Address:
    user, _, domain = email_addresses.on_the_wire(address).rpartition("@")
    return Address(name, user, domain)
