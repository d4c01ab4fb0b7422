"""Which other origins may use our passkeys (WebAuthn level 3, section 5.11)."""

from starlette.requests import Request
from starlette.responses import Response

from authberry import Auth
from authberry.server.oauth import preflight, publish

RELATED_ORIGINS = "/.well-known/webauthn"


async def related_origins(request: Request) -> Response:
    """List them for browsers, which look here when the page is of another domain."""
    if request.method == "OPTIONS":
        return preflight(request)
    auth: Auth = request.app.state.auth
    return publish(request, {"origins": list(auth.settings.passkey_origins)})
