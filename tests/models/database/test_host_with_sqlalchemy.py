"""A host on SQLAlchemy, in our database: its tables beside ours, its rows keyed by our ids."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from people import begin, refresh
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy_host import Model, Reader, User, accounts, open_engine

from authberry import Auth

MakeAuth = Callable[..., Awaitable[Auth]]


@pytest.fixture
async def host_engine(auth: Auth, database_url: str) -> AsyncIterator[AsyncEngine]:
    """The host's engine, and its tables; ours were there before."""
    engine = open_engine(database_url)
    async with engine.begin() as connection:
        await connection.run_sync(Model.metadata.create_all)
    yield engine
    await engine.dispose()


async def readers(host_engine: AsyncEngine) -> int:
    """How many the host knows."""
    async with AsyncSession(host_engine) as session:
        return await session.scalar(select(func.count()).select_from(Reader)) or 0


async def test_a_row_of_the_hosts_is_one_persons_and_goes_with_them(
    auth: Auth, host_engine: AsyncEngine
) -> None:
    """By our id as it is, with a foreign key that the database holds, whoever writes."""
    ada = await auth.accounts.create("ada@example.com", None, "Ada", ())
    async with AsyncSession(host_engine) as session:
        session.add_all([Reader(user_id=ada.id, shelf="B"), User(name="A member of the staff")])
        await session.commit()
        found = await session.scalar(select(Reader).join(accounts, accounts.c.id == Reader.user_id))
        assert found is await session.get_one(Reader, ada.id)
        assert (found.user_id, found.shelf) == (ada.id, "B")
    async with AsyncSession(host_engine) as session:
        session.add(Reader(user_id=uuid4(), shelf="C"))
        with pytest.raises(IntegrityError):
            await session.commit()
    with auth.database.use():
        await ada.delete()
    assert await readers(host_engine) == 0


async def test_both_write_at_once(auth: Auth, host_engine: AsyncEngine) -> None:
    """On one SQLite file too: each waits for the other's transaction, and nothing is lost."""

    async def join(number: int) -> None:
        ada = await auth.accounts.create(f"ada{number}@example.com", None, "Ada", ())
        issued = await begin(auth, ada)
        async with AsyncSession(host_engine) as session:
            session.add(Reader(user_id=ada.id, shelf="B"))
            await session.commit()
        await refresh(auth, issued.refresh_token)

    await asyncio.gather(*(join(number) for number in range(30)))
    assert await readers(host_engine) == 30


def hosts_own(name: str | None, kind: str, _parents: Any) -> bool:
    """What Alembic is to look at."""
    return kind != "table" or not str(name).startswith(("authberry_", "tortoise_"))


async def test_alembic_leaves_our_tables_alone(auth: Auth, host_engine: AsyncEngine) -> None:
    """With `include_name` it finds nothing to do; without, it would drop them."""

    def operations(connection: Connection, /, **options: object) -> list[str]:
        context = MigrationContext.configure(connection, opts=options)
        return sorted(
            {str(operation[0]) for operation in compare_metadata(context, Model.metadata)}
        )

    async with host_engine.connect() as connection:
        with warnings.catch_warnings():
            # On SQLite it cannot read an index on an expression, and says so of ours.
            warnings.filterwarnings("ignore", "Skipped unsupported reflection")
            assert "remove_table" in await connection.run_sync(operations)
        assert await connection.run_sync(operations, include_name=hosts_own) == []
