"""Settings: how long tokens and sessions live, and what access tokens are signed with."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import Field, model_validator

from authberry.settings.sources import FromEnvironment
from authberry.settings.values import Seconds


class SessionSettings(FromEnvironment):
    """Access tokens, refresh tokens, sessions, and the keys that sign."""

    access_token_ttl: Seconds = Field(default=timedelta(seconds=300), gt=timedelta(0))
    refresh_window: Seconds = Field(
        default=timedelta(seconds=30), ge=timedelta(0), le=timedelta(seconds=300)
    )
    refresh_idle_ttl: Seconds = Field(default=timedelta(days=14), gt=timedelta(0))
    refresh_absolute_ttl: Seconds = Field(default=timedelta(days=90), gt=timedelta(0))
    sessions_per_user: int = Field(default=50, ge=1, le=1000)
    prune_interval: Seconds = Field(default=timedelta(days=1), ge=timedelta(0))

    signing_algorithm: Literal["ES256", "EdDSA", "RS256", "HS256"] = "ES256"
    signing_keys: str | None = Field(default=None, repr=False)
    signing_key_ttl: Seconds = Field(default=timedelta(days=90), ge=timedelta(hours=1))

    @model_validator(mode="after")
    def _idle_is_not_longer(self) -> Self:
        if self.refresh_idle_ttl > self.refresh_absolute_ttl:
            raise ValueError("REFRESH_IDLE_TTL: must not be longer than the absolute limit")
        return self
