"""Where it was measured: cores, and who gets which."""

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.postgres import DISK
from bench.processes import CannotRun, Cores


@dataclass(frozen=True, slots=True)
class Layout:
    """Which cores are whose."""

    load: Cores
    server: Cores
    """Of the server and of PostgreSQL, which share it."""
    pair: Cores
    """Of two workers."""
    every: Cores


def layout() -> Layout:
    """Share the cores out: one for the load, one for the server, and as many as there are."""
    cores = tuple(sorted(os.sched_getaffinity(0)))
    if len(cores) < 2:  # noqa: PLR2004 - one for each side
        raise CannotRun("The benchmark needs two cores: one for the server, one for the load")
    return Layout(cores[:1], cores[1:2], cores[-2:], cores)


def machine() -> Mapping[str, str]:
    """Describe this machine, and what the benchmark needs of it."""
    return {
        **hardware(),
        "wrk": _first_line("wrk", "--version"),
        "disk of the databases": _filesystem(),
    }


def hardware() -> Mapping[str, str]:
    """Describe this machine."""
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "system": f"{_system()}, Linux {platform.release()}",
        "python": platform.python_version(),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


def _system() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())


def _filesystem() -> str:
    disks = {disk.mountpoint: disk.fstype for disk in psutil.disk_partitions(all=True)}
    places = [Path(DISK), *Path(DISK).parents]
    return next((disks[str(place)] for place in places if str(place) in disks), "unknown")


def _first_line(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    return (done.stdout or done.stderr).partition(" [")[0].strip().partition("\n")[0]
