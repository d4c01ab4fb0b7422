"""The application: every route, and what holds for all of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from authberry import Auth, Settings
from authberry.clock import Clock
from authberry.errors import BadRequest
from authberry.graph import Schema, build_schema
from authberry.graph.context import LOOPBACK_ORIGIN
from authberry.graph.errors import as_error
from authberry.graph.federation import build_subgraph
from authberry.server.dev_mail import DEV_MAIL, DEV_MAIL_PAGE, mail_as_page, mails
from authberry.server.endpoint import GraphQLEndpoint
from authberry.server.graphiql import graphiql_file
from authberry.server.health import live, ready
from authberry.server.jwks import JWKS, jwks
from authberry.server.metadata import METADATA, metadata
from authberry.server.metrics import metrics, sampling
from authberry.server.middleware import Faults, Requests, SecurityHeaders
from authberry.server.mounting import follow_mount
from authberry.server.oauth import INTROSPECT, REVOKE, introspect, revoke
from authberry.server.opening import Opening, WhenOpen
from authberry.server.pages import ROUTES as PAGES
from authberry.server.tracing import Tracing

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

Endpoint = Callable[[Request], Awaitable[Response]]

PREFLIGHT_MAX_AGE = 600


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
    if auth is None:
        auth = Auth(settings or Settings.load(), clock=clock)
    elif settings is not None:
        raise TypeError("the settings are those of `auth`")
    build = build_subgraph if auth.settings.federation else build_schema
    schema = build(introspection=auth.settings.allows_introspection)
    tracing = Tracing(tracer_provider)
    tracing.watch(schema)

    @asynccontextmanager
    async def services() -> AsyncIterator[None]:
        opened = nullcontext() if is_shared else auth
        async with tracing.until_sent(), opened, sampling(auth), auth.pruning.in_background():
            auth.outbox.wake()  # for what was left when the last process stopped
            yield

    opening = Opening(services, partial(follow_mount, auth, is_shared=is_shared))
    routes = _routes(auth, schema, Middleware(WhenOpen, opening=opening))
    paths = {route.endpoint: route.path for route in routes}
    app = Starlette(
        routes=routes,
        middleware=[
            *tracing.middleware(paths),
            Middleware(Requests, metrics=auth.metrics, routes=paths),
            Middleware(SecurityHeaders, https=auth.settings.is_https),
            Middleware(Faults),
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=opening.lifespan,
    )
    # A redirection would lead to wherever the Host header says.
    app.router.redirect_slashes = False
    app.state.auth = auth
    return app


def _routes(auth: Auth, schema: Schema, when_open: Middleware) -> list[Route]:
    """Every route; files and pages need none of the services."""
    settings = auth.settings
    needy: dict[str, Endpoint] = {JWKS: jwks, METADATA: metadata, "/health/ready": ready}
    if settings.shows_metrics:
        needy["/metrics"] = metrics
    if settings.shows_mail:
        needy |= {DEV_MAIL: mails, DEV_MAIL_PAGE: mail_as_page}
    return [
        Route("/graphql", GraphQLEndpoint(schema, auth), middleware=[_cors(settings), when_open]),
        Route("/health/live", live),
        *([Route("/graphiql/{name}", graphiql_file)] if settings.shows_graphiql else []),
        *(PAGES if settings.pages else []),
        *(Route(path, endpoint, middleware=[when_open]) for path, endpoint in needy.items()),
        *(
            Route(path, endpoint, methods=["POST"], middleware=[when_open])
            for path, endpoint in {INTROSPECT: introspect, REVOKE: revoke}.items()
            if settings.oauth_clients
        ),
    ]


def _cors(settings: Settings) -> Middleware:
    """Exact origins, with credentials; in development every loopback origin too."""
    return Middleware(
        CORSMiddleware,
        allow_origins=[settings.origin, *settings.allowed_origins],
        allow_origin_regex=None if settings.is_production else LOOPBACK_ORIGIN,
        allow_methods=["GET", "POST"],
        allow_headers=["Authorization", "Content-Type", "GraphQL-Require-Preflight"],
        allow_credentials=True,
        expose_headers=["Retry-After", "X-Request-Id"],
        max_age=PREFLIGHT_MAX_AGE,
    )


async def _http_error(_request: Request, error: Exception) -> Response:
    """Answer what no route took, as JSON like everything else."""
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette's contract
    body = {"errors": [as_error(BadRequest(error.detail)).formatted]}
    return JSONResponse(body, error.status_code, headers=error.headers)
