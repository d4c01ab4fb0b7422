"""What other services ask of an authorization server, by the standards of OAuth 2.0.

Its metadata (RFC 8414), its public keys (RFC 7517), and, for services that have a secret,
introspection (RFC 7662) and revocation (RFC 7009) of tokens.
"""

from authberry.server.oauth.endpoints import INTROSPECT, REVOKE, introspect, revoke
from authberry.server.oauth.jwks import JWKS, jwks
from authberry.server.oauth.metadata import (
    METADATA,
    OPENID_CONFIGURATION,
    metadata,
    openid_configuration,
    well_known,
)
from authberry.server.oauth.public_documents import METHODS, preflight, publish

__all__ = [
    "INTROSPECT",
    "JWKS",
    "METADATA",
    "METHODS",
    "OPENID_CONFIGURATION",
    "REVOKE",
    "introspect",
    "jwks",
    "metadata",
    "openid_configuration",
    "preflight",
    "publish",
    "revoke",
    "well_known",
]
