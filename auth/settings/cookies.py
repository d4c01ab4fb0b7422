"""Settings: the cookies, what each is called and which attributes all of them have."""

from typing import Literal, Self

from pydantic import Field, model_validator

from authberry.settings.service import ServiceSettings

REFRESH_TOKEN, LOGIN_LINK, DEVICE = "refresh_token", "login_link", "device"
PENDING_LOGIN, TRUSTED_DEVICE = "pending_login", "trusted_device"
SESSION, SESSION_OF_OURS = "session", "authberry_session"
EXTERNAL_LOGIN, EXTERNAL_LOGIN_POST = "external_login", "external_login_post"
PREFIXES = ("", "__Secure-", "__Host-")
"""What browsers make sure of by a name, more from one to the next (RFC 6265bis, section 4.1.3)."""


class CookieSettings(ServiceSettings):
    """Their names and their attributes (RFC 6265)."""

    cookie_name: str | None = Field(default=None, pattern=r"^[A-Za-z0-9_-]{1,64}$")
    cookie_domain: str | None = Field(default=None, pattern=r"^[A-Za-z0-9.-]{1,253}$")
    cookie_path: str | None = Field(default=None, pattern=r"^/[A-Za-z0-9._~/-]*$")
    cookie_samesite: Literal["strict", "lax", "none"] = "strict"
    cookie_partitioned: bool = False

    @model_validator(mode="after")
    def _cookies_have_names_of_their_own(self) -> Self:
        # Of every prefix: what is http today may be https tomorrow.
        for name, cookie in (
            (SESSION_OF_OURS, "of sessions"),
            (LOGIN_LINK, "of login links"),
            (DEVICE, "of known devices"),
            (PENDING_LOGIN, "of pending logins"),
            (TRUSTED_DEVICE, "of trusted devices"),
            (EXTERNAL_LOGIN, "of logins at a provider"),
            (EXTERNAL_LOGIN_POST, "of logins at a provider that posts its answer"),
        ):
            if self.cookie_name in {prefix + name for prefix in PREFIXES}:
                raise ValueError(f"COOKIE_NAME: is what the cookie {cookie} is called")
        return self

    @property
    def refresh_cookie_path(self) -> str:
        """The path that browsers send the refresh token cookie to, and whatever is below it."""
        return self.cookie_path or self.path or "/"

    @property
    def refresh_cookie_name(self) -> str:
        """The name of the refresh token cookie, with the strongest prefix that nothing forbids."""
        is_wide = self.cookie_domain is not None or self.refresh_cookie_path != "/"
        prefix = "" if not self.is_https else "__Secure-" if is_wide else "__Host-"
        return self.cookie_name or prefix + REFRESH_TOKEN

    @property
    def former_refresh_cookie_names(self) -> tuple[str, ...]:
        """What the refresh token cookie is called elsewhere, the strongest name first."""
        prefixes = reversed(PREFIXES) if self.is_https else ("",)
        names = (prefix + REFRESH_TOKEN for prefix in prefixes)
        return tuple(name for name in names if name != self.refresh_cookie_name)

    @property
    def session_cookie_name(self) -> str:
        """The name of the cookie that stands for a session by itself."""
        if not self.is_https:
            return SESSION_OF_OURS  # half the frameworks have one that is called `session` alone
        prefix = "__Host-" if self.cookie_domain is None else "__Secure-"
        is_taken = self.cookie_name == prefix + SESSION
        return prefix + (SESSION_OF_OURS if is_taken else SESSION)

    @property
    def login_link_cookie_name(self) -> str:
        """The name of the cookie of a browser that waits for a link to log in with."""
        return ("__Host-" if self.is_https else "") + LOGIN_LINK

    @property
    def pending_login_cookie_name(self) -> str:
        """The name of the cookie of a login that waits for a second factor."""
        return ("__Host-" if self.is_https else "") + PENDING_LOGIN

    @property
    def external_login_cookie_name(self) -> str:
        """The name of the cookie of a browser that logs in at a provider."""
        return ("__Host-" if self.is_https else "") + EXTERNAL_LOGIN

    @property
    def external_login_post_cookie_name(self) -> str:
        """The name of the one that goes along when a provider posts its answer across sites."""
        return ("__Host-" if self.is_https else "") + EXTERNAL_LOGIN_POST

    @property
    def device_cookie_name(self) -> str:
        """The name of the cookie of a device on which somebody has logged in."""
        return self._of_the_path(DEVICE)

    @property
    def trusted_device_cookie_name(self) -> str:
        """The name of the cookie of a device on which no second factor is asked for."""
        return self._of_the_path(TRUSTED_DEVICE)

    def _of_the_path(self, name: str) -> str:
        if not self.is_https:
            return name
        return ("__Host-" if self.refresh_cookie_path == "/" else "__Secure-") + name

    @property
    def partitions_cookies(self) -> bool:
        """Whether cookies are kept for each embedding site; browsers want `Secure` for that."""
        return self.cookie_partitioned and self.is_https


def strength_of(cookie_name: str) -> int:
    """How much browsers make sure of by a name: more is harder to plant for somebody else."""
    return max(at for at, prefix in enumerate(PREFIXES) if cookie_name.startswith(prefix))
