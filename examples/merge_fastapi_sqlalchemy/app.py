"""A reading club on FastAPI and SQLAlchemy, into whose schema Authberry is merged.

    uvicorn app:app

The lines that are about merging end in `# authberry`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import strawberry
from fastapi import Depends, FastAPI
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from strawberry.fastapi import GraphQLRouter

from authberry import Auth, Settings  # authberry
from authberry.graph import (  # authberry
    AuthMutation,
    AuthQuery,
    auth_context,
    login_required,
    viewer,
)
from models import DATABASE_URL, Book, Model, engine, new_session

auth = Auth(Settings.load(database_url=DATABASE_URL))  # authberry


@login_required(public={"motto"})  # authberry
@strawberry.type
class Query(AuthQuery):  # authberry
    @strawberry.field
    def motto(self) -> str:
        return "One more chapter"

    @strawberry.field
    async def my_books(self, info: strawberry.Info) -> list[str]:
        me = (await viewer(info)).user  # authberry
        books = select(Book.title).where(Book.reader_id == me.id).order_by(Book.id)
        return [*await info.context["db"].scalars(books)]


@login_required()  # authberry
@strawberry.type
class Mutation(AuthMutation):  # authberry
    @strawberry.mutation
    async def read_book(self, info: strawberry.Info, title: str) -> str:
        me = (await viewer(info)).user  # authberry
        info.context["db"].add(Book(reader_id=me.id, title=title))
        await info.context["db"].commit()
        return title


async def session() -> AsyncIterator[AsyncSession]:
    async with new_session() as db:
        yield db


async def context(db: Annotated[AsyncSession, Depends(session)]) -> dict[str, Any]:
    return auth_context(auth, db=db)  # authberry


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
    async with auth:  # authberry, whose tables come first
        async with engine.begin() as connection:
            await connection.run_sync(Model.metadata.create_all)
        yield
        await engine.dispose()


schema = strawberry.Schema(Query, Mutation)
app = FastAPI(lifespan=lifespan)
app.include_router(GraphQLRouter(schema, context_getter=context), prefix="/graphql")
