"""The cookie that stands for a session by itself: read on every request, set when one begins."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Auth, Issued
from authberry.errors import CrossSiteRequest
from authberry.graph.context.cookies import SessionCookie


class SessionCookieBrowser:
    """The browser behind one request, as far as that cookie goes.

    A refusal never clears it: of two answers that overlap, that of before a login may arrive last.
    """

    def __init__(
        self,
        auth: Auth,
        request: HTTPConnection,
        response: Response,
        *,
        may_ask: bool,
    ) -> None:
        """Look at nothing yet.

        Args:
            auth: Knows which cookies are of this service.
            request: Who is asking.
            response: Whose headers the answer will have.
            may_ask: Whether the request may be answered for whom the cookie stands.
        """
        self._auth = auth
        self._cookie = SessionCookie(auth.settings)
        self._request = request
        self._response = response
        self._may_ask = may_ask

    @property
    def is_held(self) -> bool:
        """Whether there is one, of ours or not."""
        return bool(self._cookie.read(self._request))

    def presented(self) -> tuple[str, ...]:
        """Return what the request comes with; nothing that others have under the same name.

        Raises:
            CrossSiteRequest: there is a cookie of ours, and the request may not use it.
        """
        recognises = self._auth.sessions.cookies.recognises
        tokens = tuple(filter(recognises, self._cookie.read(self._request)))
        if tokens and not self._may_ask:
            raise CrossSiteRequest
        return tokens

    def keep(self, issued: Issued) -> None:
        """Let the browser hold what stands for a session from now on.

        For as long as it can live at most: that it ends earlier, unused, is the server's to know.
        """
        if token := issued.refresh_token:
            lifetime = issued.session.absolute_expires_at - self._auth.clock.now()
            self._cookie.set(self._response, token, lifetime)

    def clear(self) -> None:
        """Delete it."""
        self._cookie.clear(self._response)

    def clear_held(self) -> None:
        """Delete it where the browser holds one."""
        if self.is_held:
            self.clear()
