"""What is running, how much is done, and how long it will still take."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class Shown(Protocol):
    """Where the progress is told."""

    def doing(self, what: str) -> None:
        """Say what goes on."""

    def done(self, what: str, *, cells: int = 1) -> None:
        """Say what has come out of it."""


class Live:
    """A bar below the lines, on a terminal."""

    def __init__(self, progress: Progress, cells: int) -> None:
        """Begin at nothing."""
        self._progress = progress
        self._task = progress.add_task("", total=cells)

    def doing(self, what: str) -> None:
        """Name it beside the bar."""
        self._progress.update(self._task, description=what)

    def done(self, what: str, *, cells: int = 1) -> None:
        """Write a line above the bar, and move it."""
        self._progress.console.print(Text(what))
        self._progress.advance(self._task, cells)


class Lines:
    """One line for each cell, in a log."""

    def __init__(self, cells: int) -> None:
        """Begin at nothing."""
        self._cells = cells
        self._done = 0
        self._began = time.monotonic()

    def doing(self, what: str) -> None:
        """Leave it to the line that follows; only preparations have none."""
        if what.endswith("..."):
            self._began = time.monotonic()
            print(what, flush=True)  # noqa: T201 - that is what it is for

    def done(self, what: str, *, cells: int = 1) -> None:
        """Write where we are, and what came out."""
        self._done += cells
        spent = time.monotonic() - self._began
        left = spent / max(self._done, 1) * (self._cells - self._done) / 60
        place = f"[{self._done}/{self._cells}, about {left:.0f} min left]"
        print(f"{place} {what}", flush=True)  # noqa: T201 - likewise


@contextmanager
def shown(cells: int) -> Iterator[Shown]:
    """Show progress, in the way that the output allows."""
    console = Console(highlight=False)
    if not console.is_terminal:
        yield Lines(cells)
        return
    bar = (SpinnerColumn(), BarColumn(bar_width=20), MofNCompleteColumn())
    left = (TimeRemainingColumn(), TextColumn("left"))
    with Progress(*bar, *left, TextColumn("{task.description}"), console=console) as progress:
        yield Live(progress, cells)
