"""The public keys, for whoever verifies access tokens (RFC 7517)."""

from starlette.requests import Request
from starlette.responses import JSONResponse

from authberry import Auth
from authberry.signing import JWKS_MAX_AGE

JWKS = "/.well-known/jwks.json"


async def jwks(request: Request) -> JSONResponse:
    """The JWK set, for any site to read and to keep for some minutes."""
    auth: Auth = request.app.state.auth
    # Who verifies asks again when a token names a key that is not in their copy.
    await auth.signing.keys.refresh(unknown_kid=True)
    return JSONResponse(
        auth.signing.keys.jwks(),
        headers={
            "Cache-Control": f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}",
            "Access-Control-Allow-Origin": "*",
        },
        media_type="application/jwk-set+json",
    )
