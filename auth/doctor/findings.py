"""One thing to mend, in words that name the setting and say what to do."""

from dataclasses import dataclass
from typing import Literal

from authberry.settings import PREFIX, SettingsError

CORRECT_IT = "Correct it, or remove it to have the default"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `danger` keeps production from starting, `advice` does not."""

    level: Literal["danger", "advice"]
    setting: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Write it on one line."""
        return f"{self.setting}: {self.problem}. {self.remedy}."


def from_error(error: SettingsError) -> Finding:
    """Return what a start would end with."""
    setting, _, text = str(error).partition(": ")
    problem, _, remedy = text.partition(". ")
    return Finding("danger", setting, problem, remedy or CORRECT_IT)


def danger(setting: str, problem: str, remedy: str) -> Finding:
    """Return what keeps production from starting; the setting is named without its prefix."""
    return Finding("danger", f"{PREFIX}{setting}", problem, remedy)


def advice(setting: str, problem: str, remedy: str) -> Finding:
    """Return what does not; the setting is named without its prefix."""
    return Finding("advice", f"{PREFIX}{setting}", problem, remedy)
