"""Guards for a host's own fields. Each says in the schema definition that it is there."""

from collections.abc import Callable, Collection, Iterable
from copy import copy
from typing import Any, TypeVar

import strawberry
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from authberry.accounts import ROLE
from authberry.errors import Forbidden
from authberry.graph.directives import Authenticated, Requires
from authberry.graph.errors import as_error
from authberry.graph.fields import AuthField
from authberry.graph.hosts import context_of, viewer
from authberry.settings import PREFIX, SettingsError

T = TypeVar("T", bound=type)


class IsAuthenticated(BasePermission):
    """Lets a field be used by somebody whose session lives.

    @strawberry.field(extensions=[PermissionExtension([IsAuthenticated()])])

    With `permission_classes=[IsAuthenticated]` it guards as well, and Strawberry leaves the
    directive out of the schema definition.
    """

    _schema_directive = Authenticated()

    async def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:  # noqa: ARG002 - Strawberry's signature
        """Let somebody pass; raises UNAUTHENTICATED with its reason."""
        await viewer(info)
        return True


class HasRole(BasePermission):
    """Lets a field be used by somebody who has the role now, whatever their token says.

    @strawberry.field(extensions=[PermissionExtension([HasRole("editor")])])
    """

    def __init__(self, role: str) -> None:
        """Name the role; one that AUTHBERRY_ROLES does not list is an error at the first use."""
        if not ROLE.fullmatch(role):
            raise ValueError(f"HasRole needs the name of a role, not {role!r}.")
        self.role = role

    @property
    def schema_directive(self) -> Requires:
        """What the schema definition says."""
        return Requires(role=self.role)

    async def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:  # noqa: ARG002 - Strawberry's signature
        """Let somebody with the role pass; raises UNAUTHENTICATED or FORBIDDEN.

        Raises:
            SettingsError: there is no such role, for anybody.
        """
        if not context_of(info.context).auth.settings.knows_role(self.role):
            raise SettingsError(f"HasRole({self.role!r}): {PREFIX}ROLES has no such role")
        if self.role not in (await viewer(info)).user.roles:
            raise as_error(Forbidden())
        return True


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
        definition: StrawberryObjectDefinition = cls.__strawberry_definition__  # type: ignore[attr-defined]
        if unknown := set(public) - {str(field.python_name) for field in definition.fields}:
            raise ValueError(f"{cls.__name__} has no field {', '.join(sorted(unknown))}.")
        definition.fields = [_guarded(field, public) for field in definition.fields]
        _hand_down(cls, definition.fields)
        return cls

    return decorate


def _hand_down(cls: type, guarded: Iterable[StrawberryField]) -> None:
    """Let types that inherit from this one inherit the guards.

    Strawberry looks for fields in the dataclass. Its schema for federation inherits from every
    Query, to add fields of its own.
    """
    held: dict[str, Any] = cls.__dataclass_fields__  # type: ignore[attr-defined]
    for field in guarded:
        if (original := held.get(str(field.python_name))) is not None and original is not field:
            field.name, field._field_type = original.name, original._field_type  # type: ignore[attr-defined]  # noqa: SLF001 - as dataclasses make it
            held[original.name] = field


def _guarded(field: StrawberryField, public: Collection[str]) -> StrawberryField:
    if field.python_name in public or any(isinstance(one, AuthField) for one in field.extensions):
        return field
    field = copy(field)  # the type it is inherited from may be used elsewhere without a guard
    field.extensions.append(PermissionExtension([IsAuthenticated()]))
    return field
