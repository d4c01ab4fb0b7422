"""A host on SQLAlchemy, as docs/merge-database.md tells it to be; a `user` table of its own."""

from typing import Any
from uuid import UUID

from sqlalchemy import CHAR, Column, Dialect, ForeignKey, MetaData, Table, Uuid, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine


class AccountId(TypeDecorator[UUID]):
    """A UUID, which Authberry keeps as `uuid` in PostgreSQL and as 36 characters in SQLite."""

    impl = CHAR(36)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[UUID] | TypeEngine[str]:
        """The column's type."""
        return Uuid() if dialect.name == "postgresql" else CHAR(36)

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> UUID | str | None:
        """To the database."""
        return value if value is None or dialect.name == "postgresql" else str(value)

    def process_result_value(self, value: UUID | str | None, _dialect: Dialect) -> UUID | None:
        """From it."""
        return UUID(value) if isinstance(value, str) else value


# In a MetaData of its own, so that `create_all` and Alembic leave it to Authberry.
accounts = Table("authberry_user", MetaData(), Column("id", AccountId, primary_key=True))


class Model(DeclarativeBase):
    """The host's tables."""


class User(Model):
    """A member of the library's staff, who has no account of ours."""

    __tablename__ = "user"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Reader(Model):
    """What the host stores about one of our users: one row each, by our id."""

    __tablename__ = "reader"

    user_id: Mapped[UUID] = mapped_column(
        ForeignKey(accounts.c.id, ondelete="CASCADE"), primary_key=True
    )
    shelf: Mapped[str]


def open_engine(url: str) -> AsyncEngine:
    """Return the host's own engine; SQLite holds foreign keys when it is told to."""
    scheme = "sqlite+aiosqlite:///" if url.startswith("sqlite") else "postgresql+asyncpg://"
    engine = create_async_engine(scheme + url.partition("://")[2])
    if url.startswith("sqlite"):

        @event.listens_for(engine.sync_engine, "connect")
        def hold_foreign_keys(connection: Any, _record: object) -> None:
            connection.execute("PRAGMA foreign_keys = ON")

    return engine
