"""Sessions: one row each, from the login that begins them to whatever ends them.

`Sessions` begins, refreshes, lists and ends them; rotation is the refresh protocol; `Viewers` find
the live session behind an access token; `Introspection` says what a token is good for right now.
"""

from authberry.sessions.introspection import Introspection
from authberry.sessions.sessions import Issued, RefreshTokenTransport, Sessions
from authberry.sessions.viewers import Viewer, Viewers

__all__ = [
    "Introspection",
    "Issued",
    "RefreshTokenTransport",
    "Sessions",
    "Viewer",
    "Viewers",
]
