"""Sessions: one row each, from the login that begins them to whatever ends them.

`Sessions` begins, refreshes and lists them. Its services are rotation, which is the refresh
protocol; revocation, which ends sessions; viewers, who are behind the access tokens of requests;
and introspection, which says what a token is good for right now.
"""

from authberry.sessions.begun_session import BegunSession, FactorsHeld
from authberry.sessions.issued import Issued, RefreshTokenTransport
from authberry.sessions.live_sessions import LiveSessions
from authberry.sessions.sessions import Sessions
from authberry.sessions.viewers import Viewer, Viewers

__all__ = [
    "BegunSession",
    "FactorsHeld",
    "Issued",
    "LiveSessions",
    "RefreshTokenTransport",
    "Sessions",
    "Viewer",
    "Viewers",
]
