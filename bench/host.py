"""A host's schema on our own endpoint, with a field that needs only the claims.

`python -m bench.host --port N`, with the settings of `authberry serve`.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route
from strawberry.tools import create_type

from authberry import Auth, Settings
from authberry.graph.context import Info
from authberry.graph.fields import query
from authberry.graph.schema import Schema
from authberry.server.graphql_over_http import GraphQLEndpoint
from authberry.server.http import SecurityHeaders, UnhandledErrors, live, ready
from authberry.server.observability import RequestTracking
from authberry.server.process.protocol import BoundedProtocol


@query(public=True)
async def viewer_id(info: Info) -> strawberry.ID:
    """The id of whoever is asking, as their token says."""
    claims = await info.context.claims()
    return strawberry.ID(str(claims.user_id))


def create_app() -> Starlette:
    """Build what `authberry.server.app` builds, around the host's schema."""
    settings = Settings.load()
    auth = Auth(settings)
    schema = Schema(create_type("Query", [viewer_id]), introspection=False)
    routes = [
        Route("/graphql", GraphQLEndpoint(schema, auth)),
        Route("/health/live", live),
        Route("/health/ready", ready),
    ]
    paths = {route.endpoint: route.path for route in routes}

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with auth:
            yield

    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(RequestTracking, metrics=auth.metrics, routes=paths),
            Middleware(SecurityHeaders, https=settings.is_https),
            Middleware(UnhandledErrors),
        ],
        lifespan=lifespan,
    )
    app.state.auth = auth
    return app


if __name__ == "__main__":
    _, _, port = sys.argv
    uvicorn.run(
        create_app(),
        port=int(port),
        http=BoundedProtocol,
        ws="none",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="error",
    )
