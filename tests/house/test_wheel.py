"""What the wheel will hold; `nox -s wheel` builds it, looks inside and uses it."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "setuptools"
]
# What browsers get is built of, and by, stays behind.
LEFT_BEHIND = ROOT / "server/frontend"


def test_every_folder_with_python_in_it_is_a_listed_package() -> None:
    """Packages are listed by hand, so a new sub-package needs its line."""
    assert SETUPTOOLS["packages"] == sorted(
        ".".join([package, *path.parent.relative_to(ROOT / room).parts])
        for package, room in SETUPTOOLS["package-dir"].items()
        for path in (ROOT / room).rglob("__init__.py")
    )


def test_every_python_file_is_in_a_package() -> None:
    """A folder without an `__init__.py` would stay behind."""
    assert [
        str(path.relative_to(ROOT))
        for room in SETUPTOOLS["package-dir"].values()
        for path in (ROOT / room).rglob("*.py")
        if not (path.parent / "__init__.py").exists() and not path.is_relative_to(LEFT_BEHIND)
    ] == []
