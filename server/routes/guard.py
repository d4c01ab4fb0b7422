"""What a route wants of whoever asks, and who that is; for any framework."""

from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NoReturn, Self

from starlette.requests import HTTPConnection

from authberry import Auth, Viewer
from authberry.errors import (
    AuthError,
    CrossSiteRequest,
    Forbidden,
    ServiceUnavailable,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.graph.context import SAFE_METHODS, Context, context_of_route
from authberry.models import DatabaseUnavailable
from authberry.server.routes.login_page import login_location
from authberry.server.routes.refusal import Refusal
from authberry.settings import PREFIX, SettingsError
from authberry.tokens import LEVELS


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody has to be, beside somebody."""

    roles: tuple[str, ...] = ()
    max_age: timedelta | None = None
    acr: str | None = None

    async def require(self, context: Context, viewer: Viewer) -> None:
        """Make sure of it; raises Forbidden or StepUpRequired."""
        if any(role not in viewer.user.roles for role in self.roles):
            raise Forbidden
        if self.max_age is not None or self.acr is not None:
            claims, now = await context.claims(), context.auth.clock.now()
            claims.require_recent(now, max_age=self.max_age, acr=self.acr)


class Guard:
    """Says who is asking, by access token or by the session's cookie; one look-up a request."""

    def __init__(self, auth: Auth, *, login_url: str | None = None) -> None:
        """Want somebody, and nothing more of them.

        Args:
            auth: Held open by the host.
            login_url: Where a browser is led that loads a page which wants somebody, or wants them
                to prove once more who they are; without it they are refused as programs are.
        """
        self.auth = auth
        self._login_url = login_url
        self._wanted = Wanted()

    def with_role(self, role: str) -> Self:
        """Want a role as well, as it is now, whatever a token remembers; 403 for others.

        Raises:
            SettingsError: AUTHBERRY_ROLES has no such role, for anybody.
        """
        if not self.auth.settings.knows_role(role):
            raise SettingsError(f"with_role({role!r}): {PREFIX}ROLES has no such role")
        return self._wanting(replace(self._wanted, roles=(*self._wanted.roles, role)))

    def with_recent_login(self, *, max_age: int | None = None, acr: str | None = None) -> Self:
        """Want a recent login as well, or a strong one; 401 for others (RFC 9470).

        Args:
            max_age: Seconds since somebody last proved who they are.
            acr: The least level of assurance: `aal1`, `aal2` or `phr`.

        Raises:
            ValueError: neither is given, or there is no such level.
        """
        if acr is not None and acr not in LEVELS:
            raise ValueError(f"with_recent_login takes one of {', '.join(LEVELS)}, not {acr!r}.")
        if max_age is None and acr is None:
            raise ValueError("with_recent_login needs max_age, acr, or both.")
        age = None if max_age is None else timedelta(seconds=max_age)
        return self._wanting(replace(self._wanted, max_age=age, acr=acr))

    async def find(self, connection: HTTPConnection) -> Viewer:
        """Say who is asking, who is all that is wanted.

        Raises:
            Refusal: nobody is, or they are not that, or the database is away; as the framework has
                refusals.
        """
        context = context_of_route(self.auth, connection.scope)
        try:
            viewer = await context.viewer()
            await self._wanted.require(context, viewer)
        except CrossSiteRequest as refusal:
            self.refuse(connection, _as_anonymous(connection) or refusal)
        except AuthError as refusal:
            self.refuse(connection, refusal)
        except DatabaseUnavailable:
            self.refuse(connection, ServiceUnavailable())
        return viewer

    async def find_anybody(self, connection: HTTPConnection) -> Viewer | None:
        """Say who is asking, or None.

        Nobody is where no session stands behind the cookie any more, and where a page of another
        site makes the request. Whoever sends an access token means to be somebody.

        Raises:
            Refusal: the token is not good, or the database is away; as the framework has refusals.
        """
        try:
            return await context_of_route(self.auth, connection.scope).viewer()
        except CrossSiteRequest:
            return None
        except Unauthenticated as refusal:
            if "authorization" in connection.headers:
                self.refuse(connection, refusal)
            return None
        except AuthError as refusal:
            self.refuse(connection, refusal)
        except DatabaseUnavailable:
            self.refuse(connection, ServiceUnavailable())

    def refuse(self, connection: HTTPConnection, error: AuthError) -> NoReturn:
        """Answer a refusal, or lead a browser to where people log in; raises."""
        leads_to = None
        if self._login_url is not None and isinstance(error, Unauthenticated):
            leads_to = login_location(self._login_url, connection)
        raise self._translated(Refusal(error, leads_to=leads_to)) from None

    def _translated(self, refusal: Refusal) -> Exception:
        """The same as the framework has it."""
        return refusal

    def _wanting(self, wanted: Wanted) -> Self:
        guard = copy(self)
        guard._wanted = wanted  # noqa: SLF001 - its own
        return guard


def _as_anonymous(connection: HTTPConnection) -> Unauthenticated | None:
    """What another site is answered that reads: the same as without a cookie."""
    if connection.scope["type"] == "http" and connection.scope["method"] in SAFE_METHODS:
        return Unauthenticated(UnauthenticatedReason.TOKEN_MISSING)
    return None
