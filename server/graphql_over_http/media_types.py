"""Which media type an answer has: content negotiation by the `Accept` header (RFC 9110, 12.5.1)."""

from functools import lru_cache

from authberry.server.http import Malformed
from authberry.tokens import OWS

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"


@lru_cache
def negotiate(accept: str) -> str:
    """Choose the media type that the client likes best of the two there are.

    Raises:
        Malformed: 406; it takes neither.
    """
    best, best_quality = "", 0.0
    for media_range in (accept or "*/*").lower().split(","):
        name, *parameters = (part.strip(OWS) for part in media_range.split(";"))
        offered = {JSON: JSON, GRAPHQL_RESPONSE: GRAPHQL_RESPONSE, "*/*": JSON}
        offered["application/*"] = JSON
        quality = _quality(parameters)
        if name in offered and quality > best_quality:
            best, best_quality = offered[name], quality
    if not best:
        raise Malformed(406, f"Answers are {GRAPHQL_RESPONSE} or {JSON}.")
    return best


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0
