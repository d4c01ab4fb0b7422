"""The browser behind a request: everything that it holds in cookies, each in a part of its own."""

from functools import cached_property

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Auth
from authberry.email_addresses import key_of
from authberry.errors import BadRequest, CrossSiteRequest
from authberry.graph.context.external_login import ExternalLoginBrowser
from authberry.graph.context.known_device import KnownDevice
from authberry.graph.context.login_link_browser import LoginLinkBrowser
from authberry.graph.context.origins import CookieRule
from authberry.graph.context.pending_login import PendingLoginBrowser
from authberry.graph.context.refresh_tokens import RefreshTokens
from authberry.graph.context.session_cookie import SessionCookieBrowser

STREAMED = "authberry.streamed"
"""Stands in the ASGI scope of a request whose answer has begun before it is worked out."""


class Browser:
    """Nothing of it is looked at before somebody asks."""

    def __init__(
        self, auth: Auth, request: HTTPConnection, response: Response, rule: CookieRule
    ) -> None:
        """Read from a request, and write to the headers of its answer, where a rule allows it."""
        self._auth = auth
        self._settings = auth.settings
        self._request = request
        self._response = response
        self._rule = rule

    def require_cookies(self) -> None:
        """Make sure that the request may use cookies, and the answer can set them.

        Raises:
            CrossSiteRequest: it may not.
            BadRequest: it cannot, since the answer is a stream whose headers have left.
        """
        if not self._may_use_cookies:
            raise CrossSiteRequest
        if self._is_streamed:
            raise BadRequest("A stream sets no cookie. Accept application/json as well.")

    @cached_property
    def refresh_tokens(self) -> RefreshTokens:
        """What the request holds of sessions that are refreshed."""
        return RefreshTokens(self._auth, self._request, self._response, self.require_cookies)

    @cached_property
    def session_cookie(self) -> SessionCookieBrowser:
        """What stands for a session by itself."""
        may_ask = self._rule.may_ask(self._request, self._settings)
        return SessionCookieBrowser(self._auth, self._request, self._response, may_ask=may_ask)

    @cached_property
    def login_link(self) -> LoginLinkBrowser:
        """What it holds from asking for a login link until it comes back with one."""
        return LoginLinkBrowser(self._settings, self._request, self._response, self.require_cookies)

    @cached_property
    def pending_login(self) -> PendingLoginBrowser:
        """What it holds in the middle of a login."""
        return PendingLoginBrowser(
            self._settings, self._request, self._response, self.require_cookies
        )

    @cached_property
    def external_login(self) -> ExternalLoginBrowser:
        """What it holds on its way to a provider and back."""
        return ExternalLoginBrowser(
            self._settings, self._request, self._response, self.require_cookies
        )

    @cached_property
    def known_device(self) -> KnownDevice | None:
        """What it is known by; None where the request may not use cookies."""
        if not self._may_use_cookies:
            return None
        tokens = self._auth.resources.attempts.devices
        return KnownDevice(self._settings, tokens, self._request, self._response)

    def remember(self, address: str) -> None:
        """Be known at the account of whoever has proved who they are, where it may be."""
        if self.known_device is not None and not self._is_streamed:
            self.known_device.remember(key_of(address))

    def forget(self, address: str) -> None:
        """Let nothing of an account that is gone be left in it."""
        if self.known_device is not None:
            self.known_device.forget(key_of(address))

    @cached_property
    def _may_use_cookies(self) -> bool:
        return self._rule.may_use(self._request, self._settings)

    @property
    def _is_streamed(self) -> bool:
        return STREAMED in self._request.scope
