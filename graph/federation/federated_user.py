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
from strawberry.types.base import StrawberryObjectDefinition

from authberry.errors import AuthError, ServiceUnavailable
from authberry.graph.errors import as_error
from authberry.graph.hosts import context_of
from authberry.graph.types import User
from authberry.models import DatabaseUnavailable

T = TypeVar("T", bound=type[User])

PUBLIC = {"id", "name"}
"""What a page needs to say who wrote it. Whatever else `User` has, or will have, is guarded."""


class Guarded(FieldExtension):
    """Shows a field of somebody who was referred to, to those who may see it."""

    def resolve(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        """Resolve the field: at once, where nobody has to be known for it."""
        if source.is_reference:
            return self._to_some(next_, source, info, **kwargs)
        return next_(source, info, **kwargs)

    async def _to_some(
        self, next_: Callable[..., Any], source: Any, info: strawberry.Info, **kwargs: Any
    ) -> Any:
        context = context_of(info.context)
        error: AuthError
        try:
            viewer = await context.viewer()
            context.auth.accounts.refuse_strangers(viewer, UUID(source.id))
        except AuthError as refusal:
            error = refusal
        except DatabaseUnavailable:
            error = ServiceUnavailable()
        else:
            return next_(source, info, **kwargs)
        context.refused(error)
        raise as_error(error)


def guarded(cls: T) -> T:
    """Guard every field that is not public, and let it be null where it is refused.

    Else a refusal of the address would take the name along, and perhaps the page that shows it.
    """
    definition: StrawberryObjectDefinition = User.__strawberry_definition__  # type: ignore[attr-defined]
    for field in definition.fields:
        if field.python_name not in PUBLIC and field.type_annotation:
            name = str(field.python_name)
            cls.__annotations__[name] = Optional[field.type_annotation.annotation]  # noqa: UP045 - made here
            setattr(
                cls, name, strawberry.field(description=field.description, extensions=[Guarded()])
            )
    return cls


@strawberry.federation.type(name="User", keys=["id"], description="A person who can log in.")
@guarded
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
        row = await context_of(info.context).people.load(user_id) if user_id else None
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
