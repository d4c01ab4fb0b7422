"""Which passwords are refused, with reasons a person can act on. Works offline.

What leaked elsewhere is for a service to tell (`authberry.passwords.breaches`), where one is
configured.

No rule asks for digits or capitals (NIST SP 800-63B-4, section 3.1.1.2): what matters is that a
password is long enough and is not among the first that anybody would try.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable
from functools import cache
from importlib.machinery import SourceFileLoader
from importlib.util import find_spec
from itertools import groupby, pairwise
from pathlib import Path
from types import ModuleType
from typing import Protocol

from authberry.errors import WeakPassword
from authberry.passwords.hashing import PreparedPassword
from authberry.settings import Settings

PRODUCT_WORDS = ("authberry",)
TRIVIAL_ADDITION = 4
SHORTEST_WORD = 4

_REPEATED = re.compile(r"(.{1,3}?)\1+.{0,2}", re.DOTALL)


class LeakedPasswords(Protocol):
    """Knows which passwords have leaked; it takes the network to tell."""

    async def refuse(self, password: PreparedPassword) -> None:
        """Refuse one that has; raises `WeakPassword`."""


class PasswordPolicy:
    """Decides whether somebody may have a password."""

    def __init__(self, settings: Settings) -> None:
        """Ask no service yet."""
        self._min_length = settings.password_min_length
        self._leaked = _leaked_passwords(settings.breached_passwords_url)

    async def accept(
        self, password: PreparedPassword, email: str, name: str | None
    ) -> PreparedPassword:
        """Return a password that may be set for this person; raises `WeakPassword`."""
        refuse_weak(
            password,
            min_length=self._min_length,
            personal=[email, email.partition("@")[0], *([name] if name else [])],
        )
        if self._leaked:
            await self._leaked.refuse(password)
        return password


def _leaked_passwords(url: str) -> LeakedPasswords | None:
    """What looks up leaked passwords, where an address is configured."""
    if not url:
        return None
    from authberry.passwords.breaches import Breaches  # noqa: PLC0415 - an HTTP client few need

    return Breaches(url)


def refuse_weak(password: PreparedPassword, *, min_length: int, personal: Iterable[str]) -> None:
    """Refuse a password that is short, common, a pattern, or the person's own name.

    Args:
        password: Counted in code points.
        min_length: The fewest that are accepted.
        personal: Words known of the person: address, name.

    Raises:
        WeakPassword: with every reason that holds.
    """
    reasons = [
        reason
        for holds, reason in (
            (len(password) < min_length, f"It is shorter than {min_length} characters."),
            (_is_common(password), "It is one of the passwords that are tried first."),
            (
                _is_personal(password, personal),
                "It is made of your e-mail address, your name or the name of this service.",
            ),
            (_is_pattern(password), "It repeats or counts."),
        )
        if holds
    ]
    if reasons:
        raise WeakPassword(reasons)


def _is_common(password: str) -> bool:
    """A common password, or one with next to nothing or another common one behind it."""
    folded = password.casefold()
    if _is_listed(folded):
        return True
    core, addition = _split(folded)
    return _is_listed(core) and _adds_little(addition)


def _is_personal(password: str, personal: Iterable[str]) -> bool:
    words = {word.casefold() for text in personal for word in (text, *re.split(r"\W+", text))}
    words = {word for word in words if len(word) >= SHORTEST_WORD} | set(PRODUCT_WORDS)
    folded = password.casefold()
    core, addition = _split(folded)
    return folded in words or (core in words and _adds_little(addition))


def _split(folded: str) -> tuple[str, str]:
    """Tell a word from the digits and signs behind it."""
    letters = [at for at, character in enumerate(folded) if character.isalpha()]
    if not letters:
        return folded, ""
    end = letters[-1] + 1
    return folded[letters[0] : end], folded[end:]


def _adds_little(addition: str) -> bool:
    return len(addition) <= TRIVIAL_ADDITION or _is_listed(addition)


def _is_pattern(password: str) -> bool:
    """One to three characters over and over, or characters that count up or down."""
    wraps = {"90": 1, "09": -1}
    steps = {
        wraps.get(before + after, ord(after) - ord(before)) for before, after in pairwise(password)
    }
    return bool(_REPEATED.fullmatch(password)) or steps in ({1}, {-1})


def _is_listed(word: str) -> bool:
    """Whether it is among the common ones, to the letter."""
    row, width = _common_passwords().get(len(word), ""), len(word)
    starts = range(0, len(row), width or 1)
    at = bisect_left(starts, word, key=lambda start: row[start : start + width])
    return at < len(starts) and row.startswith(word, starts[at])


@cache
def _common_passwords() -> dict[int, str]:
    """30,000 passwords, as zxcvbn ships them. Read when the first account is made.

    Those of one length are one text, sorted, with nothing between them: a tenth of a set's memory.
    And the file is read past zxcvbn itself, whose import indexes 60,000 words of other kinds.
    """
    package = find_spec("zxcvbn")
    assert package is not None  # noqa: S101 - it is installed with us
    path = Path(str(package.origin)).with_name("frequency_lists.py")
    lists = ModuleType("frequency_lists")
    SourceFileLoader(lists.__name__, str(path)).exec_module(lists)
    words = sorted(sorted(lists.FREQUENCY_LISTS["passwords"]), key=len)
    return {length: "".join(same) for length, same in groupby(words, key=len)}
