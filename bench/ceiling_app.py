"""The ceilings: what is left of a `me` when one thing after the other is taken away."""

import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid5

import jwt
import strawberry
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route
from strawberry.asgi import GraphQL
from tortoise import Tortoise, fields
from tortoise.models import Model

from bench.contestants import PEOPLE

ISSUER = "https://auth.example.com"
NAMES = UUID("6f1d0d57-6a7e-4d1e-9e3b-0d6a2f9f2c11")
KEY = generate_private_key(SECP256R1())
PUBLIC = KEY.public_key()
DATABASE = os.environ["BENCH_DATABASE"]


class Reader(Model):
    """Somebody to look up, in as many columns as our own people have."""

    id = fields.UUIDField(primary_key=True)
    email = fields.CharField(max_length=320, unique=True)
    email_verified = fields.BooleanField(default=False)
    name = fields.CharField(max_length=200, null=True)
    password_hash = fields.CharField(max_length=255, null=True)
    roles = fields.JSONField[Any](default=list)
    created_at = fields.DatetimeField(auto_now_add=True)
    disabled_at = fields.DatetimeField(null=True)


def email_of(number: int) -> str:
    """Name somebody."""
    return f"bench{number}@example.com"


def sign(number: int) -> str:
    """Issue a token with the claims that ours have."""
    now = int(time.time())
    subject = str(uuid5(NAMES, email_of(number)))
    claims = {"iss": ISSUER, "aud": ISSUER, "sub": subject, "email": email_of(number)}
    times = {"iat": now, "exp": now + 86400, "auth_time": now}
    return jwt.encode(
        {**claims, **times, "jti": subject, "sid": subject, "roles": [], "amr": ["pwd"]},
        KEY,
        algorithm="ES256",
    )


def verify(request: Request) -> Mapping[str, Any]:
    """Read the bearer token as PyJWT's documentation says."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    claims: dict[str, Any] = jwt.decode(
        token,
        PUBLIC,
        algorithms=["ES256"],
        issuer=ISSUER,
        audience=ISSUER,
        options={"require": ["exp", "sub"]},
    )
    return claims


def me(subject: str, email: str) -> JSONResponse:
    """Answer as a GraphQL server would."""
    return JSONResponse({"data": {"me": {"id": subject, "email": email}}})


async def constant(request: Request) -> JSONResponse:
    """Read the body; say always the same."""
    await request.json()
    return me("0", email_of(0))


async def verified(request: Request) -> JSONResponse:
    """Read the body, verify the token."""
    await request.json()
    claims = verify(request)
    return me(claims["sub"], claims["email"])


async def read(request: Request) -> JSONResponse:
    """Read the body, verify the token, read the user."""
    await request.json()
    reader = await Reader.get(id=verify(request)["sub"])
    return me(str(reader.id), reader.email)


async def token(request: Request) -> JSONResponse:
    """Log somebody in, without any proof."""
    number = int(request.path_params["number"])
    subject = str(uuid5(NAMES, email_of(number)))
    return JSONResponse({"access": sign(number), "id": subject})


async def healthy(_request: Request) -> PlainTextResponse:
    """Say that the server has started."""
    return PlainTextResponse("ok")


@strawberry.type
class User:
    """Whom the token is for."""

    id: strawberry.ID
    email: str


@strawberry.type
class Query:
    """Fields that need the claims and nothing else."""

    @strawberry.field
    async def me(self, info: strawberry.Info) -> User:
        """Who is asking."""
        claims = verify(info.context["request"])
        return User(id=strawberry.ID(claims["sub"]), email=claims["email"])

    @strawberry.field
    async def viewer_id(self, info: strawberry.Info) -> strawberry.ID:
        """The id of whoever is asking."""
        return strawberry.ID(verify(info.context["request"])["sub"])


@asynccontextmanager
async def lifespan(_app: Starlette) -> AsyncIterator[None]:
    """Make the readers, where there is a database."""
    if not DATABASE:
        yield
        return
    await Tortoise.init(
        db_url=DATABASE, modules={"models": [__name__]}, _enable_global_fallback=True
    )
    await Tortoise.generate_schemas()
    for number in range(PEOPLE):
        address = email_of(number)
        await Reader.create(id=uuid5(NAMES, address), email=address)
    yield
    await Tortoise.close_connections()


app = Starlette(
    routes=[
        Route("/constant", constant, methods=["POST"]),
        Route("/verified", verified, methods=["POST"]),
        Route("/read", read, methods=["POST"]),
        Route("/token/{number}", token),
        Route("/healthz", healthy),
        Mount("/graphql", GraphQL[Any, Any](strawberry.Schema(Query), graphql_ide=None)),
    ],
    lifespan=lifespan,
)
