"""A session between its row and its tokens."""

from dataclasses import dataclass, field

from authberry.models import RefreshToken, User
from authberry.tokens import OpenedToken


class FactorsHeld(Exception):
    """The account has a factor that a session was to begin without."""


@dataclass(slots=True)
class BegunSession:
    """A session whose row is written; its tokens are issued once that is committed."""

    user: User
    session: RefreshToken
    token: OpenedToken = field(repr=False)
    ended_others: bool = False
    """Whether older sessions of the person gave way to it."""
    has_surplus: bool = False
    """Whether there were more of them than one transaction ends."""
    is_news: bool = False
    """Whether a mail that tells of it was queued with it."""
