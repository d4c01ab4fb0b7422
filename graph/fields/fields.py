"""How a root field is declared: guarded unless it says `public`, with refusals as data."""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from copy import copy
from typing import Any, TypeVar

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.types.field import StrawberryField

from authberry.graph.fields.guard import GuardExtension
from authberry.graph.fields.outcomes import OutcomeCounter

Resolver = Callable[..., Awaitable[Any]]
T = TypeVar("T")


def query(
    *, public: bool = False, name: str | None = None
) -> Callable[[Resolver], StrawberryField]:
    """Declare a query; its docstring is its description."""
    return _field(GuardExtension(public=public, credential=False), name=name)


def mutation(
    *, public: bool = False, credential: bool = False, recent: bool = False
) -> Callable[[Resolver], StrawberryField]:
    """Declare a mutation; its docstring is its description."""
    guard = GuardExtension(public=public, credential=credential, recent=recent)
    return _field(guard, OutcomeCounter())


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


def type_with_fields(fields: Iterable[StrawberryField]) -> Callable[[type[T]], type[T]]:
    """Make a class the Strawberry type that has these fields, in their order."""

    def decorate(cls: type[T]) -> type[T]:
        for field in fields:
            # A copy, since a class gives the fields it is made of its own name for them.
            setattr(cls, str(field.python_name), copy(field))
        return strawberry.type(cls)

    return decorate
