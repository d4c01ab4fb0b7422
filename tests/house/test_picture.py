"""The picture of the house in the document is that of the house as it is."""

import re

from tests.house.measures import measures
from tests.house.picture import BEGIN, DOCUMENT, END, draw, redrawn, without_detours
from tests.house.source import Source


def test_the_picture_is_of_today() -> None:
    """Whoever moves a file, or imports from another room, draws it anew."""
    document = DOCUMENT.read_text("utf-8")
    assert document.count(BEGIN) == document.count(END) == 1
    assert redrawn(document, Source()) == document, "docs/contributing.md: run nox -s house"


def test_each_room_and_each_file_is_drawn_once() -> None:
    """Also one that imports nothing, and that nothing imports."""
    source = Source()
    boxes = re.findall(r"^    (\w+)(?:\[\w+\]|\(\[\w+\]\))$", draw(source), re.MULTILINE)
    assert sorted(boxes) == sorted(place.replace("/", "_") for place in source.arrows())


def test_only_arrows_that_a_longer_way_implies_are_left_out() -> None:
    """What is below is the same with the arrows that are drawn as with all of them."""
    assert without_detours({"a": {"b", "c", "d"}, "b": {"c"}, "c": set(), "d": set()}) == {
        "a": {"b", "d"},
        "b": {"c"},
        "c": set(),
        "d": set(),
    }


def test_the_house_can_be_measured() -> None:
    """Its largest file and function are named, so that somebody can go there."""
    found = dict(measures(Source()))
    assert re.fullmatch(
        r"[\d.]+ in the middle, at most \d+ \([\w/]+\.py\)", found["lines of a file"]
    )
    assert int(found["layers of modules"]) > 4
