"""Guards for a host's own fields. Each says in the schema definition that it is there."""

from typing import Any

import strawberry
from strawberry.permission import BasePermission

from authberry.accounts import ROLE
from authberry.errors import Forbidden
from authberry.graph.context import context_of
from authberry.graph.errors import as_error
from authberry.graph.fields import Authenticated, Requires
from authberry.graph.hosting.context import viewer
from authberry.settings import PREFIX, SettingsError


class IsAuthenticated(BasePermission):
    """Lets a field be used by somebody whose session lives.

    @strawberry.field(extensions=[PermissionExtension([IsAuthenticated()])])

    With `permission_classes=[IsAuthenticated]` it guards as well, and Strawberry leaves the
    directive out of the schema definition.
    """

    @property
    def schema_directive(self) -> Authenticated:
        """What the schema definition says."""
        return Authenticated()

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
