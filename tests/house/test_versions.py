"""The least versions that are safe, wherever a version is chosen."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parents[2]

# Older ones have known holes that our use of them opens.
SAFE = {
    "graphql-core": Version("3.3.1"),
    "pyjwt": Version("2.15.1"),
    "python-multipart": Version("0.0.27"),
    "starlette": Version("1.3.1"),
    "strawberry-graphql": Version("0.327.2"),
    "tortoise-orm": Version("0.16.6"),
    "uvicorn": Version("0.11.7"),
}


# What each lock holds of what pyproject.toml asks for.
LOCKS = {
    "runtime.txt": ("server",),
    "verify.txt": ("verify",),
    "dev.txt": ("server", "tracing", "verify"),
    "lowest.txt": ("server", "tracing", "verify"),
    "lowest-dev.txt": ("server", "tracing", "verify"),
}


def asked(*extras: str) -> dict[str, SpecifierSet]:
    """What pyproject.toml asks for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = project["optional-dependencies"]
    assert set(extras) <= set(optional) == set(LOCKS["dev.txt"])
    lines = [*project["dependencies"], *(line for extra in extras for line in optional[extra])]
    requirements = map(Requirement, lines)
    return {requirement.name: requirement.specifier for requirement in requirements}


def lower_bounds() -> dict[str, Version]:
    """The lowest version of each that pyproject.toml allows."""
    return {
        name: Version(bound.version)
        for name, versions in asked(*LOCKS["dev.txt"]).items()
        for bound in versions
        if bound.operator == ">="
    }


# Also those of the examples, which people copy; the benchmark's rivals choose for themselves.
EVERY_LOCK = [
    str(path.relative_to(ROOT))
    for pattern in ("requirements/*.txt", "examples/*/requirements.txt")
    for path in sorted(ROOT.glob(pattern))
]


def locked(lock: str) -> dict[str, str]:
    """What a lock pins."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_locked_is_what_was_asked_for(lock: str) -> None:
    """A lock is made anew when pyproject.toml changes: `nox -s lock`."""
    pins, wanted = locked(f"requirements/{lock}"), asked(*LOCKS[lock])
    assert [name for name, versions in wanted.items() if pins.get(name, "0") not in versions] == []


@pytest.mark.parametrize("lock", EVERY_LOCK)
def test_what_is_locked_is_safe(lock: str) -> None:
    """No lock holds a version with a known hole."""
    pins = locked(lock)
    assert pins
    assert [name for name in SAFE.keys() & pins if Version(pins[name]) < SAFE[name]] == []


def test_what_is_installed_is_safe() -> None:
    """The versions under test are no older than those that are safe."""
    found = {one.name.lower(): Version(one.version) for one in distributions()}
    assert [name for name in SAFE.keys() & found if found[name] < SAFE[name]] == []


def test_whatever_a_host_chooses_is_safe() -> None:
    """A host locks for itself; what we ask for leaves it no version with a known hole."""
    wanted, floors = asked(*LOCKS["dev.txt"]), lower_bounds()
    assert floors.keys() == wanted.keys()
    assert [name for name in SAFE.keys() & floors if floors[name] < SAFE[name]] == []


@pytest.mark.parametrize("lock", ["lowest.txt", "lowest-dev.txt"])
def test_the_lowest_versions_that_are_allowed_are_tested(lock: str) -> None:
    """`nox -s lowest` installs the lower bounds, and no newer version in their place."""
    pins = {name: Version(version) for name, version in locked(f"requirements/{lock}").items()}
    # A bound may leave out what each day's release adds: publicsuffixlist 1.0 is 1.0.0.20240620.
    others = {
        name: str(pins[name])
        for name, bound in lower_bounds().items()
        if not f"{pins[name]}.".startswith(f"{bound}.")
    }
    assert others == {}
