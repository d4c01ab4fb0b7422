"""The public keys, for whoever verifies access tokens (RFC 7517)."""

from starlette.requests import Request
from starlette.responses import Response

from authberry import Auth
from authberry.server.oauth.public_documents import preflight, publish

JWKS = "/.well-known/jwks.json"


async def jwks(request: Request) -> Response:
    """The JWK set, for any site to read and to keep for some minutes."""
    if request.method == "OPTIONS":
        return preflight(request)
    auth: Auth = request.app.state.auth
    # Who verifies asks again when a token names a key that is not in their copy.
    await auth.signing.keys.refresh(unknown_kid=True)
    return publish(request, auth.signing.keys.jwks(), "application/jwk-set+json")
