"""How a root field is declared: guarded unless it says `public`, with refusals as data."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from copy import copy
from typing import Any, Protocol, TypeVar

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from authberry.errors import AuthError, ServiceUnavailable
from authberry.graph.context import Info
from authberry.graph.directives import Authenticated
from authberry.graph.errors import as_data, as_error, masked
from authberry.graph.hosts import in_own_context
from authberry.graph.outcomes import CountedField
from authberry.models import DatabaseUnavailable

Resolver = Callable[..., Awaitable[Any]]
T = TypeVar("T")


class Clothes(Protocol):
    """Turns what a rule answers with into one schema's types; see `authberry.graph.merging`."""

    def put_on(self, value: Any) -> Any:
        """Return the value as the schema's own type."""


class AuthField(FieldExtension):
    """Guards a field and translates what its rule raises; travels with it into any schema."""

    def __init__(self, *, public: bool, credential: bool, clothes: Clothes | None = None) -> None:
        """Mark the field.

        Args:
            public: Anybody may use it.
            credential: It takes or gives a secret: at most one such field in a request, so that a
                document cannot hold a hundred guesses, and none over a WebSocket.
            clothes: For a schema that has types of its own in the place of ours.
        """
        self.public = public
        self.credential = credential
        self._clothes = clothes

    def wearing(self, clothes: Clothes) -> "AuthField":
        """The same for a schema with types of its own."""
        return AuthField(public=self.public, credential=self.credential, clothes=clothes)

    def apply(self, field: StrawberryField) -> None:
        """Let the schema definition say that the field needs somebody."""
        if not self.public and Authenticated() not in field.directives:
            field.directives.append(Authenticated())

    async def resolve_async(
        self, next_: Callable[..., Awaitable[Any]], source: Any, info: Info, **kwargs: Any
    ) -> Any:
        """Resolve the field for somebody known, or for anybody where it is public."""
        info = in_own_context(info)
        context = info.context
        try:
            if self.credential:
                context.admit_credential()
            if not self.public:
                await context.viewer()
            answer = await next_(source, info, **kwargs)
            return self._clothes.put_on(answer) if self._clothes else answer
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


def query(
    *, public: bool = False, name: str | None = None
) -> Callable[[Resolver], StrawberryField]:
    """Declare a query; its docstring is its description."""
    return _field(AuthField(public=public, credential=False), name=name)


def mutation(
    *, public: bool = False, credential: bool = False
) -> Callable[[Resolver], StrawberryField]:
    """Declare a mutation; its docstring is its description."""
    return _field(AuthField(public=public, credential=credential), CountedField())


def _field(
    *extensions: FieldExtension, name: str | None = None
) -> Callable[[Resolver], StrawberryField]:
    def declare(resolver: Resolver) -> StrawberryField:
        return strawberry.field(
            resolver,
            name=name,
            description=inspect.getdoc(resolver),
            extensions=list(extensions),
        )

    return declare


def of_fields(fields: Iterable[StrawberryField]) -> Callable[[type[T]], type[T]]:
    """Make a class the Strawberry type that has these fields, in their order."""

    def make(cls: type[T]) -> type[T]:
        for field in fields:
            # A copy, since a class gives the fields it is made of its own name for them.
            setattr(cls, str(field.python_name), copy(field))
        return strawberry.type(cls)

    return make
