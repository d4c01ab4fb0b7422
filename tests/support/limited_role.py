"""A PostgreSQL user who may not do everything, as a careful operator makes one."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from database_servers import Postgres

_numbers = count(1)
ALL = "SELECT, INSERT, UPDATE, DELETE"


class LimitedRole:
    """One user of one database."""

    def __init__(self, postgres: Postgres, url: str) -> None:
        """Make the user, who may log in and no more."""
        self._postgres = postgres
        self._database = url.rpartition("/")[2]
        self.name = f"limited_{next(_numbers)}"
        self.url = url.replace("postgres@", f"{self.name}@")
        self.run(f"CREATE ROLE {self.name} LOGIN")

    def run(self, *statements: str) -> None:
        """Run statements as the owner of the database; `ROLE_` in them is the user."""
        for statement in statements:
            self._postgres.execute(statement.replace("ROLE_", self.name), self._database)

    def grant_all(self) -> None:
        """Let the user do with the tables what a server does."""
        self.run(
            "GRANT USAGE ON SCHEMA public TO ROLE_",
            f"GRANT {ALL} ON ALL TABLES IN SCHEMA public TO ROLE_",
        )

    def drop(self) -> None:
        """Forget the user."""
        self._postgres.disconnect(self.url)
        self.run("DROP OWNED BY ROLE_", "DROP ROLE ROLE_")


@contextmanager
def limited_role(postgres: Postgres, url: str) -> Iterator[LimitedRole]:
    """Make a user, and forget it when the block ends."""
    role = LimitedRole(postgres, url)
    try:
        yield role
    finally:
        role.drop()
