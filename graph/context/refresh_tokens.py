"""The refresh tokens that a request came with, and the cookie that holds one in a browser."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.graph.context.cookies import FormerRefreshTokenCookie, RefreshTokenCookie


@dataclass(frozen=True, slots=True)
class PresentedRefreshTokens:
    """The refresh tokens a request came with, and the way they came."""

    tokens: tuple[str, ...] = field(repr=False)
    transport: RefreshTokenTransport


class RefreshTokens:
    """What is presented, set and cleared in one request.

    The cookie may have a name of before, from when the settings were others: what is under today's
    comes first.
    """

    def __init__(
        self,
        auth: Auth,
        request: HTTPConnection,
        response: Response,
        require_cookies: Callable[[], None],
    ) -> None:
        """Look at nothing yet.

        Args:
            auth: Knows which tokens are of this service.
            request: Who is asking.
            response: Whose headers the answer will have.
            require_cookies: Raises where the request may not use cookies, or the answer cannot set
                any.
        """
        self._auth = auth
        self._request = request
        self._response = response
        self._require_cookies = require_cookies
        self._presented_cookie = False

    @cached_property
    def _cookie(self) -> RefreshTokenCookie:
        return RefreshTokenCookie(self._auth.settings)

    @cached_property
    def _former_cookies(self) -> dict[FormerRefreshTokenCookie, tuple[str, ...]]:
        """Those that hold tokens of this service: another's may have one of the names."""
        settings = self._auth.settings
        names = settings.former_refresh_cookie_names
        read = {
            cookie: tuple(filter(self._auth.sessions.recognises, cookie.read(self._request)))
            for cookie in (FormerRefreshTokenCookie(settings, name) for name in names)
        }
        return {cookie: tokens for cookie, tokens in read.items() if tokens}

    def presented(self, argument: str | None, *, to_end: bool = False) -> PresentedRefreshTokens:
        """The token from the argument or, without one, those from the cookie.

        Args:
            argument: What the client sent.
            to_end: They are to be ended, so that names count as well which others may plant.

        Raises:
            CrossSiteRequest: there is a cookie, and the request may not use it.
        """
        if argument:
            return PresentedRefreshTokens((argument,), RefreshTokenTransport.BODY)
        tokens = self._cookie.read(self._request)
        for cookie, former in self._former_cookies.items():
            tokens += former if cookie.is_trusted or to_end else ()
        if tokens:
            self._require_cookies()
            self._presented_cookie = True
        return PresentedRefreshTokens(tokens, RefreshTokenTransport.COOKIE)

    def keep(self, issued: Issued) -> None:
        """Let the browser hold the token of a session from now on.

        One that it holds is not set again: of two answers that overlap, the older may arrive last,
        and would put the token of before in the place of its successor.
        """
        token = issued.refresh_token
        if token and token not in self._cookie.read(self._request):
            lifetime = issued.session.expires_at - self._auth.clock.now()
            self._cookie.set(self._response, token, lifetime)
        self._clear_former()

    def clear(self) -> None:
        """Delete the cookie of a session that has ended."""
        self._cookie.clear(self._response)
        self._clear_former()

    def clear_held(self) -> None:
        """Delete the cookie where the browser holds one, for a session of another kind."""
        if self._cookie.read(self._request):
            self.clear()

    def clear_presented(self, presented: PresentedRefreshTokens) -> None:
        """Delete the cookie at a logout, if that is how the token came."""
        if presented.transport is RefreshTokenTransport.COOKIE and presented.tokens:
            self._cookie.clear(self._response)
            self._clear_former(also_untrusted=True)

    def clear_refused(self) -> None:
        """Delete the cookie if its token was presented, and refused for good."""
        if self._presented_cookie:
            self.clear()

    def _clear_former(self, *, also_untrusted: bool = False) -> None:
        for cookie in self._former_cookies:
            if cookie.is_trusted or also_untrusted:
                cookie.clear(self._response)
