"""Applications that are not ours, with our fields in their schema."""

from typing import Any

import strawberry.asgi
import strawberry.fastapi
import strawberry.litestar
from fastapi import FastAPI
from litestar import Litestar
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute
from strawberry.schema import BaseSchema

from authberry import Auth
from authberry.graph import AuthenticatedSubscriptions, auth_context

INTEGRATIONS = ("asgi", "fastapi", "litestar")


def host(integration: str, schema: BaseSchema, auth: Auth) -> Any:
    """An application that serves `schema` at `/graphql`."""
    return {"asgi": on_asgi, "fastapi": on_fastapi, "litestar": on_litestar}[integration](
        schema, auth_context(auth)
    )


def on_asgi(schema: BaseSchema, context: dict[str, Any]) -> Starlette:
    """Strawberry's plain view, which leaves the whole context to its host."""

    class View(AuthenticatedSubscriptions, strawberry.asgi.GraphQL[Any, Any]):
        async def get_context(self, request: Any, response: Any) -> Any:
            return {**context, "request": request, "response": response}

    view = View(schema)
    routes = [Route("/graphql", view), WebSocketRoute("/graphql", view)]
    return Starlette(routes=routes)


def on_fastapi(schema: BaseSchema, context: Any) -> FastAPI:
    """A router, which adds the request to whatever its host has for a context."""

    class Router(AuthenticatedSubscriptions, strawberry.fastapi.GraphQLRouter[Any, Any]):
        pass

    app = FastAPI()
    app.include_router(Router(schema, context_getter=lambda: context), prefix="/graphql")
    return app


def on_litestar(schema: BaseSchema, context: Any) -> Litestar:
    """A controller, which does the same and has requests of its own kind."""

    async def getter() -> Any:
        return context

    made: Any = strawberry.litestar.make_graphql_controller(
        schema, path="/graphql", context_getter=getter
    )

    class Controller(AuthenticatedSubscriptions, made):  # type: ignore[misc]
        pass

    return Litestar([Controller], logging_config=None)  # which would be everybody's
