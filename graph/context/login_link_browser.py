"""The browser that asks for a login link: the link is good in that browser and in no other.

The browser holds a random secret in a cookie from the request for the link until the link is used.
"""

import re
from collections.abc import Callable
from secrets import token_urlsafe

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Settings
from authberry.graph.context.cookies import LoginLinkCookie
from authberry.graph.context.origins import is_from_browser

SECRET_BYTES = 32
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class LoginLinkBrowser:
    """The browser behind one request, known by the secrets in its cookie."""

    def __init__(
        self,
        settings: Settings,
        request: HTTPConnection,
        response: Response,
        require_cookies: Callable[[], None],
    ) -> None:
        """Look at nothing yet.

        Args:
            settings: Say how long a link lives.
            request: Who is asking.
            response: Whose headers the answer will have.
            require_cookies: Raises where the request may not use cookies, or the answer cannot set
                any.
        """
        self._cookie = LoginLinkCookie(settings)
        self._lifetime = settings.login_link_ttl
        self._request = request
        self._response = response
        self._require_cookies = require_cookies

    def secrets(self) -> tuple[str, ...] | None:
        """Return the secrets that the browser holds, perhaps none; None if a program is asking.

        Raises:
            CrossSiteRequest: the request may not use cookies.
            BadRequest: the answer cannot set any.
        """
        if not is_from_browser(self._request):
            return None
        self._require_cookies()
        return self._cookie.read(self._request)

    def remember(self) -> str | None:
        """Return the secret that the browser will show with a link; None if a program is asking.

        It is kept in the cookie for as long as the link lives. One that is there already stays, so
        that two links asked for in one browser both work.

        Raises:
            CrossSiteRequest, BadRequest: as `secrets`.
        """
        held = self.secrets()
        if held is None:
            return None
        good = [secret for secret in held if _SECRET.fullmatch(secret)]
        secret = good[0] if good else token_urlsafe(SECRET_BYTES)
        self._cookie.set(self._response, secret, self._lifetime)
        return secret

    def forget(self) -> None:
        """Delete the secrets, once their link has been used."""
        if self._cookie.read(self._request):
            self._cookie.clear(self._response)
