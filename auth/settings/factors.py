"""Settings: second factors, passkeys, and how long what was proved holds."""

from datetime import timedelta
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from authberry.settings.accounts import AccountSettings
from authberry.settings.urls import Domain, Origins
from authberry.settings.values import Moment, Seconds, Texts


class FactorSettings(AccountSettings):
    """Who has to have a second factor, and where passkeys are good."""

    second_factor: Literal["optional", "required"] = "optional"
    second_factor_roles: Texts = ()
    second_factor_from: Moment | None = None
    step_up_ttl: Seconds = Field(default=timedelta(minutes=15), gt=timedelta(0))
    trusted_device_ttl: Seconds = Field(default=timedelta(days=30), ge=timedelta(0))
    factor_reset_wait: Seconds = Field(default=timedelta(hours=72), ge=timedelta(hours=1))
    webauthn_rp_id: Domain | None = None
    webauthn_origins: Origins = ()

    @property
    def passkey_rp_id(self) -> str:
        """The domain that passkeys are made for (WebAuthn level 3, section 4: RP ID)."""
        return self.webauthn_rp_id or urlsplit(self.public_url).hostname or ""

    @property
    def passkey_origins(self) -> tuple[str, ...]:
        """The origins whose pages may use passkeys; never what a request says of itself."""
        return self.webauthn_origins or (self.origin,)

    @model_validator(mode="after")
    def _factors_are_for_roles(self) -> Self:
        if not all(self.knows_role(role) for role in self.second_factor_roles):
            raise ValueError("SECOND_FACTOR_ROLES: must be among the roles that ROLES lists")
        return self
