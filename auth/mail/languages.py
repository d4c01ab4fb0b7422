"""Which language to write to somebody in."""

from collections.abc import Collection, Iterator

DEFAULT = "en"
MOST_RANGES = 20


def preferred(header: str | None, offered: Collection[str]) -> str:
    """Choose among what is offered by an `Accept-Language` header (RFC 9110, section 12.5.4).

    A range matches a language that is the same or more general: `ko-KR` is served with `ko` (the
    lookup of RFC 4647, section 3.4). What cannot be read is not there.
    """
    wanted = (form for tag in _by_preference(header or "") for form in _ever_more_general(tag))
    return next((form for form in wanted if form in offered), DEFAULT)


def _ever_more_general(tag: str) -> Iterator[str]:
    while tag:
        yield tag
        tag, _, _ = tag.rpartition("-")


def _by_preference(header: str) -> list[str]:
    ranges = []
    for part in header.split(",")[:MOST_RANGES]:
        language, _, parameter = part.partition(";")
        quality = _quality(parameter)
        if quality > 0:
            ranges.append((quality, language.strip().lower()))
    return [language for _, language in sorted(ranges, key=lambda one: -one[0])]


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
