"""What a way in ends with: tokens, or what is missing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from authberry.factors import Ceremony, FactorKind
from authberry.sessions import Issued, RefreshTokenTransport


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """What was proved is good, and a second factor is wanted before anybody is logged in."""

    ticket: str = field(repr=False)
    expires_at: datetime
    transport: RefreshTokenTransport
    factors: tuple[FactorKind, ...]
    passkey: Ceremony | None
    """What a browser is asked, if a passkey is among them."""


@dataclass(frozen=True, slots=True)
class EnrollmentNeeded:
    """The account has to have a second factor, and has none."""

    ticket: str = field(repr=False)
    expires_at: datetime
    transport: RefreshTokenTransport
    allowed: tuple[FactorKind, ...]
    deadline: datetime | None
    """Until when it can be put off; None if it can't."""


Unfinished: TypeAlias = SecondFactorNeeded | EnrollmentNeeded
LoginOutcome: TypeAlias = Issued | Unfinished
