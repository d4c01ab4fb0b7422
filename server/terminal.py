"""How the commands speak: lines, tables, JSON, and secrets that nobody sees typed."""

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from authberry.server.observability import escape_unprintable

UNBOUNDED = 10_000  # columns


def print_line(line: str, style: str = "") -> None:
    """Print a line for a person."""
    _console().print(Text(escape_unprintable(line), style), soft_wrap=True)


def print_error(line: str) -> None:
    """Print what went wrong, on one line of standard error, whatever stands in it."""
    console = Console(stderr=True)
    console.print(Text.assemble(("error: ", "bold red"), escape_unprintable(line)), soft_wrap=True)


def print_json(value: object) -> None:
    """Print a value for a script."""
    typer.echo(json.dumps(value, indent=2, default=_plain))


def print_json_line(value: object) -> None:
    """Print a value for a script that reads as it comes."""
    typer.echo(to_json(value))


class JsonList:
    """A JSON list that is printed as its items come, each on a line."""

    def __enter__(self) -> Callable[[object], None]:
        """Begin it; what is returned prints an item."""
        self._is_empty = True
        return self._print_item

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        """End it; what was cut short is not made to look whole."""
        if failure is None:
            typer.echo("[]" if self._is_empty else "\n]")

    def _print_item(self, value: object) -> None:
        typer.echo("[\n" if self._is_empty else ",\n", nl=False)
        typer.echo(f"  {to_json(value)}", nl=False)
        self._is_empty = False


def to_json(value: object) -> str:
    """Write a value on a line, for a script."""
    return json.dumps(value, default=_plain)


@contextmanager
def private_file(file: Path) -> Iterator[TextIO]:
    """Open a file that nobody else may read; what is cut short is not left behind."""
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        file.chmod(0o600)  # where there was one already
        try:
            yield out
        except BaseException:
            out.truncate(0)
            raise


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, has_head: bool = True
) -> None:
    """Print a table, in full when it goes to a file or a pipe."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_header=has_head)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(escape_unprintable(_cell(value))) for value in row))
    _console().print(table)


def spinner(what: str) -> AbstractContextManager[object]:
    """Show on a terminal that something goes on, for as long as it does."""
    return Console(stderr=True).status(what)


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float, str], None]]:
    """Show on a terminal how far something has come: its share of the whole, and what was seen."""
    console = Console(stderr=True)
    columns = (
        TextColumn(what),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[seen]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=1, seen="")
        yield lambda share, seen: progress.update(task, completed=share, seen=seen, refresh=True)


def format_count(number: int, noun: str) -> str:
    """Write `1 session` or `2 sessions`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def format_time(time: datetime) -> str:
    """Write a time to the minute, in UTC."""
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def ask_password() -> str:
    """Ask for a new password twice, unseen; from a pipe, read one line.

    Raises:
        typer.TyperException: there was nothing to read.
    """
    if sys.stdin.isatty():
        return str(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
    # What is no text is for the rules to refuse, in their words.
    line = sys.stdin.buffer.readline().decode("utf-8", "surrogateescape")
    if not line:
        raise typer.TyperException("no password: write it on standard input")
    return line.removesuffix("\n").removesuffix("\r")


def _console() -> Console:
    return Console(width=None if sys.stdout.isatty() else UNBOUNDED, highlight=False)


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case datetime():
            return format_time(value)
        case list() | tuple():
            return ", ".join(str(one) for one in value) or "-"
        case _:
            return str(value)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
