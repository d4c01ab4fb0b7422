"""Logins at providers that have begun: one row each, for ten minutes, held by one browser.

A browser holds a random secret in a cookie, of which a row has a digest; so an answer that comes
back in another browser ends nothing (login CSRF, RFC 6749, section 10.12), and nobody can finish
what somebody else has begun. A program without a browser holds a ticket, and its provider's answer
has to come from a program, too: else whoever sends people to a provider could log in as them.
"""

import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError
from tortoise.expressions import F

from authberry.errors import InvalidTicket
from authberry.identities.accounts_at_providers import read, written
from authberry.identities.answers import (
    Answered,
    BrowserSecrets,
    HeldSecrets,
    Purpose,
    WantedLogin,
    is_among,
)
from authberry.links import digest
from authberry.models import ExternalLogin, SpentChallenge, User
from authberry.providers import OLDEST_BROUGHT, ExternalAccount, KeptSecrets
from authberry.resources import Resources
from authberry.sessions import RefreshTokenTransport
from authberry.tokens import LEEWAY, Sealer, Unreadable, issue_row_ticket, open_row_ticket

LIFETIME = timedelta(minutes=10)
ID_TOKEN_KEPT = OLDEST_BROUGHT + 2 * LEEWAY
"""How long it is known that an ID token was used; one that is as old is refused."""
MOST_ATTEMPTS = 5
"""Proofs that may be wrong before it is to be begun again."""


@dataclass(eq=False)
class PendingExternalLogins:
    """Begins them, finds them and uses them up. Its callers have chosen the database."""

    resources: Resources

    def __post_init__(self) -> None:
        """Derive the key that rows are sealed with."""
        self._sealer = Sealer(self.resources.settings.secrets, "external login")

    async def begin(
        self, wanted: WantedLogin, kept: KeptSecrets, browser: BrowserSecrets | None
    ) -> tuple[ExternalLogin, str | None]:
        """Write one; returns it, and its ticket where the client holds that.

        What the same browser has brought back and not finished is over.
        """
        row = self._new(wanted, digest(kept.state))
        row.sealed_secrets = self._seal(row.id, kept.to_json())
        ticket = self._add_ticket(row)
        if browser is not None:
            row.browser_hash = digest(browser.secret)
            row.post_hash = digest(browser.post_secret) if browser.post_secret else None
            await (
                ExternalLogin.filter(browser_hash=row.browser_hash, answered_at__isnull=False)
                .exclude(purpose=Purpose.HANDOVER.value)
                .delete()
            )
        await row.save(force_create=True)
        return row, ticket

    def brought(self, wanted: WantedLogin, account: ExternalAccount, id_token: str) -> Answered:
        """Make one that never was at the provider, since an app has brought its ID token."""
        row = self._new(wanted, digest(token_urlsafe()))
        row.sealed_outcome = self._seal(row.id, written(account))
        row.answered_at = row.created_at
        # Without its signature, of which one with ECDSA can be written in two ways.
        signed, _, _ = id_token.rpartition(".")
        return Answered(row, account, None, self._add_ticket(row), digest(signed))

    async def claim(self, provider: str, state: str, held: HeldSecrets) -> ExternalLogin:
        """Find the one that an answer belongs to, and take the answer for it, which is done once.

        Raises:
            InvalidTicket: it was begun elsewhere, at another provider or too long ago; or an answer
                has come before.
        """
        row = await ExternalLogin.get_or_none(state_hash=digest(state), provider=provider)
        if row is None or not _is_held(row, held):
            raise InvalidTicket
        waiting = ExternalLogin.filter(
            id=row.id,
            answered_at=None,
            expires_at__gt=self._now(),
            sealed_secrets__isnull=False,
        )
        if not await waiting.update(answered_at=self._now()):
            raise InvalidTicket
        return row

    def secrets(self, row: ExternalLogin) -> KeptSecrets:
        """Return what was kept until the answer came."""
        return KeptSecrets.from_json(self._open(row.id, row.sealed_secrets or ""))

    async def keep(self, row: ExternalLogin, account: ExternalAccount | None, face: str) -> None:
        """Keep what came of an answer: an account there, or why there is none."""
        outcome = json.dumps({"failure": face}) if account is None else written(account)
        await ExternalLogin.filter(id=row.id).update(
            sealed_outcome=self._seal(row.id, outcome), sealed_secrets=None
        )

    async def find(self, ticket: str | None, held: HeldSecrets, *purposes: Purpose) -> Answered:
        """Find one that has come back, by its ticket or, without one, by the browser's cookie.

        Of several of a browser, the one that came back last.

        Raises:
            InvalidTicket: there is none.
        """
        rows = ExternalLogin.filter(
            purpose__in=[purpose.value for purpose in purposes],
            sealed_outcome__isnull=False,
            expires_at__gt=self._now(),
        )
        if ticket:
            opened = open_row_ticket(ticket)
            row = opened and await rows.get_or_none(id=opened.row_id).select_related("user")
            is_held = (
                row and opened and hmac.compare_digest(row.secret_hash or "", opened.secret_hash)
            )
        else:
            hashes = [digest(secret) for secret in held.secrets]
            mine = rows.filter(browser_hash__in=hashes, secret_hash=None)
            row = await mine.order_by("-answered_at", "id").select_related("user").first()
            is_held = bool(hashes)
        if not row or not is_held:
            raise InvalidTicket
        said = self._open(row.id, row.sealed_outcome or "")
        failure = json.loads(said).get("failure")
        return Answered(row, None if failure else read(said), failure, ticket)

    async def use(self, answered: Answered) -> None:
        """Use one up, inside a transaction: of those who do at once, one gets through.

        Raises:
            InvalidTicket: somebody was faster, or its time is over.
        """
        if answered.id_token_hash:
            await self._spend(answered.id_token_hash)
            return
        row = ExternalLogin.filter(
            id=answered.row.id, purpose=answered.row.purpose, expires_at__gt=self._now()
        )
        if not await row.delete():
            raise InvalidTicket

    async def turn(
        self, answered: Answered, purpose: Purpose, user: User, lasts: timedelta
    ) -> ExternalLogin:
        """Let one end with something else, of somebody's account; inside a transaction.

        Raises:
            InvalidTicket: somebody was faster, or its time is over.
        """
        row, expires_at = answered.row, self._now() + lasts
        if answered.id_token_hash:
            await self._spend(answered.id_token_hash)
            row.purpose, row.user_id, row.expires_at = purpose.value, user.id, expires_at
            await row.save(force_create=True)
            return row
        same = ExternalLogin.filter(id=row.id, purpose=row.purpose, expires_at__gt=self._now())
        changes = {
            "purpose": purpose.value,
            "user_id": user.id,
            "expires_at": expires_at,
            # Who has begun it knows the state, and must not be able to show it for something else.
            "state_hash": digest(token_urlsafe()),
        }
        if not await same.update(**changes):
            raise InvalidTicket
        row.update_from_dict(changes)
        return row

    async def count_attempt(self, answered: Answered) -> int:
        """Count a proof before it is looked at; returns how many may follow it.

        Raises:
            InvalidTicket: there have been five.
        """
        row = ExternalLogin.filter(id=answered.row.id, attempts__lt=MOST_ATTEMPTS)
        if not await row.update(attempts=F("attempts") + 1):
            raise InvalidTicket
        answered.row.attempts += 1
        return MOST_ATTEMPTS - answered.row.attempts

    def outcome(self, row: ExternalLogin) -> ExternalAccount:
        """Return the account that an answer was about."""
        return read(self._open(row.id, row.sealed_outcome or ""))

    def _new(self, wanted: WantedLogin, state_hash: str) -> ExternalLogin:
        now, viewer = self._now(), wanted.viewer
        return ExternalLogin(
            id=uuid4(),
            provider=wanted.provider,
            purpose=wanted.purpose.value,
            state_hash=state_hash,
            transport=wanted.transport.value,
            return_to=wanted.return_to,
            user_id=viewer.user.id if viewer else None,
            session_id=viewer.session.id if viewer else None,
            created_at=now,
            expires_at=now + LIFETIME,
        )

    async def _spend(self, id_token_hash: str) -> None:
        """Use an ID token up, inside a transaction; raises `InvalidTicket` if it was before."""
        try:
            await SpentChallenge.create(
                challenge_hash=id_token_hash, expires_at=self._now() + ID_TOKEN_KEPT
            )
        except IntegrityError:
            raise InvalidTicket from None

    @staticmethod
    def _add_ticket(row: ExternalLogin) -> str | None:
        if RefreshTokenTransport(row.transport).uses_cookies:
            return None
        ticket, row.secret_hash = issue_row_ticket(row.id)
        return ticket

    def _seal(self, row_id: UUID, text: str) -> str:
        return self._sealer.seal(text.encode(), str(row_id))

    def _open(self, row_id: UUID, sealed: str) -> str:
        try:
            return self._sealer.open(sealed, str(row_id)).plain.decode()
        except Unreadable:  # with a secret that is configured no more
            raise InvalidTicket from None

    def _now(self) -> datetime:
        return self.resources.clock.now()


def _is_held(row: ExternalLogin, held: HeldSecrets) -> bool:
    """Whether an answer comes from the browser that has begun, or from a program as that was."""
    if row.browser_hash is None:
        return not held.is_browser
    if row.post_hash is not None:
        return is_among(row.post_hash, held.post_secrets)
    return is_among(row.browser_hash, held.secrets)
