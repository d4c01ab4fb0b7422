"""Our queries and mutations as types that a host's schema takes in, whole or in part."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import strawberry
from strawberry.tools import create_type
from strawberry.types.field import StrawberryField

from authberry.graph.hosting.type_mapping import TypeMapping
from authberry.graph.mutations import AuthMutation
from authberry.graph.queries import AuthQuery
from authberry.graph.strawberry_internals import definition_of
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
    mapping = TypeMapping(user, others or {})
    queries, mutations = definition_of(AuthQuery).fields, definition_of(AuthMutation).fields
    names = {str(field.python_name) for field in (*queries, *mutations)}
    if unknown := (set(rename or ()) | set(only or ())) - names:
        raise ValueError(f"There is no field {', '.join(sorted(unknown))} to take or rename.")

    def mapped_type(title: str, all_fields: Sequence[StrawberryField]) -> type:
        taken = [field for field in all_fields if only is None or field.python_name in only]
        if not taken:
            return strawberry.type(type(title, (), {}))
        mapped = [_renamed(mapping.replace_in_field(field), prefix, rename) for field in taken]
        return create_type(title, mapped)

    return AuthTypes(mapped_type("AuthQuery", queries), mapped_type("AuthMutation", mutations))


def _renamed(
    field: StrawberryField, prefix: str, rename: Mapping[str, str] | None
) -> StrawberryField:
    name = str(field.python_name)
    name = (rename or {}).get(name, f"{prefix}_{name}" if prefix else name)
    field.python_name = name
    return field
