"""Our queries and mutations as types that a host's schema takes in, whole or in part."""

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import MISSING, dataclass, fields
from types import UnionType, new_class
from typing import Annotated, Any, Union, get_args, get_origin

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.tools import create_type
from strawberry.types.base import StrawberryObjectDefinition, has_object_definition
from strawberry.types.field import StrawberryField

from authberry.graph.fields import AuthField
from authberry.graph.mutations import AuthMutation
from authberry.graph.queries import AuthQuery
from authberry.graph.types import User


@dataclass(frozen=True, slots=True)
class AuthTypes:
    """Two Strawberry types, for `merge_types` or to inherit from."""

    query: type
    mutation: type


def auth_types(
    *,
    user: type[User] = User,
    others: Mapping[type, type] | None = None,
    prefix: str = "",
    rename: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
) -> AuthTypes:
    """Our fields as a host wants them; as they are, they are `AuthQuery` and `AuthMutation`.

    Args:
        user: The host's own `User` type, a subclass of ours with resolvers of its own.
        others: Further types of ours, and the subclasses to have in their places.
        prefix: Before every name: `auth` makes `authLogin` of `login`.
        rename: Other names for some of the fields, all of them as in Python: `sign_in` for `login`.
        only: The fields to take; all of them, if not given.

    Raises:
        ValueError: a field that does not exist is to be taken or renamed, or a type would be empty.
        TypeError: `user` is no subclass of ours, or cannot be made from an account alone.
    """
    tailor = _Tailor(user, others or {})
    queries, mutations = _fields_of(AuthQuery), _fields_of(AuthMutation)
    names = {str(field.python_name) for field in (*queries, *mutations)}
    if unknown := (set(rename or ()) | set(only or ())) - names:
        raise ValueError(f"There is no field {', '.join(sorted(unknown))} to take or rename.")

    def tailored(title: str, all_fields: Sequence[StrawberryField]) -> type:
        taken = [field for field in all_fields if only is None or field.python_name in only]
        if not taken:
            return strawberry.type(type(title, (), {}))
        return create_type(title, [_called(tailor.field(field), prefix, rename) for field in taken])

    return AuthTypes(tailored("AuthQuery", queries), tailored("AuthMutation", mutations))


def _fields_of(cls: type) -> list[StrawberryField]:
    definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
    return definition.fields


def _called(
    field: StrawberryField, prefix: str, rename: Mapping[str, str] | None
) -> StrawberryField:
    name = str(field.python_name)
    name = (rename or {}).get(name, f"{prefix}_{name}" if prefix else name)
    field.python_name = name
    return field


class _Tailor:
    """Puts a host's `User` into every type of ours that mentions one."""

    def __init__(self, user: type[User], others: Mapping[type, type]) -> None:
        if not issubclass(user, User):
            raise TypeError("`user` must be a subclass of authberry.graph.User.")
        ours = {field.name for field in fields(User)}
        for field in fields(user):
            has_default = field.default is not MISSING or field.default_factory is not MISSING
            if field.init and field.name not in ours and not has_default:
                raise TypeError(f"{user.__name__}.{field.name} must be a resolver.")
        self._types: dict[type, type] = {User: user, **others}

    def field(self, field: StrawberryField) -> StrawberryField:
        """A copy of a field that answers with the host's types."""
        assert field.base_resolver is not None  # noqa: S101 - as all of ours have
        annotation = field.base_resolver.type_annotation
        field = copy(field)
        field.type_annotation = StrawberryAnnotation(
            self.annotation(annotation.annotation if annotation else None)
        )
        field.extensions = [
            one.wearing(self) if isinstance(one, AuthField) else one for one in field.extensions
        ]
        return field

    def annotation(self, annotation: Any) -> Any:
        """The same annotation with the host's types in it."""
        if isinstance(annotation, type) and has_object_definition(annotation):
            return self._type(annotation)
        args = get_args(annotation)
        match get_origin(annotation):
            case origin if origin is Annotated:
                return Annotated[(self.annotation(args[0]), *args[1:])]
            case origin if origin in {Union, UnionType}:
                return Union[tuple(self.annotation(arg) for arg in args)]  # noqa: UP007
            case origin if origin is list:
                return list[self.annotation(args[0])]  # type: ignore[misc]
        return annotation

    def put_on(self, value: Any) -> Any:
        """An answer of ours as the host's type."""
        worn = self._types.get(type(value), type(value))
        if worn is type(value):
            return value
        return worn(
            **{field.name: self.put_on(getattr(value, field.name)) for field in fields(value)}
        )

    def _type(self, ours: type) -> type:
        if ours not in self._types:
            changed = {}
            for field in _fields_of(ours):
                annotation: Any = field.type_annotation and field.type_annotation.annotation
                worn = self.annotation(annotation)
                if worn != annotation:
                    changed[str(field.python_name)] = worn
            self._types[ours] = _with(ours, changed) if changed else ours
        return self._types[ours]


def _with(ours: type, annotations: dict[str, Any]) -> type:
    """A type like ours with other types for some of its fields."""
    definition: StrawberryObjectDefinition = ours.__strawberry_definition__  # type: ignore[attr-defined]
    cls = new_class(
        ours.__name__, (ours,), {}, lambda namespace: namespace.update(__annotations__=annotations)
    )
    return strawberry.type(cls, name=definition.name, description=definition.description)
