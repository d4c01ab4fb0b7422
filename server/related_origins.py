"""Which other origins may use our passkeys (WebAuthn level 3, section 5.11)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from authberry import Auth

RELATED_ORIGINS = "/.well-known/webauthn"


async def related_origins(request: Request) -> Response:
    """List them for browsers, which look here when the page is of another domain."""
    auth: Auth = request.app.state.auth
    return JSONResponse({"origins": list(auth.settings.passkey_origins)})
