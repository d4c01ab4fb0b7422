"""The cookies (RFC 6265bis), one for each thing that a browser holds."""

from datetime import timedelta
from typing import Literal, TypeAlias

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Settings
from authberry.settings import strength_of
from authberry.tokens import OWS

SameSite: TypeAlias = Literal["strict", "lax", "none"]
MOST_COOKIES = 4
"""How many cookies of the name are looked at; browsers send several only by old mistakes."""


_SENT = "authberry.cookies"
"""Where in the ASGI scope the cookies of a request stand, once they were read."""


class Cookie:
    """One cookie, out of reach of scripts."""

    def __init__(
        self,
        settings: Settings,
        name: str,
        *,
        path: str = "/",
        domain: str | None = None,
        samesite: SameSite | None = None,
    ) -> None:
        """Keep its attributes; unless `samesite` is given, it is as the settings say."""
        self._settings = settings
        self.name = name
        self._path = path
        self._domain = domain
        self._samesite = samesite or settings.cookie_samesite
        # Whoever comes from a provider is at the top, where nothing embeds what is asked for.
        self._is_partitioned = settings.partitions_cookies and samesite is None

    def read(self, request: HTTPConnection) -> tuple[str, ...]:
        """Return every value that was sent under the name.

        To the letter: a browser lets any subdomain set a cookie whose name is ours behind a strange
        space, since it does not begin with `__Host-`.
        """
        return tuple(_sent(request).get(self.name, ())[:MOST_COOKIES])

    def set(self, response: Response, value: str, lifetime: timedelta) -> None:
        """Keep a value in the browser for so long."""
        self._write(response, value, max(0, int(lifetime.total_seconds())))

    def clear(self, response: Response) -> None:
        """Delete it, with the attributes it was set with."""
        self._write(response, "", 0)
        if self._is_partitioned:
            # The one from before that was so is kept elsewhere, under the same name.
            self._write(response, "", 0, is_partitioned=False)

    def _write(
        self, response: Response, value: str, max_age: int, *, is_partitioned: bool = True
    ) -> None:
        is_partitioned = is_partitioned and self._is_partitioned
        response.set_cookie(
            self.name,
            value,
            max_age=max_age,
            # Neither Starlette, before Python 3.14, nor Litestar can be told of this attribute.
            path=f"{self._path}; Partitioned" if is_partitioned else self._path,
            domain=self._domain,
            # Browsers take none that crosses sites without it, and take it from a loopback address.
            secure=self._settings.is_https or self._samesite == "none",
            httponly=True,
            samesite=self._samesite,
        )


def _sent(request: HTTPConnection) -> dict[str, list[str]]:
    """The values that are not empty, by name; read once for all cookies."""
    sent: dict[str, list[str]] | None = request.scope.get(_SENT)
    if sent is None:
        sent = request.scope[_SENT] = {}
        for header in request.headers.getlist("cookie"):
            for pair in header.split(";"):
                name, _, value = pair.strip(OWS).partition("=")
                if value:
                    sent.setdefault(name, []).append(value)
    return sent


class RefreshTokenCookie(Cookie):
    """The token, for as long as its session can live."""

    def __init__(self, settings: Settings) -> None:
        """Take the name and the reach that the settings give it."""
        path, domain = settings.refresh_cookie_path, settings.cookie_domain
        super().__init__(settings, settings.refresh_cookie_name, path=path, domain=domain)


class SessionCookie(Cookie):
    """What stands for a session by itself, for as long as that can live at most."""

    def __init__(self, settings: Settings) -> None:
        """Of the whole host, or of all hosts of a domain that share what is logged in.

        It goes along when a link of another site leads here: the page that is rendered for it is to
        know who looks. What may be asked with it is decided by where a request comes from.
        """
        samesite: SameSite = "none" if settings.cookie_samesite == "none" else "lax"
        name, domain = settings.session_cookie_name, settings.cookie_domain
        super().__init__(settings, name, domain=domain, samesite=samesite)


class FormerRefreshTokenCookie(Cookie):
    """The token under a name that it had while the settings were others. It is never set."""

    def __init__(self, settings: Settings, name: str) -> None:
        """Take what is under `name`."""
        super().__init__(settings, name)
        # A weaker name than today's is one that others may plant: it is good for no new tokens.
        self.is_trusted = strength_of(name) >= strength_of(settings.refresh_cookie_name)

    def clear(self, response: Response) -> None:
        """Delete it, with the attributes that it had, as far as they can be known."""
        settings = self._settings
        if self.name.startswith("__Host-"):
            super().clear(response)
            return
        for path in dict.fromkeys(("/", settings.path or "/", settings.refresh_cookie_path)):
            for domain in dict.fromkeys((None, settings.cookie_domain)):
                Cookie(settings, self.name, path=path, domain=domain).clear(response)


class LoginLinkCookie(Cookie):
    """The secret of a browser that has asked for a link to log in with."""

    def __init__(self, settings: Settings) -> None:
        """Of the whole host and of no other; what it is good for ends in minutes."""
        super().__init__(settings, settings.login_link_cookie_name)


class DeviceCookie(Cookie):
    """What tells a device on which somebody has logged in from a stranger's; it logs nobody in."""

    def __init__(self, settings: Settings) -> None:
        """Of this host and of no other; below a path, if that is all of it that is ours."""
        path = settings.refresh_cookie_path
        super().__init__(settings, settings.device_cookie_name, path=path)


class PendingLoginCookie(Cookie):
    """The secret of a login that waits for a second factor; it logs nobody in by itself."""

    def __init__(self, settings: Settings) -> None:
        """Of the whole host and of no other, for minutes."""
        super().__init__(settings, settings.pending_login_cookie_name)


class TrustedDeviceCookie(Cookie):
    """What a browser shows on which its owner is not asked for a second factor."""

    def __init__(self, settings: Settings) -> None:
        """Of this host and of no other; below a path, if that is all of it that is ours."""
        path = settings.refresh_cookie_path
        super().__init__(settings, settings.trusted_device_cookie_name, path=path)


class ExternalLoginCookie(Cookie):
    """The secret of a browser that is on its way to a provider and back."""

    def __init__(self, settings: Settings) -> None:
        """Of the whole host and of no other, for minutes; it goes along when a site leads here.

        A page of another site could not be given one that does not cross sites.
        """
        samesite: SameSite = "none" if settings.cookie_samesite == "none" else "lax"
        super().__init__(settings, settings.external_login_cookie_name, samesite=samesite)


class ExternalLoginPostCookie(ExternalLoginCookie):
    """The same for a provider that posts its answer, with which only such a cookie goes along."""

    def __init__(self, settings: Settings) -> None:
        """Of the whole host and of no other, for minutes."""
        Cookie.__init__(self, settings, settings.external_login_post_cookie_name, samesite="none")
