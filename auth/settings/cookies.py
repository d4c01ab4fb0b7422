"""Settings: the cookie that holds the refresh token."""

from typing import Literal

from pydantic import Field

from authberry.settings.service import ServiceSettings


class CookieSettings(ServiceSettings):
    """Its name and its attributes (RFC 6265)."""

    cookie_name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    cookie_domain: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.-]{1,253}$")
    cookie_path: str | None = Field(default=None, pattern=r"^/[A-Za-z0-9._~/-]*$")
    cookie_samesite: Literal["strict", "lax", "none"] = "strict"

    @property
    def refresh_cookie_path(self) -> str:
        """The path that browsers send the refresh token cookie to, and whatever is below it."""
        return self.cookie_path or self.path or "/"
