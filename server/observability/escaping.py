"""Text that strangers chose, such as browser names, made safe to print on one line."""


def escape_unprintable(text: str) -> str:
    """Write each character that does not print as itself as an escape."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )
