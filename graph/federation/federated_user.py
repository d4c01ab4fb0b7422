"""`User` as an entity: other subgraphs name people by id, and strangers see a name of them.

Whoever logs in, refreshes or asks for `me` gets their own person, whole. A person that is only
referred to, by another subgraph through a gateway, shows id and name to anybody, and the rest to
themselves and to the readers that AUTHBERRY_USER_READERS lists.
"""

from collections.abc import Callable
from typing import Any, Optional, Self, TypeVar
from uuid import UUID

import strawberry
from strawberry.extensions import FieldExtension

from authberry.errors import AuthError, ServiceUnavailable
from authberry.graph.context import context_of
from authberry.graph.errors import as_error
from authberry.graph.strawberry_internals import annotation_of, definition_of
from authberry.graph.types import User
from authberry.models import DatabaseUnavailable

T = TypeVar("T", bound=type[User])

PUBLIC = {"id", "name"}
"""What a page needs to say who wrote it. Whatever else `User` has, or will have, is guarded."""


class ReaderGuard(FieldExtension):
    """Shows a field of somebody who was referred to, to those who may see it."""

    def resolve(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        """Resolve the field: at once, where nobody has to be known for it."""
        if source.is_reference:
            return self._resolve_for_reader(next_, source, info, **kwargs)
        return next_(source, info, **kwargs)

    async def _resolve_for_reader(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        context = context_of(info.context)
        error: AuthError
        try:
            viewer = await context.viewer()
            context.auth.accounts.require_self_or_reader(viewer, UUID(source.id))
        except AuthError as refusal:
            error = refusal
        except DatabaseUnavailable:
            error = ServiceUnavailable()
        else:
            return next_(source, info, **kwargs)
        context.add_refusal_headers(error)
        raise as_error(error)


def guard_fields(cls: T) -> T:
    """Guard every field that is not public, and let it be null where it is refused.

    Else a refusal of the address would take the name along, and perhaps the page that shows it.
    """
    for field in definition_of(User).fields:
        if field.python_name not in PUBLIC:
            name = str(field.python_name)
            cls.__annotations__[name] = Optional[annotation_of(field)]  # noqa: UP045 - made here
            setattr(
                cls,
                name,
                strawberry.field(description=field.description, extensions=[ReaderGuard()]),
            )
    return cls


@strawberry.federation.type(name="User", keys=["id"], description="A person who can log in.")
@guard_fields
class FederatedUser(User):
    """The person of a request, or one who was referred to."""

    is_reference: strawberry.Private[bool] = False

    @classmethod
    async def resolve_reference(
        cls, info: strawberry.Info[Any, Any], id: strawberry.ID
    ) -> Self | None:
        """Find whom another subgraph names; None if there is nobody, or it is no id of ours.

        All that a request refers to is read with one query. Somebody who is disabled is found: what
        they wrote stays theirs, and nobody learns from it that they are.
        """
        user_id = _parse(id)
        row = await context_of(info.context).users_by_id.load(user_id) if user_id else None
        if row is None:
            return None
        person = cls.of(row)
        person.is_reference = True
        return person


def _parse(text: str) -> UUID | None:
    """Read an id, spelt as we spell it."""
    try:
        user_id = UUID(text)
    except ValueError:
        return None
    return user_id if str(user_id) == text else None
