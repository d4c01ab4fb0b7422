"""Tickets of rows: what a client holds of something that was begun and that a table remembers.

    base64url( id 16 | secret 32 )

The row has a digest of the secret, which has 256 bits and so needs no slow hash.
"""

import base64
import binascii
import hashlib
import secrets
from typing import NamedTuple
from uuid import UUID

SECRET_BYTES = 32
LENGTH = 64
"""Characters."""


class RowTicket(NamedTuple):
    """A ticket, taken apart."""

    row_id: UUID
    secret_hash: str
    """SHA-256, in hex."""


def issue_row_ticket(row_id: UUID) -> tuple[str, str]:
    """Return a new ticket of a row, and what the row keeps of it: the digest of its secret."""
    secret = secrets.token_bytes(SECRET_BYTES)
    return base64.urlsafe_b64encode(row_id.bytes + secret).decode(), _hash(secret)


def open_row_ticket(ticket: str) -> RowTicket | None:
    """Take a ticket apart; None of what is none."""
    if len(ticket) != LENGTH or not ticket.isascii():
        return None
    try:
        raw = base64.b64decode(ticket, altchars=b"-_", validate=True)
    except binascii.Error:
        return None
    return RowTicket(UUID(bytes=raw[:16]), _hash(raw[16:]))


def _hash(secret: bytes) -> str:
    return hashlib.sha256(secret).hexdigest()
