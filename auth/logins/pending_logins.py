"""Pending logins: what was proved is good, and more is wanted. One row each, for five minutes.

The ticket is in a cookie of its own, or with a client that holds its tokens itself. It is used
once, for what it was begun for, and dies of the fifth wrong proof, of a new password, and of any
change of the account's factors.
"""

import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from uuid import uuid4

from tortoise.expressions import F

from authberry.errors import InvalidTicket
from authberry.factors import Factors
from authberry.models import PendingLogin, User
from authberry.resources import Resources
from authberry.sessions import RefreshTokenTransport
from authberry.signing import Proof
from authberry.tokens import Sealer, issue_row_ticket, open_row_ticket

LIFETIME = timedelta(minutes=5)
ENROLLMENT_LIFETIME = timedelta(minutes=15)
"""For somebody who has to install an app first."""
MOST_ATTEMPTS = 5


class Purpose(Enum):
    """What a pending login ends with."""

    LOGIN = "login"
    ENROLLMENT = "enrollment"
    PASSWORD_RESET = "password_reset"


@dataclass(frozen=True, slots=True)
class Pending:
    """A pending login, found by its ticket."""

    row: PendingLogin
    proof: Proof
    """What was proved so far."""
    ticket: str = field(repr=False)

    @property
    def user(self) -> User:
        """Who is logging in."""
        return self.row.user

    @property
    def transport(self) -> RefreshTokenTransport:
        """How the client will hold its refresh token."""
        return RefreshTokenTransport(self.row.transport)

    @property
    def attempts_left(self) -> int:
        """How many wrong proofs it survives, less one."""
        return MOST_ATTEMPTS - self.row.attempts


@dataclass(eq=False)
class PendingLogins:
    """Begins them, finds them and uses them up."""

    resources: Resources
    factors: Factors

    def __post_init__(self) -> None:
        """Derive the key that payloads are sealed with."""
        self._sealer = Sealer(self.resources.settings.secrets, "pending login")

    async def begin(
        self,
        user: User,
        transport: RefreshTokenTransport,
        proof: Proof,
        purpose: Purpose,
        payload: str | None = None,
    ) -> tuple[PendingLogin, str]:
        """Write one; returns it and its ticket. Within `Database.use`."""
        login_id, now = uuid4(), self._now()
        ticket, secret_hash = issue_row_ticket(login_id)
        lifetime = ENROLLMENT_LIFETIME if purpose is Purpose.ENROLLMENT else LIFETIME
        row = await PendingLogin.create(
            id=login_id,
            user=user,
            purpose=purpose.value,
            secret_hash=secret_hash,
            transport=transport.value,
            proofs=_written(proof),
            rests_on=await self.factors.basis(user),
            sealed_payload=self._sealer.seal(payload.encode(), str(login_id)) if payload else None,
            created_at=now,
            expires_at=now + lifetime,
        )
        return row, ticket

    async def find(self, tickets: tuple[str, ...], *purposes: Purpose) -> Pending:
        """Find one by its ticket, with its user; within `Database.use`.

        Args:
            tickets: One, or several where a browser sent several cookies: the first good one wins.
            purposes: What it may be for.

        Raises:
            InvalidTicket: there is none for this, or its time is over, or the account is not what
                it was.
        """
        for ticket in tickets:
            if (found := await self._find(ticket, purposes)) is not None:
                return found
        raise InvalidTicket

    async def count_attempt(self, pending: Pending) -> Pending:
        """Count a try before it is looked at, whatever comes of it; within `Database.use`.

        Raises:
            InvalidTicket: there have been five.
        """
        row = PendingLogin.filter(id=pending.row.id, attempts__lt=MOST_ATTEMPTS)
        if not await row.update(attempts=F("attempts") + 1):
            raise InvalidTicket
        pending.row.attempts += 1
        return pending

    async def use(self, pending: Pending) -> None:
        """Use it up, inside a transaction: of those who do at once, one gets through.

        Raises:
            InvalidTicket: somebody was faster, or its time is over.
        """
        row = PendingLogin.filter(
            id=pending.row.id, rests_on=pending.row.rests_on, expires_at__gt=self._now()
        )
        if not await row.delete():
            raise InvalidTicket

    async def end(self, pending: Pending) -> None:
        """End one that has seen too many wrong proofs; within `Database.use`."""
        await PendingLogin.filter(id=pending.row.id).delete()

    async def add_proof(self, pending: Pending, second: Proof) -> None:
        """Let a factor that was just set up be proved; inside the transaction that adds it.

        Raises:
            InvalidTicket: it is over.
        """
        row = PendingLogin.filter(id=pending.row.id, rests_on=pending.row.rests_on)
        changed = await row.update(
            purpose=Purpose.ENROLLMENT.value,
            proofs=_written(pending.proof.with_second(second)),
            rests_on=await self.factors.basis(pending.user),
        )
        if not changed:
            raise InvalidTicket

    def payload(self, pending: Pending) -> str:
        """Return what is to be done once it is complete; empty where that is nothing."""
        if not pending.row.sealed_payload:
            return ""
        sealed, login_id = pending.row.sealed_payload, str(pending.row.id)
        return self._sealer.open(sealed, login_id).plain.decode()

    async def _find(self, ticket: str, purposes: tuple[Purpose, ...]) -> Pending | None:
        opened = open_row_ticket(ticket)
        if opened is None:
            return None
        row = await PendingLogin.get_or_none(
            id=opened.row_id, purpose__in=[purpose.value for purpose in purposes]
        ).select_related("user")
        if (
            row is None
            or not hmac.compare_digest(row.secret_hash, opened.secret_hash)
            or row.expires_at <= self._now()
            or row.user.disabled_at is not None
            or not hmac.compare_digest(row.rests_on, await self.factors.basis(row.user))
        ):
            return None
        kept = json.loads(row.proofs)
        return Pending(row, Proof(tuple(kept["amr"]), kept["acr"]), ticket)

    def _now(self) -> datetime:
        return self.resources.clock.now()


def _written(proof: Proof) -> str:
    return json.dumps({"amr": proof.amr, "acr": proof.acr})
