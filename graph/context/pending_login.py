"""The browser in the middle of a login: what it holds until the second factor is proved.

A program that holds its tokens itself has the ticket in its answers, and hands it in again.
"""

from collections.abc import Callable
from datetime import datetime

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import RefreshTokenTransport, Settings
from authberry.graph.context.cookies import PendingLoginCookie, TrustedDeviceCookie
from authberry.graph.types import FactorEnrollmentRequired, SecondFactorRequired
from authberry.logins import PresentedTickets, SecondFactorNeeded, Unfinished


class PendingLoginBrowser:
    """The browser behind one request, as far as second factors go."""

    def __init__(
        self,
        settings: Settings,
        request: HTTPConnection,
        response: Response,
        require_cookies: Callable[[], None],
    ) -> None:
        """Look at nothing yet.

        Args:
            settings: Say how long a browser is trusted.
            request: Who is asking.
            response: Whose headers the answer will have.
            require_cookies: Raises where the request may not use cookies, or the answer cannot set
                any.
        """
        self._pending = PendingLoginCookie(settings)
        self._trusted = TrustedDeviceCookie(settings)
        self._trust_lasts = settings.trusted_device_ttl
        self._request = request
        self._response = response
        self._require_cookies = require_cookies

    def tickets(self, argument: str | None) -> PresentedTickets:
        """Return the ticket of a login that waits: the argument or, without one, the cookie's.

        What waits in a cookie is good as a cookie alone, for which it is looked at who asks.

        Raises:
            CrossSiteRequest: there is a cookie, and the request may not use it.
            BadRequest: the answer can set none.
        """
        if argument:
            return PresentedTickets((argument,), RefreshTokenTransport.BODY)
        tickets = self._pending.read(self._request)
        if tickets:
            self._require_cookies()
        return PresentedTickets(tickets, RefreshTokenTransport.COOKIE)

    def deliver(
        self, unfinished: Unfinished, now: datetime
    ) -> SecondFactorRequired | FactorEnrollmentRequired:
        """Answer with what is missing; its ticket in the cookie or in the body, never in both."""
        if isinstance(unfinished, SecondFactorNeeded):
            return self.deliver_second(unfinished, now)
        self._wait(unfinished, now)
        return FactorEnrollmentRequired.of(unfinished)

    def deliver_second(self, needed: SecondFactorNeeded, now: datetime) -> SecondFactorRequired:
        """Do so where a second factor is missing."""
        self._wait(needed, now)
        return SecondFactorRequired.of(needed)

    def _wait(self, unfinished: Unfinished, now: datetime) -> None:
        self._response.headers["Cache-Control"] = "no-store"
        if unfinished.transport.uses_cookies:
            self._pending.set(self._response, unfinished.ticket, unfinished.expires_at - now)

    def forget(self) -> None:
        """Keep no ticket, once its login is complete."""
        if self._pending.read(self._request):
            self._pending.clear(self._response)

    def trusted(self) -> tuple[str, ...]:
        """Return what the browser holds of those who trust it."""
        return self._trusted.read(self._request)

    def trust(self, tokens: str | None) -> None:
        """Hold this from now on, if it is anything."""
        if tokens:
            self._trusted.set(self._response, tokens, self._trust_lasts)
