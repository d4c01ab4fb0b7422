"""Settings: the providers whose logins are taken, such as Google or a company's own.

`AUTHBERRY_PROVIDERS` names them; what is set of one is `AUTHBERRY_PROVIDER_`, its name in capitals,
and one of the fields of `ProviderSettings`. A host passes a mapping from names to such fields.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource

from authberry.settings.provider_presets import ANYBODY, OF_ID_TOKENS, OF_SOME, PRESETS
from authberry.settings.provider_values import (
    Issuer,
    PrivateKey,
    ProviderName,
    Tenant,
    Visible,
    Words,
    is_private,
)
from authberry.settings.provider_variables import ProviderSource
from authberry.settings.service import ServiceSettings

MICROSOFT = "https://login.microsoftonline.com"


class ProviderSettings(BaseModel):
    """One provider: what the preset says of it, and what is set."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    preset: Literal["google", "apple", "microsoft", "gitlab", "github", "discord", "oidc"]
    label: str = Field(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]*$")
    issuer: Issuer = ""
    tenant: Tenant = ""
    client_id: Visible = ""
    client_secret: Visible = Field(default="", repr=False)
    team_id: Visible = ""
    key_id: Visible = ""
    private_key: PrivateKey = Field(default="", repr=False)
    scopes: Words
    trust_email: bool
    second_factor_amr: Words = ()
    second_factor_acr: Words = ()
    audiences: Words = ()
    private_addresses: bool = False

    @property
    def is_openid(self) -> bool:
        """Whether it issues ID tokens."""
        return PRESETS[self.preset].is_openid

    @property
    def can_reauthenticate(self) -> bool:
        """Whether it says when somebody has proved who they are, if it is asked to have them do so.

        OAuth 2 alone cannot, and Google does not.
        """
        return PRESETS[self.preset].says_when

    @property
    def asks_userinfo(self) -> bool:
        """Whether it is to be asked for an address that its ID tokens lack."""
        return "email" in self.scopes and PRESETS[self.preset].has_more

    @property
    def posts_across_sites(self) -> bool:
        """Whether the browser brings its answer by a POST of its page, with no Lax cookie of ours.

        Apple answers so wherever it is asked for an address or a name.
        """
        return self.preset == "apple"

    @model_validator(mode="before")
    @classmethod
    def _as_the_preset_says(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        preset = PRESETS.get(str(given.get("preset")), PRESETS[ANYBODY])
        issuer = preset.issuer
        if given.get("preset") == "microsoft" and isinstance(given.get("tenant"), str):
            issuer = f"{MICROSOFT}/{given['tenant'].lower()}/v2.0"
        is_theirs = given.get("issuer", preset.issuer) == preset.issuer
        defaults = {
            "preset": ANYBODY,
            "label": preset.label,
            "issuer": issuer,
            "scopes": preset.scopes,
            "trust_email": preset.trusts_email and is_theirs,
        }
        return {**defaults, **given}

    @model_validator(mode="after")
    def _is_filled_in(self) -> Self:
        preset = PRESETS[self.preset]
        missing = [one.upper() for one in preset.required if not getattr(self, one)]
        if missing:
            others = f", and so is {' and '.join(missing[1:])}" if missing[1:] else ""
            raise ValueError(
                f"{missing[0]}: is required{others}. Write what {self.label} shows where you have"
                " registered this service there"
            )
        elsewhere = [one for one in OF_SOME if one not in preset.required]
        if not preset.is_openid:
            elsewhere += OF_ID_TOKENS
        for one in elsewhere:
            if getattr(self, one):
                raise ValueError(f"{one.upper()}: is not for {self.label}. Leave it out")
        return self

    @model_validator(mode="after")
    def _may_be_asked(self) -> Self:
        host = self.issuer.partition("://")[2].partition("/")[0]
        host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        if is_private(host) and not self.private_addresses:
            raise ValueError(
                "ISSUER: is on this machine or in a private network. If it is meant to be, set"
                " the provider's PRIVATE_ADDRESSES to true"
            )
        if self.is_openid and "openid" not in self.scopes:
            raise ValueError("SCOPES: must have openid among them")
        if self.preset == "microsoft" and self.tenant not in self.issuer:
            raise ValueError("ISSUER: is of another tenant than TENANT. Leave it out")
        return self


def _each_with_its_preset(value: Any) -> Any:
    """Fill in what the name of a provider says: its preset, and what its button is called."""
    if isinstance(value, str) and not value.strip(", \t"):
        return {}  # a list of nobody
    if not isinstance(value, Mapping):
        return value
    return {
        name: {**_by_name(str(name)), **given} if isinstance(given, Mapping) else given
        for name, given in value.items()
    }


def _by_name(name: str) -> dict[str, object]:
    known = name in PRESETS and name != ANYBODY
    return {"preset": name} if known else {"preset": ANYBODY, "label": name.capitalize()}


ProvidersByName = Annotated[
    Mapping[ProviderName, ProviderSettings], NoDecode, BeforeValidator(_each_with_its_preset)
]


class ExternalLoginSettings(ServiceSettings):
    """Whose logins are taken beside our own."""

    providers: ProvidersByName = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put together what the environment says of each provider."""
        passed, *others = super().settings_customise_sources(
            settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
        )
        return passed, ProviderSource(settings_cls, ProviderSettings.model_fields), *others
