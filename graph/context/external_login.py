"""The browser that logs in at a provider: it comes back with what it was given when it went.

It holds a random secret in a cookie, which the first answer of a provider to come back is taken
with. That cookie goes along when a page of another site leads here (`SameSite=Lax`), but not when
one posts here. A provider that does so has a cookie of its own, which lasts as long and does
nothing else.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from secrets import token_urlsafe

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import RefreshTokenTransport, Settings
from authberry.graph.context.cookies import ExternalLoginCookie, ExternalLoginPostCookie
from authberry.graph.context.origins import is_from_browser, is_navigation
from authberry.identities import LIFETIME, BrowserSecrets, HeldSecrets

SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class ExternalLoginBrowser:
    """The browser behind one request, as far as logins at providers go."""

    def __init__(
        self,
        settings: Settings,
        request: HTTPConnection,
        response: Response,
        require_cookies: Callable[[], None],
    ) -> None:
        """Look at nothing yet.

        Args:
            settings: Say what cookies are called, and how long a mailed link lives.
            request: Who is asking.
            response: Whose headers the answer will have.
            require_cookies: Raises where the request may not use cookies, or the answer cannot set
                any.
        """
        self._cookie = ExternalLoginCookie(settings)
        self._post_cookie = ExternalLoginPostCookie(settings)
        self._link_lifetime = settings.link_ttl
        self._request = request
        self._response = response
        self._require_cookies = require_cookies

    def remember(self, transport: RefreshTokenTransport, *, posts: bool) -> BrowserSecrets | None:
        """Return what the browser holds from now on; None of a program that holds a ticket.

        A secret that is there already stays, so that it can log in at two providers at once.

        Args:
            transport: How the client holds its tokens.
            posts: Whether the provider posts its answer.

        Raises:
            CrossSiteRequest: the request may not use cookies.
            BadRequest: the answer cannot set any.
        """
        if transport is RefreshTokenTransport.BODY and not is_from_browser(self._request):
            return None
        self._require_cookies()
        post_secret = self._keep(self._post_cookie, LIFETIME) if posts else None
        return BrowserSecrets(self._keep(self._cookie, LIFETIME), post_secret)

    def held(self) -> HeldSecrets:
        """Return what the browser shows.

        Raises:
            CrossSiteRequest: there is a cookie, and the request may not use it.
            BadRequest: the answer can set none.
        """
        secrets = self._cookie.read(self._request)
        if secrets:
            self._require_cookies()
        return HeldSecrets(secrets, is_browser=is_from_browser(self._request))

    def wait_for_mail(self) -> None:
        """Hold the secret until the link of a mail is opened here."""
        if self._cookie.read(self._request):
            self._keep(self._cookie, self._link_lifetime)

    def _keep(self, cookie: ExternalLoginCookie, lifetime: timedelta) -> str:
        good = [one for one in cookie.read(self._request) if _SECRET.fullmatch(one)]
        secret = good[0] if good else token_urlsafe(SECRET_BYTES)
        cookie.set(self._response, secret, lifetime)
        return secret


def held_at_callback(request: HTTPConnection, settings: Settings) -> HeldSecrets:
    """Return what a browser shows that comes from a provider."""
    return HeldSecrets(
        ExternalLoginCookie(settings).read(request),
        ExternalLoginPostCookie(settings).read(request),
        is_browser=is_navigation(request),
    )
