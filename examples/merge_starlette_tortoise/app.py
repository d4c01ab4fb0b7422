"""A shop with a schema, a server, models and a `User` of its own, into which Authberry is merged.

    tortoise -c settings.TORTOISE_ORM migrate
    uvicorn app:app

The lines that are about merging end in `# authberry`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import strawberry
from settings import DATABASE_URL, TORTOISE_ORM
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from tortoise.contrib.starlette import RegisterTortoise

import models
from authberry import Auth, Settings  # authberry
from authberry.graph import IsAuthenticated, User, auth_context, auth_types, viewer  # authberry

auth = Auth(Settings.load(database_url=DATABASE_URL))  # authberry


@strawberry.type(name="User")  # authberry
class Customer(User):  # authberry
    """Whoever logs in, with what the shop knows of them."""

    @strawberry.field
    async def nickname(self) -> str | None:
        customer = await models.User.get_or_none(account_id=self.id)
        return customer.nickname if customer else None


ours = auth_types(user=Customer)  # authberry


@strawberry.type
class Query(ours.query):  # authberry
    @strawberry.field
    def opening_hours(self) -> str:
        return "9 to 5"


@strawberry.type
class Mutation(ours.mutation):  # authberry
    @strawberry.mutation(permission_classes=[IsAuthenticated])  # authberry
    async def choose_nickname(self, info: strawberry.Info, nickname: str) -> Customer:
        account = (await viewer(info)).user  # authberry
        await models.User.update_or_create({"nickname": nickname}, account_id=account.id)
        return Customer.of(account)


class View(GraphQL):
    async def get_context(self, request: Any, response: Any) -> Any:
        return auth_context(auth, request=request, response=response)  # authberry


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    async with auth, RegisterTortoise(app, config=TORTOISE_ORM):  # authberry
        yield


schema = strawberry.Schema(Query, Mutation)
app = Starlette(routes=[Route("/graphql", View(schema))], lifespan=lifespan)
