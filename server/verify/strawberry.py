"""Strawberry: the claims of the access token in a resolver.

    bearer = Bearer(verifier)

    @strawberry.field
    async def orders(info: strawberry.Info) -> list[Order]:
        claims = await bearer.claims(info)

    @strawberry.mutation
    async def pay(info: strawberry.Info) -> Payment:
        claims = await bearer.claims(info, max_age=300, acr="aal2")

The context is whatever has a `request`: Strawberry's own for Starlette and FastAPI, or yours. As in
the server's own API, a request with a bad token is anonymous until a field needs somebody.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import strawberry
from graphql import GraphQLError

from authberry.errors import (
    AuthError,
    Forbidden,
    StepUpRequired,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.server.verify.refusals import extensions, headers
from authberry.tokens import AccessTokenVerifier, Claims, bearer_token


class Bearer:
    """Says who is asking, from any resolver, as often as it is asked."""

    def __init__(self, verifier: AccessTokenVerifier) -> None:
        """Verify with this, which remembers the tokens it has verified."""
        self._verifier = verifier

    async def claims(
        self,
        info: strawberry.Info[Any, Any],
        *,
        role: str | None = None,
        max_age: int | None = None,
        acr: str | None = None,
    ) -> Claims:
        """Require somebody, and perhaps a role of theirs, a recent login or a strong one.

        Args:
            info: Of the resolver.
            role: What they have to have.
            max_age: Seconds since they last proved who they are.
            acr: The least level of assurance: `aal1`, `aal2` or `phr`.

        Raises:
            GraphQLError: with the code UNAUTHENTICATED and a reason, FORBIDDEN, or, while there are
                no keys, SERVICE_UNAVAILABLE. Of a login that is not enough, the headers of the
                response say so as well (RFC 9470), where the context has one.
        """
        try:
            claims = await self._verify(info)
            if role is not None and role not in claims.roles:
                raise Forbidden
            self._verifier.require_recent(claims, max_age=max_age, acr=acr)
        except StepUpRequired as refusal:
            _announce(info, refusal)
            raise _as_error(refusal) from refusal
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
        request = _of_context(info, "request")
        token = bearer_token(request.headers.getlist("authorization"))
        if token is None:
            raise Unauthenticated(UnauthenticatedReason.TOKEN_MISSING)
        return await self._verifier.verify(token)


def _of_context(info: strawberry.Info[Any, Any], name: str) -> Any:
    context = info.context
    return context[name] if isinstance(context, Mapping) else getattr(context, name)


def _announce(info: strawberry.Info[Any, Any], refusal: StepUpRequired) -> None:
    """Write into the headers what the login lacks; over a socket there are none."""
    with suppress(AttributeError, KeyError):
        response = _of_context(info, "response")
        response.headers.update(headers(refusal))


def _as_error(error: AuthError) -> GraphQLError:
    return GraphQLError(str(error), extensions=extensions(error))
