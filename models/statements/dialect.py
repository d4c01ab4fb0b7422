"""The words of PostgreSQL, in which the statements are written, and those of SQLite."""

_SQLITE_WORDS = {
    "LEAST(": "MIN(",
    "IS NOT DISTINCT FROM": "IS",
    " FOR NO KEY UPDATE": "",
    " FOR UPDATE SKIP LOCKED": "",
    " FOR UPDATE": "",
    "STRING_AGG(": "GROUP_CONCAT(",
    "$": "?",
}
"""SQLite numbers its parameters with another sign, and has one writer instead of locks."""


class Dialect:
    """The dialect of one database."""

    def __init__(self, *, is_sqlite: bool) -> None:
        """Remember which of the two it is."""
        self.is_sqlite = is_sqlite

    def adapt(self, sql: str) -> str:
        """Write a statement of PostgreSQL's in this dialect."""
        if self.is_sqlite:
            for word, theirs in _SQLITE_WORDS.items():
                sql = sql.replace(word, theirs)
        return sql
