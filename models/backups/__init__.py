"""Backups: the whole database in one file, and the database as a file has it.

SQLite is copied by its own backup, PostgreSQL by `pg_dump` and `pg_restore`. A backup appears under
its name when it is whole. A restore leaves the database as it was, or as the backup has it.
"""

from authberry.models.backups.backups import back_up, restore
from authberry.models.backups.errors import BackupError

__all__ = ["BackupError", "back_up", "restore"]
