"""Logging in by a password, and proving it once more."""

from dataclasses import dataclass
from datetime import timedelta

from authberry.client import Client
from authberry.email_addresses import AddressForms
from authberry.errors import (
    EmailNotVerified,
    InvalidCredentials,
    ServiceUnavailable,
    StepUpRequired,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.events import Event
from authberry.logins.gate import Gate
from authberry.logins.outcomes import LoginOutcome
from authberry.models import DatabaseUnavailable, RefreshToken, User
from authberry.models.event_logger import event_logger
from authberry.passwords import PasswordHasher, PreparedPassword, prepare
from authberry.resources import Resources
from authberry.sessions import RefreshTokenTransport, Viewer
from authberry.signing import PASSWORD_PROOF
from authberry.tokens import AAL2, reaches

logger = event_logger("authberry.accounts")

FRESH = timedelta(minutes=5)
"""How old a login may be that stands for the password of somebody who has none."""


@dataclass(frozen=True, eq=False)
class PasswordLogins:
    """Lets whoever knows an address and its password log in."""

    resources: Resources
    hasher: PasswordHasher
    gate: Gate

    async def login(
        self, email: str, password: str, client: Client, transport: RefreshTokenTransport
    ) -> LoginOutcome:
        """Prove an address and a password, and begin a session.

        The attempt is counted before the password is looked at, and whoever it is for, one hash is
        made: neither the answer nor its time tells whether there is such an account.

        Raises:
            InvalidCredentials: the address is unknown, the password wrong, or the account disabled.
            EmailNotVerified: all of it is right, and the address has to be proved first.
            TooManyAttempts: for this account, from this network, or both; or so many sessions have
                begun with this password just now.
            InvalidInput: the password is not text, or longer than any that could have been set.
        """
        prepared = prepare(password)
        user = await self.prove_password(AddressForms.of(email), prepared, client)
        await self.resources.attempts.entry(user.id, client)
        await self._rehash(user, prepared)
        settings = self.resources.settings
        if settings.email_verification == "required" and not user.email_verified:
            self._failed(user, "address not verified", client)
            raise EmailNotVerified
        return await self.gate.enter(user, client, transport, PASSWORD_PROOF)

    async def prove_password(
        self, address: AddressForms, password: PreparedPassword, client: Client
    ) -> User:
        """Find whose address and password these are.

        Raises:
            InvalidCredentials, TooManyAttempts: as `login`.
        """
        attempts = self.resources.attempts
        attempt = await attempts.login(address.key, client)
        with self.resources.database.use():
            user = await self.resources.statements.users.by_email(address.spellings)
            stored = user.email if user else address.exact
            is_known = attempt.excess is None or await attempts.is_known(stored, client)
        matches = await self.hasher.verify(user.password_hash if user else None, password)
        is_right = user is not None and matches and user.disabled_at is None
        if attempt.excess is not None and not (is_right and is_known):
            # The same to all, and after the same work: not even who shares a network with the
            # owner is told that somebody has logged in from there.
            self.resources.throttle.refuse(client, attempt.excess)
        if user is None or not is_right:
            wrong = "disabled" if matches else "wrong password"
            self._failed(user, "unknown address" if user is None else wrong, client)
            raise InvalidCredentials
        await attempts.restore(attempt)
        return user

    async def prove(
        self,
        viewer: Viewer,
        password: PreparedPassword | None,
        client: Client,
        *,
        failure: Event = Event.PROOF_FAILED,
    ) -> RefreshToken:
        """Have the person asking prove once more who they are, before what cannot be taken back.

        It costs of the budgets of the session and of all the account's sessions, so that a stolen
        access token buys few guesses and no stranger shuts anybody out; and always exactly one
        hash. A login of just now stands for the password, for whoever sends or has none; and
        whoever has a second factor has to have proved it in this session.

        Where the password is wrong, `failure` is recorded. Returns the session with its user, in
        rows of one's own: those of the viewer are shared.

        Raises:
            InvalidCredentials: the password is wrong; or the account has none, and the login is
                old.
            StepUpRequired: no password was sent, and the login is old; or of one factor.
            TooManyAttempts: in this session, or in all sessions of the account; of proofs that were
                right there is a number, too.
            Unauthenticated: the session has ended in the meantime.
        """
        session, level = await self._session_of_enough(viewer)
        user = session.user
        is_fresh = self.resources.clock.now() - session.authenticated_at < FRESH
        if password is None:
            if not is_fresh:
                raise StepUpRequired(level, int(FRESH.total_seconds()))
            return session
        attempt = await self.resources.attempts.proof(session, client)
        matches = await self.hasher.verify(user.password_hash, password)
        if user.password_hash is None:
            matches = is_fresh
        if not matches:
            self.resources.log.record(failure, client, user_id=user.id, session_id=session.id)
            raise InvalidCredentials
        await self.resources.attempts.restore(attempt)
        return session

    async def _session_of_enough(self, viewer: Viewer) -> tuple[RefreshToken, str | None]:
        """Read the session, and the level that it has to have, and has.

        Raises:
            StepUpRequired: there is a second factor, and the session is of one.
            Unauthenticated: the session has ended in the meantime.
        """
        with self.resources.database.use():
            session = await RefreshToken.with_user(viewer.session.id)
            held = await self.resources.statements.factors.held(viewer.user.id)
        if session is None:
            raise Unauthenticated(UnauthenticatedReason.SESSION_REVOKED)
        level = None if held.is_empty else AAL2
        if level and not reaches(self.gate.sessions.proof(session).acr, level):
            raise StepUpRequired(level, None)
        return session, level

    async def _rehash(self, user: User, password: PreparedPassword) -> None:
        """Bring a hash up to today's parameters. If that fails, the login does not.

        Of logins at once, the first one's hash is everybody's: if it is of the same password.
        """
        outdated = user.password_hash
        if outdated is None or not self.hasher.is_outdated(outdated):
            return
        try:
            new_hash = await self.hasher.hash(password)
            with self.resources.database.use():
                of_this = User.filter(id=user.id, password_hash=outdated)
                if await of_this.update(password_hash=new_hash):
                    user.password_hash = new_hash
                    return
                now = await User.get_or_none(id=user.id)
            if now is not None and await self.hasher.verify(now.password_hash, password):
                user.password_hash = now.password_hash
        except (DatabaseUnavailable, ServiceUnavailable) as error:
            logger.warning("password hash not renewed", extra={"cause": type(error).__name__})

    def _failed(self, user: User | None, reason: str, client: Client) -> None:
        self.resources.log.record(
            Event.LOGIN_FAILED, client, user_id=user.id if user else None, reason=reason
        )
