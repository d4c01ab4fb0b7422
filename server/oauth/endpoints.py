"""Introspection (RFC 7662) and revocation (RFC 7009) of tokens, for services with a secret.

They are for those that must see the end of a session at once, where one that only verifies sees it
when the access token expires.
"""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from authberry import Auth, Client
from authberry.errors import ServiceUnavailable
from authberry.models import DatabaseUnavailable
from authberry.server.http import OPERATION_TIMEOUT, Malformed
from authberry.server.oauth.client_credentials import InvalidClient, authenticate_client, read_form

INTROSPECT, REVOKE = "/oauth/introspect", "/oauth/revoke"
CHALLENGE = 'Basic realm="authberry", charset="UTF-8"'


async def introspect(request: Request) -> Response:
    """Whether a token is active, and what it says; of any other nothing but that it is not."""
    return await _serve(request, _introspect)


async def revoke(request: Request) -> Response:
    """End the session that a token belongs to; a token that names none is as good as revoked."""
    return await _serve(request, _revoke)


async def _introspect(auth: Auth, token: str, _client: Client) -> Response:
    return JSONResponse(await auth.sessions.introspection.introspect(token))


async def _revoke(auth: Auth, token: str, client: Client) -> Response:
    await auth.sessions.revocation.revoke_token(token, client)
    return Response()


async def _serve(
    request: Request, act: Callable[[Auth, str, Client], Awaitable[Response]]
) -> Response:
    """Find out which service asks, and about what; `token_type_hint` is a hint, and not needed."""
    auth: Auth = request.app.state.auth
    try:
        form = await read_form(request)
        client = authenticate_client(request, form, auth)
        if not (token := form.get("token")):
            raise Malformed(400, "`token` is missing.")
        async with asyncio.timeout(OPERATION_TIMEOUT):
            return await act(auth, token, client)
    except InvalidClient as refusal:
        return _error(401, "invalid_client", str(refusal), {"WWW-Authenticate": CHALLENGE})
    except Malformed as refusal:
        return _error(refusal.status, "invalid_request", str(refusal))
    except (DatabaseUnavailable, TimeoutError):
        refused = ServiceUnavailable()
        headers = {"Retry-After": str(refused.retry_after)}
        return _error(503, "temporarily_unavailable", str(refused), headers)


def _error(
    status: int, error: str, description: str, headers: dict[str, str] | None = None
) -> Response:
    """Refuse in the form of RFC 6749, section 5.2, whose descriptions hold no quotation marks."""
    body = {"error": error, "error_description": description}
    return JSONResponse(body, status, headers)
