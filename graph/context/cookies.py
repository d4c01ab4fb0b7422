"""The cookies (RFC 6265bis): the refresh token's, and that of a browser which waits for a link."""

from datetime import timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Settings
from authberry.tokens import OWS

MOST_COOKIES = 4
"""How many cookies of the name are looked at; browsers send several only by old mistakes."""


class Cookie:
    """One cookie, out of reach of scripts."""

    def __init__(
        self, settings: Settings, name: str, *, path: str = "/", domain: str | None = None
    ) -> None:
        """Keep its attributes."""
        self._settings = settings
        self.name = name
        self._path = path
        self._domain = domain

    def read(self, request: HTTPConnection) -> tuple[str, ...]:
        """Return every value that was sent under the name.

        To the letter: a browser lets any subdomain set a cookie whose name is ours behind a strange
        space, since it does not begin with `__Host-`.
        """
        pairs = (
            pair.strip(OWS).partition("=")
            for header in request.headers.getlist("cookie")
            for pair in header.split(";")
        )
        values = [value for name, _, value in pairs if name == self.name and value]
        return tuple(values[:MOST_COOKIES])

    def set(self, response: Response, value: str, lifetime: timedelta) -> None:
        """Keep a value in the browser for so long."""
        self._write(response, value, max(0, int(lifetime.total_seconds())))

    def clear(self, response: Response) -> None:
        """Delete it, with the attributes it was set with."""
        self._write(response, "", 0)

    def _write(self, response: Response, value: str, max_age: int) -> None:
        response.set_cookie(
            self.name,
            value,
            max_age=max_age,
            path=self._path,
            domain=self._domain,
            secure=self._settings.is_https,
            httponly=True,
            samesite=self._settings.cookie_samesite,
        )


class RefreshTokenCookie(Cookie):
    """The token, for as long as its session can live."""

    def __init__(self, settings: Settings) -> None:
        """Choose `__Host-` where nothing forbids it, `__Secure-` behind TLS, else no prefix."""
        path, domain = settings.refresh_cookie_path, settings.cookie_domain
        is_wide = domain is not None or path != "/"
        prefix = "" if not settings.is_https else "__Secure-" if is_wide else "__Host-"
        name = settings.cookie_name or f"{prefix}refresh_token"
        super().__init__(settings, name, path=path, domain=domain)


class LoginLinkCookie(Cookie):
    """The secret of a browser that has asked for a link to log in with."""

    def __init__(self, settings: Settings) -> None:
        """Of the whole host and of no other; what it is good for ends in minutes."""
        super().__init__(settings, f"{'__Host-' if settings.is_https else ''}login_link")
