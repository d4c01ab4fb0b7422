"""An export as a file: one JSON object, written as it is read, so that it may be of any size."""

from contextlib import aclosing
from typing import TextIO

from authberry.accounts import EXPORTED_LISTS, StreamedExport
from authberry.server.terminal import to_json


async def write_export(export: StreamedExport, out: TextIO) -> None:
    """Write what `accountExport` answers with, all of it at once."""
    head = (f"  {to_json(name)}: {to_json(value)}" for name, value in export.head.items())
    out.write("{\n" + ",\n".join(head))
    lists = _Lists(out)
    async with aclosing(export.rows) as rows:
        async for row in rows:
            lists.write(row.position.section, row.facts)
    lists.end()
    out.write(',\n  "next": null\n}\n')


class _Lists:
    """Writes the lists one behind the other, also those that are empty."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._waiting = list(EXPORTED_LISTS)
        self._open: str | None = None
        self._separator = ""

    def write(self, name: str, item: object) -> None:
        while self._open != name:
            self._next()
        self._out.write(f"{self._separator}\n    {to_json(item)}")
        self._separator = ","

    def end(self) -> None:
        while self._waiting:
            self._next()
        self._out.write("]")

    def _next(self) -> None:
        end = "" if self._open is None else "]"
        self._open, self._separator = self._waiting.pop(0), ""
        self._out.write(f"{end},\n  {to_json(self._open)}: [")
