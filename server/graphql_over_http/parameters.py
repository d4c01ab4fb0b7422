"""The parameters of a GraphQL request, read from its body or its query string, and checked."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from starlette.requests import Request

from authberry.errors import PersistedQueryNotSupported
from authberry.graph.context import media_type
from authberry.server.http import Malformed, read_body
from authberry.tokens import OWS

CHARSETS = ("", "utf-8", "utf8")

_NO_UPLOADS = "Uploads (multipart/form-data) are not served. Send application/json."


@dataclass(frozen=True, slots=True)
class GraphQLParameters:
    """A well-formed GraphQL over HTTP request."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None


async def read_post(request: Request) -> GraphQLParameters:
    """Read a POST.

    Raises:
        Malformed: 415, 413, 408, or 400.
        PersistedQueryNotSupported: it has a hash in the place of the document.
    """
    content_type = ", ".join(request.headers.getlist("content-type"))
    if not _is_json(content_type):
        if media_type(content_type) == "multipart/form-data":
            raise Malformed(415, _NO_UPLOADS)
        raise Malformed(415, "Send the request as application/json, in UTF-8.")
    return parameters_of(_decode(await read_body(request)))


def read_get(request: Request) -> GraphQLParameters:
    """Read the query string of a GET; raises what `read_post` raises of a body."""
    values: dict[str, Any] = dict(request.query_params)
    for name in ("variables", "extensions"):
        if name in values:
            values[name] = _decode(values[name].encode("utf-8", "surrogatepass"))
    return parameters_of(values)


def parameters_of(value: object) -> GraphQLParameters:
    """Check the shape of a request.

    Raises:
        Malformed: 400, naming the parameter.
        PersistedQueryNotSupported: it has a hash or an id in the place of the document.
    """
    if isinstance(value, list):
        raise Malformed(400, "Batches are not served. Send one operation a request.")
    if not isinstance(value, dict):
        raise Malformed(400, "The body must be a JSON object.")
    query, name = value.get("query"), value.get("operationName")
    if not query and is_persisted(value):
        raise PersistedQueryNotSupported
    if not isinstance(query, str) or not query:
        raise Malformed(400, "`query` must be a string.")
    if not isinstance(name, str | None):
        raise Malformed(400, "`operationName` must be a string.")
    for parameter in ("variables", "extensions"):
        if not isinstance(value.get(parameter), dict | None):
            raise Malformed(400, f"`{parameter}` must be an object.")
    return GraphQLParameters(query, value.get("variables"), name)


def is_persisted(value: dict[str, Any]) -> bool:
    """Whether a request names a document that the server is to have: by its hash, or by an id."""
    extensions = value.get("extensions")
    has_hash = isinstance(extensions, dict) and isinstance(extensions.get("persistedQuery"), dict)
    return has_hash or isinstance(value.get("documentId"), str)


@lru_cache
def _is_json(content_type: str) -> bool:
    parameters = content_type.lower().partition(";")[2]
    charset = parameters.partition("charset=")[2].strip(OWS).strip('"')
    return media_type(content_type) == "application/json" and charset in CHARSETS


def _decode(body: bytes) -> object:
    # ValueError covers bad UTF-8, bad JSON and integers of thousands of digits.
    try:
        return _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Malformed(400, "This is not JSON in UTF-8.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
