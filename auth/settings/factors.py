"""Settings: second factors, passkeys, and how long what was proved holds."""

from datetime import datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field

from authberry.settings.service import ServiceSettings
from authberry.settings.urls import Origins
from authberry.settings.values import Seconds, Texts


class FactorSettings(ServiceSettings):
    """Who has to have a second factor, and where passkeys are good."""

    second_factor: Literal["optional", "required"] = "optional"
    second_factor_roles: Texts = ()
    second_factor_from: datetime | None = None
    step_up_ttl: Seconds = Field(default=timedelta(minutes=15), gt=timedelta(0))
    trusted_device_ttl: Seconds = Field(default=timedelta(days=30), ge=timedelta(0))
    factor_reset_wait: Seconds = Field(default=timedelta(hours=72), ge=timedelta(hours=1))
    webauthn_rp_id: str | None = Field(default=None, pattern=r"^[a-z0-9.-]{1,253}$")
    webauthn_origins: Origins = ()

    @property
    def passkey_rp_id(self) -> str:
        """The domain that passkeys are made for (WebAuthn level 3, section 4: RP ID)."""
        return self.webauthn_rp_id or urlsplit(self.public_url).hostname or ""

    @property
    def passkey_origins(self) -> tuple[str, ...]:
        """The origins whose pages may use passkeys; never what a request says of itself."""
        return self.webauthn_origins or (self.origin,)
