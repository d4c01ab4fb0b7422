"""What was measured: every round of every cell, and the median of the rounds."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.contestants import Kind
from bench.measurements import Cell, Figures


class NotMeasured(Exception):
    """The cell was not part of this run, or failed."""


@dataclass(slots=True)
class Results:
    """Figures of a run, by cell."""

    about: Mapping[str, Any]
    """The machine, the versions, the date and the settings of the run."""
    rounds: dict[Cell, list[Figures]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def add(self, cell: Cell, figures: Figures) -> None:
        """Keep what a round yielded."""
        self.rounds.setdefault(cell, []).append(figures)

    def figure(self, contestant: str, kind: Kind, work: str, clients: int, name: str) -> float:
        """Return the median of the rounds; raises NotMeasured."""
        rounds = self.rounds.get(Cell(contestant, kind, work, clients))
        if not rounds:
            raise NotMeasured(f"{contestant}, {kind}: {work}")
        return median(one[name] for one in rounds)

    def spread(self, cell: Cell, name: str) -> float:
        """How far the rounds lie apart, as a part of their median."""
        values = [one[name] for one in self.rounds[cell]]
        middle = median(values)
        return (max(values) - min(values)) / middle if middle else 0.0

    def write(self, file: Path) -> None:
        """Write everything as JSON."""
        cells = [{**asdict(cell), "rounds": rounds} for cell, rounds in self.rounds.items()]
        whole = {**self.about, "failures": self.failures, "cells": cells}
        file.write_text(json.dumps(whole, indent=1) + "\n", "utf-8")


def read(file: Path) -> Results:
    """Read what `write` wrote."""
    whole = json.loads(file.read_text("utf-8"))
    results = Results({}, failures=whole.pop("failures"))
    for one in whole.pop("cells"):
        rounds = one.pop("rounds")
        results.rounds[Cell(**one)] = rounds
    results.about = whole
    return results
