"""Guards for a host's own fields. Each says in the schema definition that it is there."""

from datetime import timedelta
from typing import Any

import strawberry
from strawberry.permission import BasePermission

from authberry.accounts import ROLE
from authberry.errors import Forbidden, StepUpRequired
from authberry.graph.context import context_of
from authberry.graph.errors import as_error
from authberry.graph.fields import Authenticated, Requires, RequiresLogin
from authberry.graph.hosting.context import viewer
from authberry.settings import PREFIX, SettingsError
from authberry.tokens import LEVELS


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


class RecentLogin(BasePermission):
    """Lets a field be used by somebody who has just proved who they are (RFC 9470).

    @strawberry.field(extensions=[PermissionExtension([RecentLogin(max_age=300, acr="aal2")])])

    It goes by what the access token says, so that whoever proves it once more comes with another
    token: see the mutation `reauthenticate`.
    """

    def __init__(self, *, max_age: int | None = None, acr: str | None = None) -> None:
        """Say what the field wants of the login.

        Args:
            max_age: Seconds since somebody last proved who they are.
            acr: The least level of assurance: `aal1`, `aal2` or `phr`.
        """
        if acr is not None and acr not in LEVELS:
            raise ValueError(f"RecentLogin takes one of {', '.join(LEVELS)}, not {acr!r}.")
        if max_age is None and acr is None:
            raise ValueError("RecentLogin needs max_age, acr, or both.")
        self.max_age = max_age
        self.acr = acr

    @property
    def schema_directive(self) -> RequiresLogin:
        """What the schema definition says."""
        # What is not set is left out; null would be printed.
        unset = strawberry.UNSET
        return RequiresLogin(
            acr=unset if self.acr is None else self.acr,
            max_age=unset if self.max_age is None else self.max_age,
        )

    async def has_permission(self, source: Any, info: strawberry.Info, **kwargs: Any) -> bool:  # noqa: ARG002 - Strawberry's signature
        """Let somebody pass; raises UNAUTHENTICATED with its reason."""
        await viewer(info)
        context = context_of(info.context)
        claims = await context.claims()
        max_age = None if self.max_age is None else timedelta(seconds=self.max_age)
        try:
            claims.require_recent(context.auth.clock.now(), max_age=max_age, acr=self.acr)
        except StepUpRequired as refusal:
            raise as_error(refusal) from None
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
