"""Who has to have a second factor, and from when."""

from dataclasses import dataclass
from datetime import datetime

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
        return self.settings.second_factor_from
