"""Pending logins: what was proved is good, and more is wanted. One row each, for five minutes.

The ticket is in a cookie of its own, or with a client that holds its tokens itself. It is used
once, for what it was begun for, and dies of the fifth wrong proof, of a new password, and of any
change of the account's factors.
"""

import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from uuid import uuid4

from authberry.errors import InvalidTicket
from authberry.factors import Factors
from authberry.models import HeldFactors, PendingLogin, User
from authberry.resources import Resources
from authberry.sessions import RefreshTokenTransport
from authberry.signing import Proof
from authberry.tokens import Sealer, Unreadable, issue_row_ticket, open_row_ticket

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
class PresentedTickets:
    """What a request came with, and how: a login that waits in a browser does so in a cookie."""

    values: tuple[str, ...] = field(repr=False)
    """One, or several where a browser sent several cookies: the first good one wins."""
    transport: RefreshTokenTransport


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
        """How many more may be tried, behind those that are counted."""
        return MOST_ATTEMPTS - self.row.attempts


@dataclass(eq=False)
class PendingLogins:
    """Begins them, finds them and uses them up."""

    resources: Resources
    factors: Factors

    def __post_init__(self) -> None:
        """Derive the key that payloads are sealed with."""
        self._statements = self.resources.statements.pending_logins
        self._sealer = Sealer(self.resources.settings.secrets, "pending login")

    async def begin(
        self,
        user: User,
        held: HeldFactors,
        transport: RefreshTokenTransport,
        proof: Proof,
        purpose: Purpose,
        payload: str | None = None,
    ) -> tuple[PendingLogin, str]:
        """Write one; returns it and its ticket. Within `Database.use`."""
        row, ticket = self.prepare(user, held, transport, proof, purpose, payload)
        await self.add(row)
        return row, ticket

    def prepare(
        self,
        user: User,
        held: HeldFactors,
        transport: RefreshTokenTransport,
        proof: Proof,
        purpose: Purpose,
        payload: str | None = None,
    ) -> tuple[PendingLogin, str]:
        """Do so, and leave it to `add` to write it, when nothing else can fail."""
        login_id, now = uuid4(), self._now()
        ticket, secret_hash = issue_row_ticket(login_id)
        lifetime = ENROLLMENT_LIFETIME if purpose is Purpose.ENROLLMENT else LIFETIME
        row = PendingLogin(
            id=login_id,
            user=user,
            purpose=purpose.value,
            secret_hash=secret_hash,
            transport=transport.value,
            proofs=_written(proof),
            rests_on=self.factors.basis_of(user, held),
            sealed_payload=self._sealer.seal(payload.encode(), str(login_id)) if payload else None,
            created_at=now,
            expires_at=now + lifetime,
        )
        return row, ticket

    async def add(self, row: PendingLogin) -> None:
        """Write one that was prepared."""
        await self._statements.add(row)

    async def find(self, presented: PresentedTickets, *purposes: Purpose) -> Pending:
        """Find one by its ticket, with its user; within `Database.use`.

        Args:
            presented: What a client came with. That of a cookie is good in the cookie alone, where
                it is looked at who asks; and that of a body in a body.
            purposes: What it may be for.

        Raises:
            InvalidTicket: there is none for this, or its time is over, or the account is not what
                it was.
        """
        for ticket in presented.values:
            found = await self._find(ticket, purposes)
            if (
                found is not None
                and found.transport.uses_cookies is presented.transport.uses_cookies
            ):
                return found
        raise InvalidTicket

    async def again(self, pending: Pending) -> Pending:
        """Find it as it is by now, inside a transaction that holds the account.

        Raises:
            InvalidTicket: as `find`.
        """
        found = await self._find(pending.ticket, (Purpose(pending.row.purpose),))
        if found is None:
            raise InvalidTicket
        return found

    async def count_attempt(self, pending: Pending) -> None:
        """Count a try before it is looked at, whatever comes of it; within `Database.use`.

        Raises:
            InvalidTicket: there have been five.
        """
        attempts = await self._statements.count_attempt(pending.row.id, MOST_ATTEMPTS)
        if attempts is None:
            raise InvalidTicket
        pending.row.attempts = attempts

    async def use(self, pending: Pending) -> HeldFactors:
        """Use it up, inside a transaction: of those who do at once, one gets through.

        From here to its end, the account keeps the factors that it has, which are returned.

        Raises:
            InvalidTicket: somebody was faster, or its time is over, or the factors have changed.
        """
        await self.resources.statements.users.hold(pending.user.id)
        held = await self.resources.statements.factors.held(pending.user.id)
        rests_on = self.factors.basis_of(pending.user, held)
        if not await self._statements.use(pending.row.id, rests_on, self._now()):
            raise InvalidTicket
        return held

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
        """Return what is to be done once it is complete; empty where that is nothing.

        Raises:
            InvalidTicket: it is sealed with a secret that is configured no more.
        """
        sealed, login_id = pending.row.sealed_payload, str(pending.row.id)
        if not sealed:
            return ""
        try:
            return self._sealer.open(sealed, login_id).plain.decode()
        except Unreadable:
            raise InvalidTicket from None

    async def _find(self, ticket: str, purposes: tuple[Purpose, ...]) -> Pending | None:
        opened = open_row_ticket(ticket)
        if opened is None:
            return None
        found = await self._statements.with_user(opened.row_id)
        if found is None:
            return None
        row, held = found
        if (
            row.purpose not in {purpose.value for purpose in purposes}
            or not hmac.compare_digest(row.secret_hash, opened.secret_hash)
            or row.expires_at <= self._now()
            or row.user.disabled_at is not None
            or not hmac.compare_digest(row.rests_on, self.factors.basis_of(row.user, held))
        ):
            return None
        return Pending(row, _read(row.proofs), ticket)

    def _now(self) -> datetime:
        return self.resources.clock.now()


def _written(proof: Proof) -> str:
    kept: dict[str, object] = {"amr": proof.amr, "acr": proof.acr}
    if proof.proved_at is not None:
        kept["at"] = proof.proved_at.timestamp()
    return json.dumps(kept)


def _read(written: str) -> Proof:
    kept = json.loads(written)
    at = kept.get("at")
    return Proof(
        tuple(kept["amr"]), kept["acr"], None if at is None else datetime.fromtimestamp(at, UTC)
    )
