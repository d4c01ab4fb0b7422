"""Who has to have a second factor, and from when."""

from dataclasses import dataclass
from datetime import UTC, datetime

from authberry.models import User
from authberry.settings import Settings


@dataclass(frozen=True, eq=False)
class FactorPolicy:
    """What the settings ask for: AUTHBERRY_SECOND_FACTOR and those beside it."""

    settings: Settings

    def is_for(self, user: User) -> bool:
        """Whether somebody has to have one, now or from a date on."""
        roles = self.settings.second_factor_roles
        is_meant = not roles or not set(roles).isdisjoint(user.roles)
        return self.settings.second_factor == "required" and is_meant

    @property
    def since(self) -> datetime | None:
        """From when it counts; None if it always has."""
        since = self.settings.second_factor_from
        return since.replace(tzinfo=UTC) if since and since.tzinfo is None else since

    def demands(self, user: User, now: datetime) -> bool:
        """Whether somebody has to have one at this moment."""
        return self.is_for(user) and (self.since is None or self.since <= now)
