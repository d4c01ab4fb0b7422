"""Which passwords are refused, with reasons a person can act on. Works offline.

No rule asks for digits or capitals (NIST SP 800-63B-4, section 3.1.1.2): what matters is that a
password is long enough and is not among the first that anybody would try.
"""

import re
from collections.abc import Iterable
from functools import cache
from itertools import pairwise

from authberry.errors import WeakPassword
from authberry.passwords import PreparedPassword

PRODUCT_WORDS = ("authberry",)
TRIVIAL_ADDITION = 4
SHORTEST_WORD = 4

_REPEATED = re.compile(r"(.{1,3}?)\1+.{0,2}", re.DOTALL)


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
    if folded in _common_passwords():
        return True
    core, addition = _split(folded)
    return core in _common_passwords() and _adds_little(addition)


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
    return len(addition) <= TRIVIAL_ADDITION or addition in _common_passwords()


def _is_pattern(password: str) -> bool:
    """One to three characters over and over, or characters that count up or down."""
    wraps = {"90": 1, "09": -1}
    steps = {
        wraps.get(before + after, ord(after) - ord(before)) for before, after in pairwise(password)
    }
    return bool(_REPEATED.fullmatch(password)) or steps in ({1}, {-1})


@cache
def _common_passwords() -> frozenset[str]:
    """30,000 passwords by frequency, as zxcvbn ships them. Read when the first account is made."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - 9 MB, wanted seldom

    return frozenset(FREQUENCY_LISTS["passwords"])
