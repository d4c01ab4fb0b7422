"""The club's own tables."""

import os
from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, Column, Dialect, ForeignKey, MetaData, Table, Uuid, event
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

DATABASE_URL = os.environ.get("DATABASE_URL", "sqlite://club.db")  # or postgresql://...

engine = create_async_engine(
    DATABASE_URL.replace("sqlite://", "sqlite+aiosqlite:///").replace(
        "postgresql://", "postgresql+asyncpg://"
    )
)
new_session = async_sessionmaker(engine)


class AccountId(TypeDecorator[UUID]):
    """A UUID, which Authberry keeps as `uuid` in PostgreSQL and as 36 characters in SQLite."""

    impl = CHAR(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Uuid() if dialect.name == "postgresql" else CHAR(36)

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> UUID | str | None:
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: UUID | str | None, dialect: Dialect) -> UUID | None:
        return UUID(value) if isinstance(value, str) else value


# In a MetaData of its own, so that `create_all` and Alembic leave it to Authberry.
accounts = Table("authberry_user", MetaData(), Column("id", AccountId, primary_key=True))


class Model(DeclarativeBase):
    pass


class Book(Model):
    """What somebody reads."""

    __tablename__ = "book"

    id: Mapped[int] = mapped_column(primary_key=True)
    reader_id: Mapped[UUID] = mapped_column(
        AccountId, ForeignKey(accounts.c.id, ondelete="CASCADE"), index=True
    )
    title: Mapped[str]


if engine.dialect.name == "sqlite":  # which holds foreign keys only when it is asked to

    @event.listens_for(engine.sync_engine, "connect")
    def hold_foreign_keys(connection: Any, record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
