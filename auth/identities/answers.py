"""What a login at a provider is begun with, and what has come back of it."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum

from authberry.links import digest
from authberry.models import ExternalLogin
from authberry.providers import ExternalAccount
from authberry.sessions import RefreshTokenTransport, Viewer


class Purpose(Enum):
    """What a login at a provider ends with."""

    LOGIN = "login"
    LINK = "link"
    REAUTHENTICATION = "reauthentication"
    CONFIRMATION = "confirmation"
    """The account that has the address is to be proved."""
    HANDOVER = "handover"
    """The mailbox is to be proved, by a link."""


@dataclass(frozen=True, slots=True)
class BrowserSecrets:
    """What the browser that begins holds from now on."""

    secret: str = field(repr=False)
    post_secret: str | None = field(repr=False)
    """For a provider that posts its answer, with which the other does not come."""


@dataclass(frozen=True, slots=True)
class HeldSecrets:
    """What a request shows of a browser."""

    secrets: tuple[str, ...] = field(default=(), repr=False)
    post_secrets: tuple[str, ...] = field(default=(), repr=False)
    is_browser: bool = True
    """Whether a browser sends it, and not a program."""


@dataclass(frozen=True, slots=True)
class WantedLogin:
    """A login at a provider that is to begin."""

    provider: str
    purpose: Purpose
    return_to: str
    transport: RefreshTokenTransport
    viewer: Viewer | None = None
    """Who is logged in, where that matters to it."""


@dataclass(frozen=True, slots=True)
class Answered:
    """One that has come back."""

    row: ExternalLogin
    account: ExternalAccount | None
    failure: str | None
    """Why there is none."""
    ticket: str | None = field(default=None, repr=False)
    id_token_hash: str | None = None
    """Of an ID token that an app has brought: then there is no row until something is to wait."""

    @property
    def purpose(self) -> Purpose:
        """What it ends with."""
        return Purpose(self.row.purpose)

    @property
    def transport(self) -> RefreshTokenTransport:
        """How the client will hold its refresh token."""
        return RefreshTokenTransport(self.row.transport)


def is_among(secret_hash: str, secrets: Sequence[str]) -> bool:
    """Whether a digest is of one of these secrets."""
    return any(hmac.compare_digest(digest(one), secret_hash) for one in secrets)
