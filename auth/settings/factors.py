"""Settings: second factors, passkeys, and how long what was proved holds."""

import re
from datetime import timedelta
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from authberry.settings.accounts import AccountSettings
from authberry.settings.origins import by_name, is_address
from authberry.settings.urls import Domain, Origins
from authberry.settings.values import Moment, Seconds, Texts

_LOCALHOST = re.compile(r"https?://localhost(:[0-9]{1,5})?")


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
        """The domain that passkeys are made for (WebAuthn level 3, section 4: RP ID).

        Browsers make none for an address, so that those of this machine's are for `localhost`.
        """
        return self.webauthn_rp_id or urlsplit(by_name(self.origin)).hostname or ""

    @property
    def passkey_origins(self) -> tuple[str, ...]:
        """The origins whose pages may use passkeys; never what a request says of itself."""
        return self.webauthn_origins or (by_name(self.origin),)

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers can make any: not where the domain is an address (section 5.1.3)."""
        return not is_address(self.passkey_rp_id)

    @property
    def passkey_hosts(self) -> tuple[str, ...]:
        """The hosts whose pages may use passkeys."""
        hosts = (urlsplit(origin).hostname or "" for origin in self.passkey_origins)
        return tuple(dict.fromkeys(hosts)) if self.has_passkeys else ()

    @property
    def passkey_url(self) -> str:
        """The public URL as browsers take passkeys there: by the name of this machine."""
        named = by_name(self.origin)
        return (named if named in self.passkey_origins else self.origin) + self.path

    def takes_passkeys_of(self, origin: object) -> bool:
        """Whether pages of an origin may use passkeys.

        In development those of other ports of `localhost` may as well, as they may use cookies.
        """
        if self.is_production or self.webauthn_origins or self.passkey_rp_id != "localhost":
            return origin in self.passkey_origins
        return isinstance(origin, str) and _LOCALHOST.fullmatch(origin) is not None

    @model_validator(mode="after")
    def _factors_are_for_roles(self) -> Self:
        if not all(self.knows_role(role) for role in self.second_factor_roles):
            raise ValueError("SECOND_FACTOR_ROLES: must be among the roles that ROLES lists")
        return self
