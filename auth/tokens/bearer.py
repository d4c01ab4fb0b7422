"""The `Authorization` header (RFC 6750, section 2.1)."""

from collections.abc import Sequence

from authberry.errors import Unauthenticated, UnauthenticatedReason

OWS = " \t"
"""What HTTP calls white space (RFC 9110, section 5.6.3). Python strips 24 characters more, which
whoever reads the same header elsewhere, a browser or a proxy, takes for a part of what it holds."""


def bearer_token(headers: Sequence[str]) -> str | None:
    """The token of the `Authorization` headers of a request; None where there is none.

    Raises:
        Unauthenticated: TOKEN_INVALID; there are several headers, which two programs may read
            differently.
    """
    if len(headers) > 1:
        raise Unauthenticated(UnauthenticatedReason.TOKEN_INVALID)
    scheme, _, token = (headers[0] if headers else "").strip(OWS).partition(" ")
    return token.strip(OWS) if scheme.lower() == "bearer" else None
