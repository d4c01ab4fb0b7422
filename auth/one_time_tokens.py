"""The tokens in links: 256 bits, hashed, for one purpose, one person and one use."""

import hashlib
import hmac
import re
import secrets
from datetime import timedelta
from uuid import uuid4

from authberry.clock import Clock
from authberry.errors import InvalidToken
from authberry.models import Database, OneTimeToken, User
from authberry.settings import LinkPurpose, Settings

TOKEN_BYTES = 32
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class OneTimeTokens:
    """Issues tokens and takes each of them once."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        """Keep how long each kind lives."""
        self._lifetimes = {
            LinkPurpose.LOGIN: settings.login_link_ttl,
            LinkPurpose.UNDO_EMAIL_CHANGE: settings.undo_link_ttl,
        }
        self._lifetime = settings.link_ttl
        self._database = database
        self._clock = clock

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
        token, now = secrets.token_urlsafe(TOKEN_BYTES), self._clock.now()
        with self._database.use():
            await OneTimeToken.create(
                id=uuid4(),
                user=user,
                purpose=purpose.value,
                token_hash=digest(token),
                rests_on=_basis(user, purpose),
                email=email,
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
        with self._database.use():
            found = await OneTimeToken.get_or_none(
                token_hash=digest(token), purpose=purpose.value
            ).select_related("user")
        if found is None or found.expires_at <= self._clock.now():
            raise InvalidToken
        if found.user.disabled_at is not None or not _still_rests(found, purpose):
            raise InvalidToken
        return found

    async def use(self, token: OneTimeToken) -> None:
        """Use a token up, inside the transaction of what it is for.

        One conditional DELETE: of two who use a link at once, one gets through.

        Raises:
            InvalidToken: somebody was faster.
        """
        used = await OneTimeToken.filter(id=token.id, expires_at__gt=self._clock.now()).delete()
        if not used:
            raise InvalidToken

    async def prune(self) -> int:
        """Delete what is past its time; returns how many."""
        with self._database.use():
            return await OneTimeToken.filter(expires_at__lte=self._clock.now()).delete()


def digest(token: str) -> str:
    """The SHA-256 of a random token, in hex: what has 256 bits needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def _basis(user: User, purpose: LinkPurpose) -> str | None:
    """What the account must still have when the token comes back.

    Nothing for the link that undoes a change of address: whoever stole an account would void it by
    changing the password next.
    """
    if purpose is LinkPurpose.UNDO_EMAIL_CHANGE:
        return None
    return digest(f"{user.email}\0{user.password_hash or ''}")


def _still_rests(token: OneTimeToken, purpose: LinkPurpose) -> bool:
    basis = _basis(token.user, purpose)
    return basis is None or hmac.compare_digest(token.rests_on or "", basis)
