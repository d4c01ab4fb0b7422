"""What the pages say: a file a language, with the same texts in each."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("texts")


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one language, by their names."""

    page: dict[str, str]
    """What the server writes into a page."""
    script: dict[str, str]
    """What the page's script says later: what became of a button, and every code of a refusal."""

    def say(self, name: str, **values: object) -> str:
        """Fill a text of the page in."""
        return self.page[name].format_map(values)


LANGUAGES = {"en": "English", "ko": "한국어"}
"""What each language calls itself."""


@cache
def texts(language: str) -> Texts:
    """Read a language, once."""
    return Texts(**json.loads((FOLDER / f"{language}.json").read_text("utf-8")))
