"""How a client gets what a login, a refresh or the like ends with: in a cookie or in the body."""

from typing import TypeAlias

from starlette.responses import Response

from authberry import Issued, RefreshTokenTransport
from authberry.clock import Clock
from authberry.graph.context.browser import Browser
from authberry.graph.types import (
    AccountLinkRequired,
    AuthPayload,
    EmailSent,
    FactorEnrollmentRequired,
    Identity,
    IdentityLinked,
    SecondFactorRequired,
)
from authberry.identities import Completed, Linked, MailSent, ProofNeeded
from authberry.logins import LoginOutcome

ExternalLoginAnswer: TypeAlias = (
    AuthPayload
    | SecondFactorRequired
    | FactorEnrollmentRequired
    | AccountLinkRequired
    | IdentityLinked
    | EmailSent
)


class Delivery:
    """The answer to one request, as far as it logs somebody in or lets them go on."""

    def __init__(self, browser: Browser, response: Response, clock: Clock) -> None:
        """Answer a browser, or a program that holds no cookies."""
        self._browser = browser
        self._response = response
        self._clock = clock

    def require(self, transport: RefreshTokenTransport) -> None:
        """Make sure, before anything is done, that a cookie may be set, and can be.

        Raises:
            CrossSiteRequest: it may not.
            BadRequest: it cannot, since the answer is a stream whose headers have left.
        """
        if transport.uses_cookies:
            self._browser.require_cookies()

    def tokens(self, issued: Issued, transport: RefreshTokenTransport) -> AuthPayload:
        """Answer with new tokens, the refresh token in a cookie or in the body, never in both."""
        self._response.headers["Cache-Control"] = "no-store"
        if transport is RefreshTokenTransport.BODY:
            return AuthPayload.of(issued, refresh_token=issued.refresh_token or None)
        if transport is RefreshTokenTransport.SESSION:
            self._browser.session_cookie.keep(issued)
        else:
            self._browser.refresh_tokens.keep(issued)
        return AuthPayload.of(issued, refresh_token=None)

    def login(self, issued: Issued) -> AuthPayload:
        """Do so for a session that has just begun; a browser is known from now on.

        It holds one of the two cookies: who it is does not depend on how it asks.
        """
        browser, transport = self._browser, issued.transport
        if transport.uses_cookies:
            browser.remember(issued.user.email)
            browser.pending_login.forget()
            is_session = transport is RefreshTokenTransport.SESSION
            (browser.refresh_tokens if is_session else browser.session_cookie).clear_held()
        return self.tokens(issued, transport)

    def outcome(
        self, outcome: LoginOutcome
    ) -> AuthPayload | SecondFactorRequired | FactorEnrollmentRequired:
        """Answer with new tokens, or with what is missing; its ticket in the cookie or the body."""
        if isinstance(outcome, Issued):
            return self.login(outcome)
        return self._browser.pending_login.deliver(outcome, self._clock.now())

    def external(self, completed: Completed) -> ExternalLoginAnswer:
        """Answer with what a login at a provider has come to."""
        match completed.outcome:
            case ProofNeeded() as needed:
                self._response.headers["Cache-Control"] = "no-store"
                return AccountLinkRequired.of(needed)
            case MailSent():
                self._browser.external_login.wait_for_mail()
                return EmailSent()
            case Linked() as linked:
                return IdentityLinked(identity=Identity.of(linked.identity))
            case outcome:
                return self.outcome(outcome)

    def forget(self, transport: RefreshTokenTransport) -> None:
        """Delete the cookie of a session that has ended, if it is in one."""
        if transport is RefreshTokenTransport.SESSION:
            self._browser.session_cookie.clear()
        elif transport is RefreshTokenTransport.COOKIE:
            self._browser.refresh_tokens.clear()
