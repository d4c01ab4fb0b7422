"""Raw hashes on every core, beside which a login's speed is judged: `bench/hashes.py`."""

import json
import subprocess
import sys
from collections.abc import Generator

from bench.ceilings import ROOT
from bench.measurements import Cell, Figures, Measurement, Resources
from bench.ours import Ours
from bench.processes import CannotRun, clean_environment, pinned

WORK = "raw hashes, all cores"


class HashMeasurement(Measurement):
    """No server: the library alone."""

    group = "logins"
    kind = "none"

    def __init__(self, ours: Ours) -> None:
        """Name the cell."""
        self.contestant = ours
        self.cells = [Cell(ours.name, self.kind, WORK)]

    def measure(self, resources: Resources) -> Generator[Figures]:
        """Hash for some time on every core."""
        every = resources.layout.every
        words = [sys.executable, "-m", "bench.hashes", str(resources.seconds), str(len(every))]
        done = subprocess.run(  # noqa: S603 - ours
            pinned(every, words),
            cwd=ROOT,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CannotRun(done.stderr.strip()[-300:])
        yield json.loads(done.stdout)
