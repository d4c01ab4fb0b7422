"""Whether the SQLite file is still where it was when it was opened.

A process that has a file open goes on with it when it is moved away, deleted or replaced: it would
answer from, and write into, a file that nobody will see again. SQLite does not notice. So the name
is looked up every second, which takes microseconds, and statements are refused from then on.
"""

import asyncio
from contextvars import Context
from pathlib import Path

from authberry.models.event_logger import event_logger

logger = event_logger("authberry.database")

LOOK_INTERVAL = 1.0  # seconds
REMEDY = "Put it back, or restart the service to use what is there now"


class FileWatch:
    """Looks whether a file is still the one that was opened."""

    def __init__(self, file: Path) -> None:
        """Look at nothing yet."""
        self._file = file
        self._opened: tuple[int, int] | None = None
        self._next: asyncio.TimerHandle | None = None
        self.problem: str | None = None
        """What has become of the file, in a sentence; None while it is there."""

    def start(self) -> None:
        """Take the file that is there now for the right one, and look again every second."""
        self.stop()
        self._opened = self._identity()
        self._look_again()

    def stop(self) -> None:
        """Look no more."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        self.problem = None

    def look(self) -> str | None:
        """Look now; returns the problem, if there is one."""
        identity = self._identity()
        if identity == self._opened:
            if self.problem is not None:
                logger.info("the database file is back", extra={"file": str(self._file)})
            self.problem = None
            return None
        what = "moved away or deleted" if identity is None else "replaced by another"
        problem = f"its file has been {what} while it was open. {REMEDY}"
        if problem != self.problem:
            extra = {"file": str(self._file.absolute()), "cause": problem}
            logger.error("the database file is gone", extra=extra)
        self.problem = problem
        return problem

    def _look_again(self) -> None:
        self.look()
        # In a context of its own: what is seen later is nothing of the request that came first.
        self._next = asyncio.get_running_loop().call_later(
            LOOK_INTERVAL, self._look_again, context=Context()
        )

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
