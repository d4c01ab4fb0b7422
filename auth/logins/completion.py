"""The second half of a login: what was missing is proved, and the session begins."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

from authberry.client import Client
from authberry.errors import InvalidCredentials, InvalidProof, InvalidTicket
from authberry.events import Event, TransactionEvents
from authberry.factors import UsedFactor, UsedRecoveryCode
from authberry.logins.gate import Gate
from authberry.logins.outcomes import EnrollmentNeeded
from authberry.logins.pending_logins import Pending, PresentedTickets, Purpose
from authberry.logins.proving import PresentedProof, Prover
from authberry.models import User
from authberry.resources import Resources
from authberry.sessions import BegunSession, Issued
from authberry.signing import Proof

Then: TypeAlias = Callable[[str, User, Client, TransactionEvents], Awaitable[None]]
"""Does what a login was to lead to, with its payload, inside the transaction that completes it."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A login that is complete."""

    issued: Issued
    trusted_token: str | None = field(default=None, repr=False)
    """What the browser is to hold from now on, if its owner trusts it."""


@dataclass(eq=False)
class Completion:
    """Takes second factors for logins that wait for one."""

    resources: Resources
    gate: Gate
    prover: Prover
    then: Then | None = None
    """What is done with a login that has a payload. Filled in by `Auth`."""

    async def complete(
        self,
        tickets: PresentedTickets,
        presented: PresentedProof | None,
        client: Client,
        *,
        skip: bool = False,
        trust: bool = False,
    ) -> Completed | EnrollmentNeeded:
        """Complete a login with what was missing.

        Args:
            tickets: What the browser or the program holds of it.
            presented: The second factor; None behind setting one up, or to put that off.
            client: Where.
            skip: Put off setting a factor up, while that can be.
            trust: Ask for no second factor in this browser for a while.

        Raises:
            InvalidTicket: there is no such login, or its time is over.
            InvalidProof: the factor is not good, or none was sent, which costs nothing; with how
                many more may be tried.
            TooManyAttempts: at this account, or from this network.
        """
        with self.resources.database.use():
            pending = await self.gate.second_factors.pending.find(
                tickets, Purpose.LOGIN, Purpose.ENROLLMENT
            )
        if pending.row.purpose == Purpose.ENROLLMENT.value:
            return await self._complete_enrollment(pending, client, skip=skip, trust=trust)
        if presented is None:
            raise InvalidProof(pending.attempts_left, "Send a proof: a second factor is wanted.")
        async with self.proved(pending, presented, client) as (used, events):
            both = pending.proof.with_second(used.proof)
            begun = await self._admit(pending, both, client, events)
            token = await self._trust(pending, client, wanted=trust)
        return Completed(await self.gate.issue(begun), token)

    @asynccontextmanager
    async def proved(
        self, pending: Pending, presented: PresentedProof, client: Client
    ) -> AsyncIterator[tuple[UsedFactor, TransactionEvents]]:
        """Check a second factor, and use it and the pending login up with what is done within.

        Raises:
            InvalidTicket, InvalidProof, TooManyAttempts: as `complete`.
            InvalidInput: it can be no proof; this costs nothing.
        """
        presented.require_well_formed()
        waiting, user = self.gate.second_factors.pending, pending.user
        attempt = await self.resources.attempts.second_factor(user, client)
        try:
            with self.resources.database.use():
                await waiting.count_attempt(pending)
                used = await self.prover.second_factor(user, presented, pending.row.id)
            async with self.resources.transaction() as events:
                held = await waiting.use(pending)
                await self.gate.second_factors.factors.use(used)
                resets = self.gate.second_factors.resets
                if held.reset_at is not None:
                    await resets.cancel_within(user, client, events)
                await resets.tell_of_recovery_code(used, user, client, events)
                yield used, events
            if isinstance(used, UsedRecoveryCode):
                resets.mail.notices.wake()
        except InvalidProof:
            await self._refuse(pending, client)
        await self.resources.attempts.restore(attempt)

    async def _refuse(self, pending: Pending, client: Client) -> None:
        """Record a wrong factor; raises InvalidProof. The fifth ends the login."""
        self.resources.log.record(Event.SECOND_FACTOR_FAILED, client, user_id=pending.user.id)
        if pending.attempts_left <= 0:
            with self.resources.database.use():
                await self.gate.second_factors.pending.end(pending)
        raise InvalidProof(max(0, pending.attempts_left)) from None

    async def _complete_enrollment(
        self, pending: Pending, client: Client, *, skip: bool, trust: bool
    ) -> Completed | EnrollmentNeeded:
        second_factors = self.gate.second_factors
        with self.resources.database.use():
            held = await self.resources.statements.factors.held(pending.user.id)
        # Whatever is set up or taken off meanwhile ends what waits: see `PendingLogins.use`.
        may_skip = skip and second_factors.deadline is not None
        if held.is_empty and not may_skip:
            return second_factors.enrollment(pending.row, pending.ticket)
        async with self.resources.transaction() as events:
            await second_factors.pending.use(pending)
            begun = await self._admit(pending, pending.proof, client, events)
            token = await self._trust(pending, client, wanted=trust and not held.is_empty)
        return Completed(await self.gate.issue(begun), token)

    async def _admit(
        self, pending: Pending, proof: Proof, client: Client, events: TransactionEvents
    ) -> BegunSession:
        try:
            begun = await self.gate.admit(
                pending.user, client, pending.transport, proof, events, reason="second factor"
            )
        except InvalidCredentials:
            raise InvalidTicket from None
        payload = self.gate.second_factors.pending.payload(pending)
        if payload and self.then is not None:
            await self.then(payload, pending.user, client, events)
            begun.is_news = True
        return begun

    async def _trust(self, pending: Pending, client: Client, *, wanted: bool) -> str | None:
        is_on = bool(self.resources.settings.trusted_device_ttl)
        if not wanted or not is_on or not pending.transport.uses_cookies:
            return None
        return await self.gate.second_factors.devices.trust(pending.user, client)
