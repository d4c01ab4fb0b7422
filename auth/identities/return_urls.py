"""Where browsers go: to a provider with the address of our callback, and from there to a page.

That page is one of the origins that may use this service, and of no other: whoever could have
people sent anywhere from here would have a link to it that looks like ours (CWE-601).
"""

import re

from authberry.errors import InvalidInput
from authberry.settings import Settings

LONGEST = 2000
"""Characters."""
_ABSOLUTE = re.compile(r"(https?://[^/?#]+)(.*)", re.DOTALL)
_REST = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*)?", re.ASCII)
"""A path and what follows it, of the signs of RFC 3986 only: none that browsers take for others."""


class ReturnUrls:
    """The addresses of callbacks, and the pages that they lead to."""

    def __init__(self, settings: Settings) -> None:
        """Be where `settings` say."""
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Be at another public URL."""
        self._settings = settings

    def callback(self, provider: str) -> str:
        """The address that a provider sends its answer to; each has one of its own."""
        return f"{self._settings.public_url}/external/{provider}/callback"

    def page(self, return_to: str) -> str:
        """Return the whole address of a page that a browser may be sent to.

        Args:
            return_to: That address, or a path of this origin.

        Raises:
            InvalidInput: it is no address, or of an origin that is not exactly one of those.
        """
        is_path = return_to.startswith("/") and not return_to.startswith("//")
        whole = self._settings.origin + return_to if is_path else return_to
        parts = _ABSOLUTE.fullmatch(whole)
        is_ours = parts is not None and self._settings.allows_origin(parts[1])
        if parts is None or not is_ours or not _REST.fullmatch(parts[2]) or len(whole) > LONGEST:
            raise InvalidInput(
                "returnTo",
                "This is not a page of this service, nor of an origin that may use it.",
            )
        return whole
