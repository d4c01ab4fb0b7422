"""How a migration adds an index to a table that may be large and in use."""

from tortoise.migrations import operations as ops


class CreateIndex(ops.RunSQL):
    """Adds an index unless it is there already.

    Within a transaction PostgreSQL lets nobody write to the table meanwhile. So whoever applies our
    migrations builds the index of a large table beforehand, by `concurrently`, which cannot be done
    within a transaction; then this finds it done. A host's `tortoise` commands apply it as it is.
    """

    def __init__(self, name: str, on: str) -> None:
        """Name the index.

        Args:
            name: What it is called.
            on: Table and columns, and which rows it is about, as SQL writes them.
        """
        self.name, self.on = name, on
        super().__init__(f"CREATE INDEX IF NOT EXISTS {name} ON {on}")

    @property
    def table(self) -> str:
        """Whose index it is."""
        return self.on.partition(" ")[0]

    @property
    def dropped(self) -> str:
        """The statement by which PostgreSQL takes it away while others write."""
        return f"DROP INDEX CONCURRENTLY {self.name}"

    @property
    def concurrently(self) -> str:
        """The statement by which PostgreSQL builds it while others write."""
        return f"CREATE INDEX CONCURRENTLY {self.name} ON {self.on}"
