"""Signing: the server's own keys, and the access tokens that it signs with them.

The keys are kept sealed in the database, or are configured; they rotate by time. `Authentication`
is what a session was proved with, and so what its access tokens say. A service that
only verifies has no use for this room: what it needs is in `tokens`.
"""

from authberry.signing.access_tokens import AccessToken, AccessTokens
from authberry.signing.authentication import (
    HARDWARE_KEY,
    LINK_PROOF,
    ONE_TIME,
    PASSWORD_PROOF,
    SEVERAL,
    SOFTWARE_KEY,
    USER_VERIFIED,
    Authentication,
    Proof,
    proof_at,
)
from authberry.signing.configured_keys import configured_keys
from authberry.signing.keys import JWKS_MAX_AGE, KeyRing, KeyState, RingKey
from authberry.signing.signing import Signing

__all__ = [
    "HARDWARE_KEY",
    "JWKS_MAX_AGE",
    "LINK_PROOF",
    "ONE_TIME",
    "PASSWORD_PROOF",
    "SEVERAL",
    "SOFTWARE_KEY",
    "USER_VERIFIED",
    "AccessToken",
    "AccessTokens",
    "Authentication",
    "KeyRing",
    "KeyState",
    "Proof",
    "RingKey",
    "Signing",
    "configured_keys",
    "proof_at",
]
