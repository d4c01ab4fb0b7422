"""The application: every route, and what holds for all of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
from authberry.graph import build_schema
from authberry.graph.errors import as_error
from authberry.graph.origins import LOOPBACK_ORIGIN
from authberry.server.endpoint import GraphQLEndpoint
from authberry.server.graphiql import graphiql_file
from authberry.server.health import live, ready
from authberry.server.jwks import jwks
from authberry.server.metrics import metrics, sampling
from authberry.server.middleware import Faults, Requests, SecurityHeaders
from authberry.server.tracing import Tracing

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

PREFLIGHT_MAX_AGE = 600


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    tracer_provider: "TracerProvider | None" = None,
) -> Starlette:
    """Build the application; its lifespan opens the database.

    Args:
        settings: From the environment, unless given.
        clock: For tests.
        tracer_provider: A host's, for its OpenTelemetry traces; without one OTEL_* decide.

    Raises:
        SettingsError: a setting is missing, unknown, malformed or, in production, dangerous.
    """
    settings = settings or Settings.load()
    auth = Auth(settings, clock=clock)
    schema = build_schema(introspection=settings.allows_introspection)
    tracing = Tracing(tracer_provider)
    tracing.watch(schema)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with tracing.until_sent(), auth, sampling(auth), auth.pruning.in_background():
            yield

    routes = [
        Route("/graphql", GraphQLEndpoint(schema, auth), middleware=[_cors(settings)]),
        Route("/.well-known/jwks.json", jwks),
        Route("/health/live", live),
        Route("/health/ready", ready),
        *([Route("/metrics", metrics)] if settings.shows_metrics else []),
        *([Route("/graphiql/{name}", graphiql_file)] if settings.shows_graphiql else []),
    ]
    paths = {route.endpoint: route.path for route in routes}
    app = Starlette(
        routes=routes,
        middleware=[
            *tracing.middleware(paths),
            Middleware(Requests, metrics=auth.metrics, routes=paths),
            Middleware(SecurityHeaders, https=settings.is_https),
            Middleware(Faults),
        ],
        exception_handlers={HTTPException: _http_error},
        lifespan=lifespan,
    )
    # A redirection would lead to wherever the Host header says.
    app.router.redirect_slashes = False
    app.state.auth = auth
    return app


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
