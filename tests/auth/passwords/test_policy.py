"""Which passwords are refused, and with which reasons."""

import socket

import pytest
from little_work import little_work

from authberry.errors import WeakPassword
from authberry.passwords.hashing import prepare
from authberry.passwords.policy import refuse_weak

SHORT = "It is shorter than 8 characters."
COMMON = "It is one of the passwords that are tried first."
PERSONAL = "It is made of your e-mail address, your name or the name of this service."
PATTERN = "It repeats or counts."
ADA = ("ada.lovelace@engine.example", "ada.lovelace", "Ada Lovelace")


def reasons(password: str, *, min_length: int = 8) -> list[str]:
    """Why Ada may not use a password."""
    try:
        refuse_weak(prepare(password), min_length=min_length, personal=ADA)
    except WeakPassword as refusal:
        return refusal.reasons
    return []


@pytest.mark.parametrize(
    ("password", "expected"),
    [
        ("", [SHORT]),
        ("x7$Kq!2", [SHORT]),
        ("x7$Kq!2p", []),
        ("123456", [SHORT, COMMON, PATTERN]),
        ("password", [COMMON]),
        ("PassWord", [COMMON]),
        ("password1", [COMMON]),
        ("Password123!", [COMMON]),
        ("password123456789", [COMMON]),
        ("qwertyuiop", [COMMON]),
        ("iloveyou", [COMMON]),
        ("letmein2024", [COMMON]),
        ("ada.lovelace@engine.example", [PERSONAL]),
        ("ADA.LOVELACE@engine.example", [PERSONAL]),
        ("ada.lovelace", [PERSONAL]),
        ("Lovelace", [PERSONAL]),
        ("lovelace1", [PERSONAL]),
        ("!!lovelace99", [PERSONAL]),
        ("Ada Lovelace", [PERSONAL]),
        ("engine.example", []),
        ("authberry", [PERSONAL]),
        ("Authberry1!", [PERSONAL]),
        ("aaaaaaaaaaaa", [PATTERN]),
        ("xyxyxyxyxyxy", [PATTERN]),
        ("234567890123", [PATTERN]),
        ("hgfedcba", [PATTERN]),
    ],
)
def test_a_password_that_would_be_tried_first_is_refused_with_each_reason(
    password: str, expected: list[str]
) -> None:
    """Too short, common, personal, a pattern: what holds is said, and nothing else."""
    assert reasons(password) == expected


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "lower case only words",
        "        8 spaces first",
        "no-digits-no-capitals",
        "83627459",
        "пароль из слов",
        "我的密码是很长的",
        "🦊🐢🌵🍄🎷🪁🧭🪀",
        "my password is this sentence",
        "lovelace wrote the first one",
        "password and then some more words",
    ],
)
def test_no_kind_of_character_is_asked_for(password: str) -> None:
    """Length counts, and a common word within a phrase is no fault of the phrase."""
    assert reasons(password) == []


def test_length_is_counted_in_characters() -> None:
    """Fifteen emoji are fifteen, and a composed letter is one."""
    fox = "🦊🐢🌵🍄🎷🪁🧭🪀🦉🦔🐝🪐🌋🎈🔭"
    assert len(fox.encode()) > 15
    assert reasons(fox, min_length=15) == []
    assert reasons(fox[:-1], min_length=15) == ["It is shorter than 15 characters."]
    assert reasons("e\u0301" * 4 + "xyz", min_length=8) == ["It is shorter than 8 characters."]


def test_the_3000_most_common_passwords_are_refused() -> None:
    """All of them, in capitals too."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - 9 MB

    common = FREQUENCY_LISTS["passwords"][:3000]
    assert len(common) == 3000
    for password in common:
        for spelling in (password, password.upper()):
            assert reasons(spelling, min_length=1), spelling


def test_it_works_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list is in the package."""
    monkeypatch.setattr(socket, "socket", None)
    assert reasons("password123456789") == [COMMON]


def test_no_reason_repeats_the_password() -> None:
    """They name rules."""
    for password in ("lovelace1", "password1", "zzzzzzzz"):
        assert password not in " ".join(reasons(password))


def test_the_longest_password_is_looked_at_quickly() -> None:
    """No pattern makes the search for patterns slow."""
    with little_work(0.5):
        for password in ("a" * 1024, "ab" * 512, "abc" * 341, "a" * 1023 + "b", "1" * 1023 + "x"):
            reasons(password)
