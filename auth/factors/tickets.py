"""Tickets: what was begun and is to be finished soon, held by the client and not by a table.

A ticket is sealed, so that nobody reads or makes one, and is good for one purpose and one person.
That it is good once is seen to where it is used.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from authberry.errors import InvalidTicket
from authberry.resources import Resources
from authberry.tokens import Sealer, Unreadable

LIFETIME = timedelta(minutes=5)
LONGEST = 2048
"""Characters; no ticket of ours is as long."""


@dataclass(eq=False)
class Tickets:
    """Makes and reads tickets of one purpose."""

    resources: Resources
    purpose: str

    def __post_init__(self) -> None:
        """Derive the key of the purpose."""
        self._sealer = Sealer(self.resources.settings.secrets, self.purpose)

    def issue(self, facts: dict[str, Any], holder: str = "") -> tuple[str, datetime]:
        """Return a ticket, and when it ends.

        Args:
            facts: What it says, as JSON.
            holder: Whose it is; it opens for nobody else.
        """
        expires_at = self.resources.clock.now() + LIFETIME
        plain = json.dumps({**facts, "exp": expires_at.timestamp()}).encode()
        return self._sealer.seal(plain, holder), expires_at

    def read(self, ticket: str | None, holder: str = "") -> dict[str, Any]:
        """Return what a ticket says.

        Raises:
            InvalidTicket: it was never one, or is another's, or its time is over.
        """
        if not ticket or len(ticket) > LONGEST or not ticket.isascii():
            raise InvalidTicket
        try:
            facts: dict[str, Any] = json.loads(self._sealer.open(ticket, holder).plain)
        except (Unreadable, ValueError):
            raise InvalidTicket from None
        if facts["exp"] <= self.resources.clock.now().timestamp():
            raise InvalidTicket
        return facts
