"""The rules, on a database that has its tables."""

from apps import database_url, tables

__all__ = ["database_url", "tables"]
