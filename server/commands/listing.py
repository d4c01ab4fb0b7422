"""How a command lists rows: a table for a person, JSON for a script; however many there are.

Rows are printed as they are read. So a list of a million people takes no more memory than one of a
thousand, and a reader that has seen enough may go.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import typer

from authberry.server.terminal import JsonList, print_json_line, print_table

T = TypeVar("T")

AT_ONCE = 250
"""Rows for which a table is laid out together."""

JsonOption = Annotated[bool, typer.Option("--json", help="Print a list for a script.")]
LinesOption = Annotated[
    bool, typer.Option("--jsonl", help="Print a JSON object a line, for a script that reads on.")
]


@dataclass(frozen=True)
class Listing(Generic[T]):
    """What is shown of a row."""

    columns: Sequence[str]
    cells: Callable[[T], Sequence[object]]
    """To a person."""
    facts: Callable[[T], Mapping[str, Any]]
    """To a script."""

    async def show(
        self, rows: AsyncGenerator[T, None], *, as_json: bool = False, as_lines: bool = False
    ) -> None:
        """Print every row."""
        async with aclosing(rows):
            if as_lines:
                async for row in rows:
                    print_json_line(self.facts(row))
            elif as_json:
                with JsonList() as print_item:
                    async for row in rows:
                        print_item(self.facts(row))
            else:
                await self._show_tables(rows)

    async def _show_tables(self, rows: AsyncGenerator[T, None]) -> None:
        page: list[Sequence[object]] = []
        is_first = True
        async for row in rows:
            if len(page) == AT_ONCE:
                print_table(self.columns, page, has_head=is_first)
                page, is_first = [], False
            page.append(self.cells(row))
        if page or is_first:
            print_table(self.columns, page, has_head=is_first)
