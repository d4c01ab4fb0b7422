"""Why there is no backup, or nothing was restored."""


class BackupError(Exception):
    """It could not be done, and nothing was changed; the message says why and what to do."""
