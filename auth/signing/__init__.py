"""Signing: the server's own keys, and the access tokens that it signs with them.

The keys are kept sealed in the database, or are configured; they rotate by time. A service that
only verifies has no use for this room: what it needs is in `tokens`.
"""

from authberry.signing.access_tokens import LINK, AccessToken, AccessTokens
from authberry.signing.configured_keys import configured_keys
from authberry.signing.keys import JWKS_MAX_AGE, KeyRing, KeyState, RingKey
from authberry.signing.signing import Signing

__all__ = [
    "JWKS_MAX_AGE",
    "LINK",
    "AccessToken",
    "AccessTokens",
    "KeyRing",
    "KeyState",
    "RingKey",
    "Signing",
    "configured_keys",
]
