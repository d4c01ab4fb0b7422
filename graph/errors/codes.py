"""The catalogue of codes as a GraphQL enum, each code explained by the error that carries it."""

import inspect

from authberry.errors import AuthError, ErrorCode
from authberry.graph.strawberry_internals import describe_values

__all__ = ["MASKED", "ErrorCode"]

MASKED = "Something went wrong here. The request id finds it in the log."
_WITHOUT_ERROR = {
    "GRAPHQL_PARSE_FAILED": "The document is not GraphQL.",
    "GRAPHQL_VALIDATION_FAILED": "The document does not fit the schema.",
    "INTERNAL_SERVER_ERROR": MASKED,
}


def _explanations() -> dict[str, str]:
    explained = {kind.code.name: inspect.getdoc(kind) or "" for kind in AuthError.__subclasses__()}
    return _WITHOUT_ERROR | explained


describe_values(
    ErrorCode,
    "What went wrong, for programs. Data and `extensions.code` use the same words.",
    _explanations(),
)
