"""Settings: which service this is, where it is reached, and where it keeps what it knows."""

import os
from functools import cached_property
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field

from authberry.settings.development_secret import development_secret
from authberry.settings.origins import is_loopback, origin_of
from authberry.settings.sources import PREFIX, FromEnvironment, SettingsError
from authberry.settings.urls import DatabaseUrl, Origins, PublicUrl
from authberry.settings.values import Texts


class ServiceSettings(FromEnvironment):
    """What everything else goes by."""

    env: Literal["development", "production"] = "development"
    database_url: DatabaseUrl = Field(default="sqlite://authberry.db", repr=False)
    database_pool_size: int = Field(default=10, ge=1)
    viewer_cache: bool = True
    secret: Texts = Field(default=(), repr=False)
    public_url: PublicUrl = "http://127.0.0.1:8000"
    audience: str = ""
    allowed_origins: Origins = ()

    @property
    def is_production(self) -> bool:
        """Whether dangerous settings are refused."""
        return self.env == "production"

    @property
    def is_https(self) -> bool:
        """Whether people reach this service over TLS."""
        return self.public_url.startswith("https://")

    @property
    def origin(self) -> str:
        """The origin of the service's own pages."""
        return origin_of(self.public_url) or self.public_url

    @property
    def path(self) -> str:
        """The path of the public URL, under which every route lies; empty at the root."""
        return urlsplit(self.public_url).path

    @property
    def token_audience(self) -> str:
        """The `aud` of access tokens."""
        return self.audience or self.public_url

    def allows_origin(self, origin: str) -> bool:
        """Whether pages of that origin are ours; in development every loopback origin is."""
        if origin == self.origin or origin in self.allowed_origins:
            return True
        return not self.is_production and is_loopback(origin)

    def under(self, path: str) -> Self:
        """The same settings, but for a public URL that goes on with `path`."""
        return self.model_copy(update={"public_url": self.public_url + path})

    @cached_property
    def secrets(self) -> tuple[str, ...]:
        """The server's secrets: as configured or, in development, made once and kept in a file.

        Raises:
            SettingsError: it cannot be kept there.
        """
        if self.secret:
            return self.secret
        folder = self.secret_file.absolute().parent
        problem = ""
        if not folder.is_dir():
            problem = "which is not a folder that is there. Make it, or name another file"
        elif self.database_url.startswith("sqlite") and not os.access(folder, os.W_OK | os.X_OK):
            problem = "where this user may not write. Let it, or name another file"
        if problem:
            raise SettingsError(f"{PREFIX}DATABASE_URL: names a file in {folder}, {problem}")
        return (development_secret(self.secret_file),)

    @property
    def secret_file(self) -> Path:
        """Where development mode keeps the secret that it makes."""
        scheme, _, path = self.database_url.partition("://")
        beside = Path(path.partition("?")[0]) if scheme == "sqlite" else Path("authberry.db")
        return beside.with_suffix(".secret")
