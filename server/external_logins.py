"""Where providers send browsers back to.

Whatever a provider says is taken here, in one request, and kept; the browser goes on to the page
that it began from, and the address of that holds nothing of it. No page of ours is ever at this
address, so that its parameters are in nobody's `Referer`.
"""

import asyncio
import secrets

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from authberry import Auth
from authberry.errors import InvalidTicket, InvalidToken, ServiceUnavailable
from authberry.graph.context import client_of, held_at_callback
from authberry.mail import preferred
from authberry.models import DatabaseUnavailable
from authberry.server.http import OPERATION_TIMEOUT, Malformed
from authberry.server.oauth import read_form

CALLBACK = "/external/{provider}/callback"
REFUSED = {
    "en": "This login was begun in another browser, or it took too long. Go back to where you"
    " wanted to log in, and begin again.",
    "ko": "다른 브라우저에서 시작한 로그인이거나 시간이 너무 오래 지났습니다. 로그인하려던"
    " 화면으로 돌아가 다시 시작해 주세요.",
}


async def callback(request: Request) -> Response:
    """Take a provider's answer, and send the browser to the page that it began from."""
    if request.method == "HEAD":  # of which nothing may come
        raise HTTPException(405, headers={"Allow": "GET, POST"})
    auth: Auth = request.app.state.auth
    try:
        said = await _said(request)
        async with asyncio.timeout(OPERATION_TIMEOUT):
            page = await auth.identities.journeys.answer(
                request.path_params["provider"],
                said,
                held_at_callback(request, auth.settings),
                client_of(
                    request,
                    auth.settings,
                    request.scope.get("request_id") or secrets.token_hex(8),
                ),
            )
    except Malformed as refusal:
        return PlainTextResponse(str(refusal), refusal.status)
    except InvalidToken:
        language = preferred(request.headers.get("accept-language"), frozenset(REFUSED))
        headers = {"Content-Language": language, "Vary": "Accept-Language"}
        return PlainTextResponse(REFUSED[language], 400, headers=headers)
    except (DatabaseUnavailable, TimeoutError):
        problem = ServiceUnavailable()
        headers = {"Retry-After": str(problem.retry_after)}
        return PlainTextResponse(str(problem), 503, headers=headers)
    return Response(status_code=303, headers={"Location": page, "Referrer-Policy": "no-referrer"})


async def _said(request: Request) -> dict[str, str]:
    """Read the parameters, each of which stands once.

    Raises:
        Malformed: it is no form, or not so.
        InvalidTicket: it is not so, in an address.
    """
    if request.method == "POST":
        return await read_form(request)
    pairs = request.query_params.multi_items()
    said = dict(pairs)
    if len(said) < len(pairs):
        raise InvalidTicket
    return said
