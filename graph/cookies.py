"""The refresh token cookie (RFC 6265bis)."""

from datetime import timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Settings

MOST_COOKIES = 4
"""How many cookies of the name are looked at; browsers send several only by old mistakes."""


class RefreshTokenCookie:
    """One cookie, with the strongest name its settings allow."""

    def __init__(self, settings: Settings) -> None:
        """Choose `__Host-` where nothing forbids it, `__Secure-` behind TLS, else no prefix."""
        self._settings = settings
        is_wide = settings.cookie_domain is not None or settings.refresh_cookie_path != "/"
        prefix = "" if not settings.is_https else "__Secure-" if is_wide else "__Host-"
        self.name = settings.cookie_name or f"{prefix}refresh_token"

    def read(self, request: HTTPConnection) -> tuple[str, ...]:
        """Return every value that was sent under the name."""
        pairs = (
            pair.strip(" \t").partition("=")
            for header in request.headers.getlist("cookie")
            for pair in header.split(";")
        )
        values = [value for name, _, value in pairs if name == self.name and value]
        return tuple(values[:MOST_COOKIES])

    def set(self, response: Response, value: str, lifetime: timedelta) -> None:
        """Keep the token in the browser for as long as its session can live."""
        self._write(response, value, max(0, int(lifetime.total_seconds())))

    def clear(self, response: Response) -> None:
        """Delete it, with the attributes it was set with."""
        self._write(response, "", 0)

    def _write(self, response: Response, value: str, max_age: int) -> None:
        response.set_cookie(
            self.name,
            value,
            max_age=max_age,
            path=self._settings.refresh_cookie_path,
            domain=self._settings.cookie_domain,
            secure=self._settings.is_https,
            httponly=True,
            samesite=self._settings.cookie_samesite,
        )
