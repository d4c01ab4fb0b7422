"""What a name may be, and a role."""

import re
import unicodedata

from authberry.errors import InvalidInput

NAME_LENGTH = 200
UNNAMEABLE = {"Cc", "Cs", "Zl", "Zp"}
"""Controls, lone surrogates and line breaks; joiners are letters' business in many scripts."""
ROLE = re.compile(r"[A-Za-z0-9_:./-]{1,64}", re.ASCII)


def name_of(name: str | None) -> str | None:
    """A name as it is stored: trimmed, None where nothing is left; raises `InvalidInput`."""
    if name is None or not name.strip():
        return None
    if len(name) > NAME_LENGTH:
        raise InvalidInput("name", f"A name may have {NAME_LENGTH} characters at most.")
    if any(unicodedata.category(character) in UNNAMEABLE for character in name):
        raise InvalidInput("name", "A name may not have control characters.")
    return name.strip()
