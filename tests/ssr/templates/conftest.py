"""The example that Python renders: it is the service as well, on a database of the test."""

from apps import database_url, tables
from processes import rules

__all__ = ["database_url", "rules", "tables"]
