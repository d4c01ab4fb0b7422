"""Documents that any site may read and keep for some minutes: keys, metadata, origins."""

import hashlib
from collections.abc import Mapping

import orjson
from starlette.requests import Request
from starlette.responses import Response

from authberry.signing import JWKS_MAX_AGE

PREFLIGHT_MAX_AGE = 86_400  # seconds; what is allowed here never changes
METHODS = ("GET", "OPTIONS")
HEADERS = {
    "Cache-Control": f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag",
}


def preflight(request: Request) -> Response:
    """Let any page ask, with whatever headers its tracer or its client adds."""
    return Response(
        status_code=204,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET",
            "Access-Control-Allow-Headers": request.headers.get(
                "access-control-request-headers", "*"
            ),
            "Access-Control-Max-Age": str(PREFLIGHT_MAX_AGE),
        },
    )


def publish(
    request: Request, document: Mapping[str, object], media_type: str = "application/json"
) -> Response:
    """Answer with a document, or with 304 whoever has it as it is (RFC 9110, section 13.1.2)."""
    body = orjson.dumps(document)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {**HEADERS, "ETag": tag}
    held = {one.strip().removeprefix("W/") for one in _if_none_match(request).split(",")}
    if tag in held or held == {"*"}:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)


def _if_none_match(request: Request) -> str:
    return ",".join(request.headers.getlist("if-none-match"))
