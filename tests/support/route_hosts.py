"""Applications that are not ours, with plain routes that want to know who is asking.

The same routes in each framework: each answers whom it was told of, as JSON.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import parse_qsl

import litestar
import strawberry
from documents import CHANGE_PASSWORD, LOGOUT, SESSIONS
from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse as FastAPIJSON
from litestar.di import NamedDependency, Provide
from second_factors import COMPLETE, LOGIN
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from authberry import Auth, Viewer
from authberry.graph import AuthMutation, AuthQuery, auth_context
from authberry.server.routes import fastapi as on_fastapi
from authberry.server.routes import litestar as on_litestar
from authberry.server.routes import starlette as on_starlette

FRAMEWORKS = ("fastapi", "starlette", "litestar")
HOST_SCHEMA = strawberry.Schema(AuthQuery, AuthMutation)
DOCUMENTS = {
    "login": LOGIN,
    "second": COMPLETE,
    "logout": LOGOUT,
    "password": CHANGE_PASSWORD,
    "sessions": SESSIONS,
}


def route_host(framework: str, auth: Auth, login_url: str | None = None) -> Any:
    """An application of a framework, which asks `auth`."""
    made = {"fastapi": _fastapi, "starlette": _starlette, "litestar": _litestar}
    return made[framework](auth, login_url)


def name(viewer: Viewer | None) -> str | None:
    """What a route answers of somebody."""
    return viewer.user.email if viewer else None


async def form(request: Any) -> dict[str, Any]:
    """The fields of a form, without another library; a proof is nested."""
    fields: dict[str, Any] = dict(parse_qsl((await request.body()).decode()))
    if "totpCode" in fields:
        fields["proof"] = {"totpCode": fields.pop("totpCode")}
    return fields


async def by_graphql(auth: Auth, request: Any) -> str:
    """Who a resolver of the host's schema is told is asking."""
    context = auth_context(auth, request=request, response=Response())
    result = await HOST_SCHEMA.execute("{ me { email } }", context_value=context)
    return str((result.data or {})["me"]["email"])


def _fastapi(auth: Auth, login_url: str | None) -> FastAPI:
    app, asking = FastAPI(), on_fastapi.Asking(auth, login_url=login_url)
    operations = on_fastapi.Operations(asking)
    Somebody = Annotated[Viewer, Depends(asking)]  # noqa: N806 - a type
    Anybody = Annotated[Viewer | None, Depends(asking.optional)]  # noqa: N806 - a type

    @app.api_route("/page", methods=["GET", "HEAD", "POST", "DELETE"])
    async def page(viewer: Somebody) -> str | None:
        return name(viewer)

    @app.api_route("/anybody", methods=["GET", "POST"])
    async def anybody(viewer: Anybody) -> str | None:
        return name(viewer)

    @app.get("/editors")
    async def editors(viewer: Annotated[Viewer, Depends(asking.with_role("editor"))]) -> str | None:
        return name(viewer)

    @app.get("/recent", dependencies=[Depends(asking.with_recent_login(max_age=300))])
    async def recent(viewer: Somebody) -> str | None:
        return name(viewer)

    @app.post("/pay")
    async def pay(
        viewer: Annotated[Viewer, Depends(asking.with_recent_login(max_age=300, acr="aal2"))],
    ) -> str | None:
        return name(viewer)

    @app.get("/twice", dependencies=[Depends(asking.with_role("editor"))])
    async def twice(request: Request, viewer: Somebody, again: Anybody) -> list[str | None]:
        return [name(viewer), name(again), await by_graphql(auth, request)]

    @app.api_route("/run/{operation}", methods=["GET", "POST"])
    async def run(operation: str, request: Request) -> Response:
        done = await operations.execute(request, DOCUMENTS[operation], await form(request))
        return done.onto(FastAPIJSON(done.answer))

    return app


def _starlette(auth: Auth, login_url: str | None) -> Starlette:
    asking = on_starlette.Asking(auth, login_url=login_url)
    operations = on_starlette.Operations(asking)

    async def page(_request: Request, viewer: Viewer) -> Response:
        return JSONResponse(name(viewer))

    async def anybody(_request: Request, viewer: Viewer | None) -> Response:
        return JSONResponse(name(viewer))

    @asking.with_role("editor")
    async def twice(request: Request, viewer: Viewer) -> Response:
        @asking.optional
        async def again(request: Request, other: Viewer | None) -> Response:
            return JSONResponse([name(viewer), name(other), await by_graphql(auth, request)])

        return await again(request)

    @asking.optional
    async def run(request: Request, _viewer: Viewer | None) -> Response:
        document = DOCUMENTS[request.path_params["operation"]]
        done = await operations.execute(request, document, await form(request))
        return done.onto(JSONResponse(done.answer))

    strong = asking.with_recent_login(max_age=300, acr="aal2")
    return Starlette(
        routes=[
            Route("/page", asking(page), methods=["GET", "POST", "DELETE"]),
            Route("/anybody", asking.optional(anybody), methods=["GET", "POST"]),
            Route("/editors", asking.with_role("editor")(page)),
            Route("/recent", asking.with_recent_login(max_age=300)(page)),
            Route("/pay", strong(page), methods=["POST"]),
            Route("/twice", twice),
            Route("/run/{operation}", run, methods=["GET", "POST"]),
        ]
    )


def _litestar(auth: Auth, login_url: str | None) -> litestar.Litestar:
    asking = on_litestar.Asking(auth, login_url=login_url)
    operations = on_litestar.Operations(asking)

    def as_json(viewer: Viewer | None) -> litestar.Response[str]:
        return litestar.Response(json.dumps(name(viewer)), media_type="application/json")

    somebody: Mapping[str, Any] = {"viewer": Provide(asking.required)}
    anybody_: Mapping[str, Any] = {"viewer": Provide(asking.optional)}

    @litestar.route(
        "/page",
        http_method=["GET", "POST", "DELETE"],
        dependencies=somebody,
        status_code=200,
    )
    async def page(viewer: NamedDependency[Viewer]) -> Any:
        return as_json(viewer)

    @litestar.head("/page", dependencies=somebody)
    async def head(viewer: NamedDependency[Viewer]) -> None: ...

    @litestar.route("/anybody", http_method=["GET", "POST"], dependencies=anybody_, status_code=200)
    async def anybody(viewer: NamedDependency[Viewer | None]) -> Any:
        return as_json(viewer)

    @litestar.get("/editors", guards=[asking.with_role("editor").guard], dependencies=somebody)
    async def editors(viewer: NamedDependency[Viewer]) -> Any:
        return as_json(viewer)

    @litestar.get(
        "/recent", guards=[asking.with_recent_login(max_age=300).guard], dependencies=somebody
    )
    async def recent(viewer: NamedDependency[Viewer]) -> Any:
        return as_json(viewer)

    strong = asking.with_recent_login(max_age=300, acr="aal2")

    @litestar.post("/pay", guards=[strong.guard], dependencies=somebody, status_code=200)
    async def pay(viewer: NamedDependency[Viewer]) -> Any:
        return as_json(viewer)

    @litestar.get(
        "/twice",
        guards=[asking.with_role("editor").guard],
        dependencies={**somebody, "again": Provide(asking.optional)},
    )
    async def twice(
        request: litestar.Request[Any, Any, Any],
        viewer: NamedDependency[Viewer],
        again: NamedDependency[Viewer | None],
    ) -> list[str | None]:
        return [name(viewer), name(again), await by_graphql(auth, request)]

    @litestar.route("/run/{operation:str}", http_method=["GET", "POST"], status_code=200)
    async def run(request: litestar.Request[Any, Any, Any]) -> litestar.Response[Any]:
        document = DOCUMENTS[request.path_params["operation"]]
        done = await operations.execute(request, document, await form(request))
        return done.onto(litestar.Response(done.answer))

    routes = [page, head, anybody, editors, recent, pay, twice, run]
    return litestar.Litestar(routes, logging_config=None)  # which would be everybody's
