"""The browser that people have logged in with: whoever tries again there is no stranger.

It holds a token for each of the last of them, in a cookie that outlives their sessions.
"""

from datetime import timedelta

from starlette.requests import HTTPConnection
from starlette.responses import Response

from authberry import Settings
from authberry.graph.context.cookies import DeviceCookie
from authberry.tokens import DeviceTokens

LIFETIME = timedelta(days=365)


class KnownDevice:
    """The browser behind one request that may use cookies."""

    def __init__(
        self,
        settings: Settings,
        tokens: DeviceTokens,
        request: HTTPConnection,
        response: Response,
    ) -> None:
        """Look at nothing yet."""
        self._cookie = DeviceCookie(settings)
        self._tokens = tokens
        self._request = request
        self._response = response

    def held(self) -> tuple[str, ...]:
        """Return what the browser holds."""
        return self._cookie.read(self._request)

    def remember(self, address: str) -> None:
        """Let the browser be known at the account of that address."""
        self._cookie.set(self._response, self._tokens.add(address, self.held()), LIFETIME)

    def forget(self, address: str) -> None:
        """Let nothing of the account be left in the browser."""
        held = self.held()
        if not held:
            return
        if rest := self._tokens.remove(address, held):
            self._cookie.set(self._response, rest, LIFETIME)
        else:
            self._cookie.clear(self._response)
