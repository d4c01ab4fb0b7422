"""Strawberry: the claims of the access token in a resolver.

    bearer = Bearer(verifier)

    @strawberry.field
    async def orders(info: strawberry.Info) -> list[Order]:
        claims = await bearer.claims(info)

The context is whatever has a `request`: Strawberry's own for Starlette and FastAPI, or yours. As in
the server's own API, a request with a bad token is anonymous until a field needs somebody.
"""

from collections.abc import Mapping
from typing import Any

import strawberry
from graphql import GraphQLError

from authberry.errors import AuthError, Forbidden, Unauthenticated, UnauthenticatedReason
from authberry.server.verify.refusals import extensions
from authberry.tokens import AccessTokenVerifier, Claims, bearer_token


class Bearer:
    """Says who is asking, from any resolver, as often as it is asked."""

    def __init__(self, verifier: AccessTokenVerifier) -> None:
        """Verify with this, which remembers the tokens it has verified."""
        self._verifier = verifier

    async def claims(self, info: strawberry.Info[Any, Any], *, role: str | None = None) -> Claims:
        """Require somebody, and a role of theirs perhaps.

        Raises:
            GraphQLError: with the code UNAUTHENTICATED and a reason, FORBIDDEN, or, while there are
                no keys, SERVICE_UNAVAILABLE.
        """
        try:
            claims = await self._verify(info)
            if role is not None and role not in claims.roles:
                raise Forbidden
        except AuthError as refusal:
            raise _as_error(refusal) from refusal
        return claims

    async def claims_or_none(self, info: strawberry.Info[Any, Any]) -> Claims | None:
        """Let whoever has no good token be anonymous; raises only SERVICE_UNAVAILABLE."""
        try:
            return await self._verify(info)
        except Unauthenticated:
            return None
        except AuthError as refusal:
            raise _as_error(refusal) from refusal

    async def _verify(self, info: strawberry.Info[Any, Any]) -> Claims:
        context = info.context
        request = context["request"] if isinstance(context, Mapping) else context.request
        token = bearer_token(request.headers.getlist("authorization"))
        if token is None:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_MISSING)
        return await self._verifier.verify(token)


def _as_error(error: AuthError) -> GraphQLError:
    return GraphQLError(str(error), extensions=extensions(error))
