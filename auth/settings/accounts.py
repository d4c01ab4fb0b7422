"""Settings: who may have an account, which passwords are taken, and which roles there are."""

from typing import Literal, Self

from pydantic import Field, model_validator

from authberry.settings.service import ServiceSettings
from authberry.settings.urls import RangeServiceUrl
from authberry.settings.values import Texts


class AccountSettings(ServiceSettings):
    """Registration, passwords and roles."""

    registration: Literal["open", "closed"] = "open"
    email_domains: Literal["public", "any"] | None = None
    password_min_length: int = Field(default=8, ge=8, le=64)
    breached_passwords_url: RangeServiceUrl = ""
    roles: Texts = ()
    user_readers: Texts = ()

    @property
    def takes_any_domain(self) -> bool:
        """Whether an account may have an address that is not on the public internet."""
        return self.email_domains == "any" or (
            self.email_domains is None and not self.is_production
        )

    def knows_role(self, role: str) -> bool:
        """Whether there is such a role; where none are listed, any may be."""
        return not self.roles or role in self.roles

    @model_validator(mode="after")
    def _readers_have_roles(self) -> Self:
        if not all(self.knows_role(role) for role in self.user_readers):
            raise ValueError("USER_READERS: must be among the roles that ROLES lists")
        return self
