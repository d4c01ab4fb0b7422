"""A guard for every field of a host's type at once."""

from collections.abc import Callable, Collection
from copy import copy
from typing import TypeVar

from strawberry.permission import PermissionExtension
from strawberry.types.field import StrawberryField

from authberry.graph.fields import GuardExtension
from authberry.graph.hosting.permissions import IsAuthenticated
from authberry.graph.strawberry_internals import definition_of, replace_inherited_field

T = TypeVar("T", bound=type)


def login_required(*, public: Collection[str] = ()) -> Callable[[T], T]:
    """Guard every field of a type, those it inherits and those that are added later.

    @login_required(public={"opening_hours"})
    @strawberry.type
    class Query(AuthQuery): ...

    Our own fields keep their guards, so that a login does not need a login.

    Args:
        public: The fields that anybody may use, as they are called in Python.

    Raises:
        ValueError: `public` names a field that is not there.
    """

    def decorate(cls: T) -> T:
        definition = definition_of(cls)
        if unknown := set(public) - {str(field.python_name) for field in definition.fields}:
            raise ValueError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}.")
        definition.fields = [_guarded(field, public) for field in definition.fields]
        for field in definition.fields:
            replace_inherited_field(cls, field)
        return cls

    return decorate


def _guarded(field: StrawberryField, public: Collection[str]) -> StrawberryField:
    if field.python_name in public or any(
        isinstance(one, GuardExtension) for one in field.extensions
    ):
        return field
    field = copy(field)  # the type it is inherited from may be used elsewhere without a guard
    field.extensions.append(PermissionExtension([IsAuthenticated()]))
    return field
