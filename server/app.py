"""The application: every route, and what holds for all of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from authberry import Auth, Settings
from authberry.clock import Clock
from authberry.graph import Schema, build_schema
from authberry.graph.federation import build_subgraph
from authberry.server.dev_mail import DEV_MAIL, DEV_MAIL_PAGE, list_mails, show_mail
from authberry.server.graphiql import graphiql_file
from authberry.server.graphql_over_http import GraphQLEndpoint
from authberry.server.http import (
    CrossOrigin,
    PublicPath,
    RequireServices,
    SecurityHeaders,
    ServiceLifespan,
    UnhandledErrors,
    follow_mount,
    http_error,
    live,
    ready,
)
from authberry.server.oauth import (
    INTROSPECT,
    JWKS,
    METADATA,
    METHODS,
    OPENID_CONFIGURATION,
    REVOKE,
    introspect,
    jwks,
    metadata,
    openid_configuration,
    revoke,
)
from authberry.server.observability import (
    RequestTracking,
    Tracing,
    metrics,
    sampling_connections,
)
from authberry.server.pages import ROUTES as PAGES
from authberry.server.related_origins import RELATED_ORIGINS, related_origins

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    settings: Settings | None = None,
    *,
    auth: Auth | None = None,
    clock: Clock | None = None,
    tracer_provider: "TracerProvider | None" = None,
) -> Starlette:
    """Build the application, to be served as it is or mounted in another.

    Its lifespan opens the database; where nobody runs that, the first request does.

    Args:
        settings: From the environment, unless given.
        auth: A host's, who opens and closes it, in place of one of our own with `settings`.
        clock: For tests.
        tracer_provider: A host's, for its OpenTelemetry traces; without one OTEL_* decide.

    Raises:
        SettingsError: a setting is missing, unknown, malformed or, in production, dangerous.
    """
    is_shared = auth is not None
    auth = _choose_auth(settings, auth, clock)
    schema = _schema(auth.settings)
    tracing = Tracing(tracer_provider)
    tracing.watch(schema)
    lifespan = ServiceLifespan(
        partial(_services, auth, tracing, is_shared=is_shared),
        partial(follow_mount, auth, is_shared=is_shared),
    )
    routes = _routes(auth, schema, Middleware(RequireServices, lifespan=lifespan))
    app = Starlette(
        routes=routes,
        middleware=_middleware(auth, tracing, routes),
        exception_handlers={HTTPException: http_error},
        lifespan=lifespan.hold_open,
    )
    # A redirection would lead to wherever the Host header says.
    app.router.redirect_slashes = False
    app.state.auth = auth
    return app


def _choose_auth(settings: Settings | None, auth: Auth | None, clock: Clock | None) -> Auth:
    if auth is None:
        return Auth(settings or Settings.load(), clock=clock)
    if settings is not None:
        raise TypeError("the settings are those of `auth`")
    return auth


def _schema(settings: Settings) -> Schema:
    build = build_subgraph if settings.federation else build_schema
    return build(introspection=settings.allows_introspection)


@asynccontextmanager
async def _services(auth: Auth, tracing: Tracing, *, is_shared: bool) -> AsyncIterator[None]:
    """Open what requests need, and start what runs beside them."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(tracing.flushing())
        if not is_shared:
            await stack.enter_async_context(auth)
        await stack.enter_async_context(sampling_connections(auth))
        await stack.enter_async_context(auth.pruning.in_background())
        auth.outbox.wake()  # for what was left when the last process stopped
        yield


def _middleware(auth: Auth, tracing: Tracing, routes: list[Route]) -> list[Middleware]:
    """What every request goes through, from the outside to the inside."""
    paths = {route.endpoint: route.path for route in reversed(routes)}  # its first, if it has two
    path = auth.settings.path
    below_path = [Middleware(PublicPath, path=path, routes=routes)] if path else []
    return [
        *tracing.middleware(paths),
        Middleware(RequestTracking, metrics=auth.metrics, routes=paths),
        Middleware(SecurityHeaders, https=auth.settings.is_https),
        *below_path,
        Middleware(
            CrossOrigin,
            settings=auth.settings,
            closed=[route for route in routes if not isinstance(route.endpoint, GraphQLEndpoint)],
        ),
        Middleware(UnhandledErrors),
    ]


def _routes(auth: Auth, schema: Schema, require_services: Middleware) -> list[Route]:
    """Every route; files and pages need none of the services."""
    settings = auth.settings
    graphql = GraphQLEndpoint(schema, auth)
    needing_services: dict[str, Endpoint] = {"/health/ready": ready}
    if settings.shows_metrics:
        needing_services["/metrics"] = metrics
    if settings.shows_mail:
        needing_services |= {DEV_MAIL: list_mails, DEV_MAIL_PAGE: show_mail}
    return [
        *(
            Route(path, graphql, middleware=[require_services])
            for path in ("/graphql", "/graphql/")
        ),
        *(
            Route(path, endpoint, methods=METHODS, middleware=[require_services])
            for path, endpoint in _public_documents(settings)
        ),
        Route("/health/live", live),
        *([Route("/graphiql/{name}", graphiql_file)] if settings.shows_graphiql else []),
        *(PAGES if settings.pages else []),
        *(
            Route(path, endpoint, middleware=[require_services])
            for path, endpoint in needing_services.items()
        ),
        *(
            Route(path, endpoint, methods=["POST"], middleware=[require_services])
            for path, endpoint in {INTROSPECT: introspect, REVOKE: revoke}.items()
            if settings.oauth_clients
        ),
    ]


def _public_documents(settings: Settings) -> Iterator[tuple[str, Endpoint]]:
    """What any site may read, and where.

    Of an issuer with a path, clients look for the metadata between the host's name and the path
    (RFC 8414, section 3.1), and for OpenID's below it; so both are at both.
    """
    for well_known, endpoint in (
        (METADATA, metadata),
        (OPENID_CONFIGURATION, openid_configuration),
    ):
        yield well_known, endpoint
        if settings.path:
            yield well_known + unquote(settings.path), endpoint
    yield JWKS, jwks
    yield RELATED_ORIGINS, related_origins
