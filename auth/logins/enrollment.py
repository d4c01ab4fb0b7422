"""Setting factors up, and taking them off again.

The first factor of an account ends every other session, which was begun without it, and comes with
recovery codes. Somebody who has to have a factor and has none sets one up in the middle of a login;
everybody else does so in a session in which they have just proved who they are.
"""

from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from authberry.client import Client
from authberry.errors import (
    FactorNotFound,
    FactorRequired,
    InvalidTicket,
    LastWayIn,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.events import Event
from authberry.factors import AcceptedCredentials, Ceremony, Factor, TotpEnrollment, checked_name
from authberry.logins.pending_logins import Pending
from authberry.logins.second_factors import SecondFactors
from authberry.logins.ways_in import has_way_in
from authberry.mail import Notices
from authberry.models import Passkey, RefreshToken, TrustedDevice, User
from authberry.resources import Resources
from authberry.sessions import Sessions, Viewer
from authberry.signing import ONE_TIME, Authentication, Proof

Enrolling: TypeAlias = Viewer | Pending
"""Who sets a factor up: somebody logged in, or in the middle of a login that wants one."""


@dataclass(frozen=True, slots=True)
class AddedFactor:
    """A factor that was set up."""

    factor: Factor
    recovery_codes: list[str] | None = field(default=None, repr=False)
    """With the first factor only; they are shown once."""


@dataclass(frozen=True, eq=False)
class Enrollment:
    """Adds factors to accounts, and removes them."""

    resources: Resources
    second_factors: SecondFactors
    sessions: Sessions
    notices: Notices

    async def of(self, user: User) -> list[Factor]:
        """List somebody's factors, the oldest first."""
        with self.resources.database.use():
            return await self.second_factors.factors.of(user.id)

    async def codes_left(self, user: User) -> int | None:
        """How many recovery codes are unused; None for somebody who has none."""
        with self.resources.database.use():
            return await self.second_factors.factors.recovery_codes.left(user)

    async def accepted_passkeys(self, user: User) -> AcceptedCredentials | None:
        """Which passkeys are somebody's, as their browser knows them; None without one."""
        with self.resources.database.use():
            return await self.second_factors.factors.passkeys.accepted(user)

    async def trusted_devices(self, user: User) -> list[TrustedDevice]:
        """List the browsers in which somebody's logins ask for no second factor."""
        with self.resources.database.use():
            return await self.second_factors.devices.of(user)

    async def revoke_trust(self, user: User, device_id: str, client: Client) -> None:
        """Trust a browser no longer.

        Raises:
            TrustedDeviceNotFound: the person has none of this id.
            TooManyAttempts: to this account, in all its sessions.
        """
        await self._spend_change(user, client)
        with self.resources.database.use():
            await self.second_factors.devices.revoke(user, device_id)

    def begin_totp(self, who: Enrolling, name: str | None) -> TotpEnrollment:
        """Make a seed for an app, which is active once a code proves it.

        Raises:
            InvalidInput: the name is not one.
        """
        checked = checked_name(name) if name is not None else None
        return self.second_factors.factors.totp.begin(who.user, checked)

    async def confirm_totp(
        self, who: Enrolling, ticket: str | None, code: str, client: Client
    ) -> AddedFactor:
        """Activate an app with a code of it.

        Raises:
            InvalidTicket: its time is over, or it is active already.
            InvalidProof: the code is not one of it.
            InvalidInput: there are as many factors as there may be.
            TooManyAttempts: at this account, or from this network; or it was changed so often.
        """
        attempt = await self.resources.attempts.second_factor(who.user, client)
        app = self.second_factors.factors.totp.confirm(who.user, ticket, code)
        added = await self._add(who, app, Proof((ONE_TIME,)), client)
        await self.resources.attempts.restore(attempt)
        return added

    async def begin_passkey(self, who: Enrolling) -> Ceremony:
        """Ask a browser to make a passkey.

        Raises:
            PasskeysImpossible: browsers make none for this service.
        """
        with self.resources.database.use():
            return await self.second_factors.factors.passkeys.begin_registration(who.user)

    async def finish_passkey(
        self, who: Enrolling, answer: object, name: str | None, client: Client
    ) -> AddedFactor:
        """Activate a passkey with what its authenticator has answered.

        Raises:
            InvalidTicket: its time is over, or it is active already, here or on another account.
            InvalidProof: the answer is not good.
            InvalidInput: the name is not one, or there are as many factors as there may be.
            TooManyAttempts: at this account, or from this network; or it was changed so often.
        """
        checked = checked_name(name) if name is not None else None
        attempt = await self.resources.attempts.second_factor(who.user, client)
        passkeys = self.second_factors.factors.passkeys
        with self.resources.database.use():
            made = await passkeys.finish_registration(who.user, answer, checked)
        added = await self._add(who, made.row, made.proof, client)
        await self.resources.attempts.restore(attempt)
        return added

    async def rename(self, viewer: Viewer, factor_id: str, name: str, client: Client) -> Factor:
        """Give a factor another name.

        Raises:
            FactorNotFound, InvalidInput: as `Factors.rename`.
            TooManyAttempts: to this account, in all its sessions.
        """
        await self._spend_change(viewer.user, client)
        with self.resources.database.use():
            return await self.second_factors.factors.rename(viewer.user, factor_id, name)

    async def remove(self, viewer: Viewer, factor_id: str, client: Client) -> None:
        """Take a factor off.

        Raises:
            FactorNotFound: the person has none of this id.
            LastWayIn: nobody could log in to the account any more.
            FactorRequired: it is the last one, and the policy demands one.
            TooManyAttempts: to this account, in all its sessions.
            Unauthenticated: the session has ended in the meantime.
        """
        user = viewer.user
        await self._spend_change(user, client)
        async with self.resources.transaction() as events:
            # Of two who remove the last two, one does; and a session that the first factor has just
            # ended takes nothing off.
            await self.sessions.living.hold(viewer.session)
            held = await self.second_factors.factors.of(user.id)
            factor = next((one for one in held if str(one.id) == factor_id), None)
            if factor is None:
                raise FactorNotFound
            if len(held) == 1 and self.second_factors.policy.is_for(user):
                raise FactorRequired
            if isinstance(factor, Passkey) and not await has_way_in(
                self.resources, user.id, without=factor.id
            ):
                raise LastWayIn
            await self.second_factors.factors.delete(factor)
            await self.notices.factor_removed(user, client)
            events.record(
                Event.FACTOR_REMOVED, client, user_id=user.id, session_id=viewer.session.id
            )
        self.notices.wake()

    async def regenerate_codes(self, viewer: Viewer, client: Client) -> list[str] | None:
        """Make ten recovery codes; those of before are good no more.

        None for somebody without a second factor, so that there is nothing to recover.

        Raises:
            TooManyAttempts: to this account, in all its sessions.
            Unauthenticated: the session has ended in the meantime.
        """
        await self._spend_change(viewer.user, client)
        factors = self.second_factors.factors
        if not await self.of(viewer.user):
            return None
        shown, rows = await factors.recovery_codes.make(viewer.user)
        async with self.resources.transaction() as events:
            # Whoever's session the first factor has ended meanwhile is shown no codes.
            await self.sessions.living.hold(viewer.session)
            if not await factors.of(viewer.user.id):
                return None
            await factors.recovery_codes.replace(viewer.user, rows)
            await self.notices.recovery_codes_replaced(viewer.user, client)
            events.record(
                Event.RECOVERY_CODES_REPLACED,
                client,
                user_id=viewer.user.id,
                session_id=viewer.session.id,
            )
        self.notices.wake()
        return shown

    async def _add(
        self, who: Enrolling, factor: Factor, proof: Proof, client: Client
    ) -> AddedFactor:
        user, factors = who.user, self.second_factors.factors
        await self._spend_change(user, client)
        is_first = not await self.of(user)
        shown, rows = await factors.recovery_codes.make(user) if is_first else (None, [])
        async with self.resources.transaction(conflict=InvalidTicket) as events:
            who = await self._hold(who)
            await factors.require_room(user)
            # Another may have been set up meanwhile: its codes have been shown, and stay.
            is_first = is_first and not await factors.of(user.id)
            await factor.save(force_create=True)
            if is_first:
                await factors.recovery_codes.replace(user, rows)
            await self._go_on(who, proof, is_first=is_first)
            await self.notices.factor_added(user, client)
            events.record(Event.FACTOR_ADDED, client, user_id=user.id, session_id=_session_of(who))
        if is_first:
            await self.sessions.viewers.propagate()
        self.notices.wake()
        return AddedFactor(factor, shown if is_first else None)

    async def _hold(self, who: Enrolling) -> Enrolling:
        """Let nobody else change the factors of an account until this transaction ends.

        Returns who sets one up, as by now.

        Raises:
            InvalidTicket: the login is over: the password or the factors were changed meanwhile.
            Unauthenticated: the session has ended in the meantime.
        """
        if isinstance(who, Viewer):
            await self.sessions.living.hold(who.session)
            return who
        await self.resources.statements.users.hold(who.user.id)
        return await self.second_factors.pending.again(who)

    async def _spend_change(self, user: User, client: Client) -> None:
        """Count a change: each costs rows, mails or hashes; raises TooManyAttempts."""
        await self.resources.attempts.change("factors", user.id, client)

    async def _go_on(self, who: Enrolling, proof: Proof, *, is_first: bool) -> None:
        """End what was begun without the factor, and let the session or login know of it."""
        if isinstance(who, Pending):
            await self.second_factors.pending.add_proof(who, proof)
            but = None
        else:
            but = who.session.id
            await self._raise(who.session, proof)
        if is_first:
            await self.sessions.revocation.end_within(who.user.id, "factor added", but=but)

    async def _raise(self, session: RefreshToken, proof: Proof) -> None:
        now, lasts = self.resources.clock.now(), self.resources.settings.step_up_ttl
        kept = Authentication.of(session).raised(proof, now, lasts).kept
        live = RefreshToken.filter(id=session.id, revoked_at=None)
        if not await live.update(proofs=kept, authenticated_at=now):
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)


def _session_of(who: Enrolling) -> UUID | None:
    return who.session.id if isinstance(who, Viewer) else None
