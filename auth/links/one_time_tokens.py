"""The tokens in links: 256 bits, hashed, for one purpose, one person and one use."""

import hashlib
import hmac
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from authberry.attempts import by_network
from authberry.client import Client
from authberry.email_addresses import stored
from authberry.errors import InvalidToken
from authberry.events import Event
from authberry.models import OneTimeToken, User
from authberry.resources import Resources
from authberry.settings import LinkPurpose

TOKEN_BYTES = 32
CONFIRMED = {
    LinkPurpose.VERIFY_EMAIL: "verified_email",
    LinkPurpose.CONFIRM_EMAIL_CHANGE: "confirmed_email_change",
}
"""What links have for a purpose that have confirmed an address. The release before knows neither,
and so uses none of them again."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class AlreadyConfirmed(Exception):
    """A link was opened again that has confirmed its address; `user` has it."""

    def __init__(self, user: User) -> None:
        """Say whose it is."""
        super().__init__()
        self.user = user


@dataclass(eq=False)
class OneTimeTokens:
    """Issues tokens and takes each of them once."""

    resources: Resources

    def __post_init__(self) -> None:
        """Keep how long each kind lives."""
        settings = self.resources.settings
        self._lifetime = settings.link_ttl
        self._lifetimes = {
            LinkPurpose.LOGIN: settings.login_link_ttl,
            LinkPurpose.UNDO_EMAIL_CHANGE: settings.undo_link_ttl,
            LinkPurpose.FACTOR_RESET_CANCEL: settings.factor_reset_wait,
        }

    def lifetime(self, purpose: LinkPurpose) -> timedelta:
        """How long a link of that purpose is good for."""
        return self._lifetimes.get(purpose, self._lifetime)

    async def issue(
        self,
        user: User,
        purpose: LinkPurpose,
        *,
        email: str | None = None,
        browser_hash: str | None = None,
    ) -> str:
        """Make a token for the account as it is now; returns the token, which is kept nowhere.

        Args:
            user: As just read.
            purpose: What it is good for.
            email: The address that the account is to have.
            browser_hash: Of the secret of the one browser that may use it.
        """
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self.resources.clock.now()
        with self.resources.database.use():
            await OneTimeToken.create(
                id=uuid4(),
                user=user,
                purpose=purpose.value,
                token_hash=digest(token),
                rests_on=None if _is_never_voided(purpose) else basis(user),
                email=email,
                email_key=stored(email)["email_key"] if email else None,
                browser_hash=browser_hash,
                created_at=now,
                expires_at=now + self.lifetime(purpose),
            )
        return token

    async def find(self, token: str, purpose: LinkPurpose) -> OneTimeToken:
        """Look up what a token stands for, with its user, without using it.

        Raises:
            InvalidToken: there is none for this purpose, or it is past its time, or the account is
                disabled, or has another address or password than when the token was issued.
        """
        if not _TOKEN.fullmatch(token):
            raise InvalidToken
        with self.resources.database.use():
            found = await OneTimeToken.get_or_none(
                token_hash=digest(token), purpose=purpose.value
            ).select_related("user")
        if found is None or found.expires_at <= self.resources.clock.now():
            raise InvalidToken
        if found.user.disabled_at is not None or _is_voided(found, purpose):
            raise InvalidToken
        return found

    async def _find_confirmed(self, token: str, purpose: LinkPurpose) -> User | None:
        """Whose address a link has confirmed, while it still would and the address is theirs."""
        if purpose not in CONFIRMED or not _TOKEN.fullmatch(token):
            return None
        with self.resources.database.use():
            found = await OneTimeToken.get_or_none(
                token_hash=digest(token),
                purpose=CONFIRMED[purpose],
                expires_at__gt=self.resources.clock.now(),
            ).select_related("user")
        if found is None or found.user.disabled_at is not None:
            return None
        still_is = found.user.email == found.email and found.user.email_verified
        return found.user if still_is else None

    @asynccontextmanager
    async def presented(
        self, token: str, purpose: LinkPurpose, client: Client
    ) -> AsyncIterator[OneTimeToken]:
        """Count an attempt and find its token, for the rule within to use; record a refusal.

        Once it is used, the mailbox of its account is proved.

        Raises:
            TooManyAttempts: from this network.
            AlreadyConfirmed: by this very link, within its time.
            InvalidToken: as `find` and `use`.
        """
        attempts = self.resources.settings.link_attempts
        await self.resources.throttle.spend(client, *by_network(attempts, ("link",), client))
        try:
            found = await self.find(token, purpose)
            yield found
        except InvalidToken:
            if user := await self._find_confirmed(token, purpose):
                raise AlreadyConfirmed(user) from None
            self.resources.log.record(Event.LINK_REFUSED, client, reason=purpose.value)
            raise
        await self.resources.attempts.mailbox_proved(found.user, client)

    async def use(self, token: OneTimeToken, **changes: Any) -> None:
        """Use a token up and change its account with it, inside a transaction.

        One conditional DELETE, or UPDATE of what is to be known later: of two who use a link at
        once, one gets through. And the account is changed only if it still has what the token rests
        on.

        Raises:
            InvalidToken: somebody was faster.
        """
        purpose = LinkPurpose(token.purpose)
        row = OneTimeToken.filter(
            id=token.id, purpose=purpose.value, expires_at__gt=self.resources.clock.now()
        )
        if purpose in CONFIRMED:
            address = token.email or token.user.email
            used = await row.update(purpose=CONFIRMED[purpose], **stored(address))
        else:
            used = await row.delete()
        user = User.filter(id=token.user.id, disabled_at=None)
        if not _is_never_voided(purpose):
            user = user.filter(email=token.user.email, password_hash=token.user.password_hash)
        # An account that nothing is changed of is still to be there, and to stay as it is.
        if not used or not await user.update(**(changes or {"disabled_at": None})):
            raise InvalidToken
        token.user.update_from_dict(changes)


def digest(token: str) -> str:
    """The SHA-256 of a random token, in hex: what has 256 bits needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def basis(user: User) -> str:
    """What the account must still have when a token comes back: its address and its password."""
    return digest(f"{user.email}\0{user.password_hash or ''}")


def _is_never_voided(purpose: LinkPurpose) -> bool:
    """Whether nothing that is done to the account voids a link.

    Those that undo a change of address, or a reset of factors: whoever stole an account would void
    them by changing the password next.
    """
    return purpose in {LinkPurpose.UNDO_EMAIL_CHANGE, LinkPurpose.FACTOR_RESET_CANCEL}


def _is_voided(token: OneTimeToken, purpose: LinkPurpose) -> bool:
    """Whether the account has another address or password than when the token was issued."""
    is_unchanged = hmac.compare_digest(token.rests_on or "", basis(token.user))
    return not (is_unchanged or _is_never_voided(purpose))
