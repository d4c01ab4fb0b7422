"""The device token: who can make one, for whom it is good, and how many a device holds."""

import base64

import pytest

from authberry.tokens import DeviceTokens
from authberry.tokens.device_tokens import MOST_PEOPLE

OLD, NEW = "old " * 10, "new " * 10
ADA, GRACE = "ada@example.com", "grace@example.com"
TOKENS = DeviceTokens([NEW])


def test_a_token_is_good_for_one_address() -> None:
    """And says nothing of it."""
    held = TOKENS.add(ADA, ())
    assert TOKENS.device(ADA, (held,))
    assert TOKENS.device(GRACE, (held,)) is None
    raw = base64.urlsafe_b64decode(held + "=")
    assert len(raw) == 32
    assert ADA.encode() not in raw


def test_each_login_makes_another_device() -> None:
    """So that a copy of before does not use up what the owner has now."""
    first = TOKENS.add(ADA, ())
    second = TOKENS.add(ADA, (first,))
    assert TOKENS.device(ADA, (first,)) != TOKENS.device(ADA, (second,))
    assert "." not in second


def test_nobody_else_makes_one() -> None:
    """Every byte counts."""
    raw = bytearray(base64.urlsafe_b64decode(TOKENS.add(ADA, ()) + "="))
    for at in range(len(raw)):
        changed = bytearray(raw)
        changed[at] ^= 1
        token = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
        assert TOKENS.device(ADA, (token,)) is None, at


@pytest.mark.parametrize("held", ["", ".", "x", "é" * 43, "x" * 43, "x" * 44, "." * 5000, "=" * 43])
def test_garbage_is_no_device(held: str) -> None:
    """Nor does it get in the way of the next one."""
    assert TOKENS.device(ADA, (held,)) is None
    assert TOKENS.device(ADA, (TOKENS.add(ADA, (held,)),))


def test_a_new_secret_is_added_as_for_other_tokens() -> None:
    """The first makes, all of them verify."""
    held = DeviceTokens([OLD]).add(ADA, ())
    assert DeviceTokens([NEW, OLD]).device(ADA, (held,))
    assert DeviceTokens([NEW]).device(ADA, (held,)) is None


def test_a_device_is_known_for_who_came_last() -> None:
    """Several people share a device, though not endlessly many; one who goes leaves nothing."""
    people = [f"{number}@example.com" for number in range(MOST_PEOPLE + 2)]
    held = ""
    for address in people:
        held = TOKENS.add(address, (held,))
    known = [bool(TOKENS.device(address, (held,))) for address in people]
    assert known == [False] * 2 + [True] * MOST_PEOPLE
    held = TOKENS.remove(people[-1], (held,))
    known = [bool(TOKENS.device(address, (held,))) for address in people]
    assert known == [False] * 2 + [True] * (MOST_PEOPLE - 1) + [False]
    assert TOKENS.remove(ADA, (TOKENS.add(ADA, ()),)) == ""
