"""Whether what a library keeps private is still as our one module that uses it expects."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Internals:
    """What a module of ours uses of libraries that keep it private.

    `libraries` are the distributions by the names that they are imported under.
    """

    module: Path
    libraries: dict[str, str]

    def imported(self) -> list[tuple[str, str]]:
        """Return every name that the module imports of the libraries, each after its module."""
        return [
            (str(node.module), alias.name)
            for node in ast.parse(self.module.read_text("utf-8")).body
            if isinstance(node, ast.ImportFrom)
            and str(node.module).partition(".")[0] in self.libraries
            for alias in node.names
        ]

    @contextmanager
    def unchanged(self, what: str) -> Iterator[None]:
        """Fail with a sentence, whatever it is that no longer works."""
        try:
            yield
        except (Exception, pytest.fail.Exception):  # noqa: BLE001 - it is shown above the sentence
            installed = {name: version(name) for name in self.libraries.values()}
            pytest.fail(
                f"It is no longer so that {what}. Read {self.module.name} anew against {installed}."
            )
