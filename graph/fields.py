"""How a root field is declared: guarded unless it says `public`, with refusals as data."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from authberry.errors import AuthError, ServiceUnavailable
from authberry.graph.context import Info
from authberry.graph.errors import as_data, as_error, masked
from authberry.graph.outcomes import CountedField
from authberry.models import DatabaseUnavailable

Resolver = Callable[..., Awaitable[Any]]


class AuthField(FieldExtension):
    """Guards a field and translates what its rule raises; travels with it into any schema."""

    def __init__(self, *, public: bool, credential: bool) -> None:
        """Mark the field.

        Args:
            public: Anybody may use it.
            credential: It takes or gives a secret: at most one such field in a request, so that a
                document cannot hold a hundred guesses.
        """
        self.public = public
        self.credential = credential

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """Resolve the field for somebody known, or for anybody where it is public."""
        context = info.context
        try:
            if not self.public:
                await context.viewer()
            return await next_(source, info, **kwargs)
        except AuthError as refusal:
            error = refusal
        except DatabaseUnavailable:
            error = ServiceUnavailable()
        except Exception as unforeseen:  # noqa: BLE001 - masked, whatever it is
            raise masked(unforeseen, context.request_id) from None
        context.refused(error)
        if (data := as_data(error, info)) is not None:
            return data
        raise as_error(error)


def query(*, public: bool = False) -> Callable[[Resolver], StrawberryField]:
    """Declare a query; its docstring is its description."""
    return _field(AuthField(public=public, credential=False))


def mutation(
    *, public: bool = False, credential: bool = False
) -> Callable[[Resolver], StrawberryField]:
    """Declare a mutation; its docstring is its description."""
    return _field(AuthField(public=public, credential=credential), CountedField())


def _field(*extensions: FieldExtension) -> Callable[[Resolver], StrawberryField]:
    def declare(resolver: Resolver) -> StrawberryField:
        return strawberry.field(
            resolver,
            description=inspect.getdoc(resolver),
            extensions=list(extensions),
        )

    return declare
