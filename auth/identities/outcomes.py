"""What a login at a provider ends with here."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from authberry.logins import LoginOutcome
from authberry.models import ExternalIdentity
from authberry.sessions import RefreshTokenTransport


@dataclass(frozen=True, slots=True)
class ProofNeeded:
    """There is an account with that address: whoever comes has to prove that it is theirs."""

    ticket: str | None = field(repr=False)
    """None where the browser is known by its cookie."""
    expires_at: datetime
    provider: str
    email: str = field(repr=False)
    """As the provider writes it."""


@dataclass(frozen=True, slots=True)
class Linked:
    """The account at the provider logs in to the account here from now on."""

    identity: ExternalIdentity


@dataclass(frozen=True, slots=True)
class MailSent:
    """A mail says how to go on."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What it has come to, and how the client holds what it is given."""

    outcome: "ExternalOutcome"
    transport: RefreshTokenTransport


ExternalOutcome: TypeAlias = LoginOutcome | ProofNeeded | Linked | MailSent
