"""E-mail addresses: one spelling each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authberry.email_addresses import normalize
from authberry.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("ada@example.com", "ada@example.com"),
        (" Ada@Example.COM\n", "ada@example.com"),
        ("ada+tag@example.com", "ada+tag@example.com"),
        ("o'brien@example.com", "o'brien@example.com"),
        ("A\u0301da@example.com", "\u00e1da@example.com"),
        ("ada@B\u00dcCHER.example", "ada@b\u00fccher.example"),
        ("ada@xn--bcher-kva.example", "ada@b\u00fccher.example"),
        ("\u00c9mile@example.com", "\u00e9mile@example.com"),
    ],
)
def test_an_address_has_one_spelling(typed: str, stored: str) -> None:
    """Trimmed, composed, in lower case; a domain is the same in letters and in punycode."""
    assert normalize(typed) == stored
    assert normalize(stored) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "ada",
        "@",
        "ada@",
        "@example.com",
        "ada@example",
        "ada@@example.com",
        "ada@exa mple.com",
        "a da@example.com",
        "ada\uff20example.com",
        "ada@example.com\0",
        "ada\r\nBcc: eve@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada@example.com, eve@example.com",
        "Ada <ada@example.com>",
        '"ada"@example.com',
        "ada@[127.0.0.1]",
        "ada@127.0.0.1",
        "ada@localhost",
        ".ada@example.com",
        "ada.@example.com",
        "a..da@example.com",
        "ada@-example.com",
        "ada@example..com",
        "ada\u202e@example.com",
        "ada\ud800@example.com",
        "ada@exam\ud800ple.com",
        "a" * 250 + "@example.com",
        "ada@" + "a" * 300 + ".com",
        "a" * 100_000,
        "ada@" + "a." * 50_000 + "com",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    """In a sentence that does not repeat it, and names the argument."""
    with pytest.raises(InvalidInput) as refusal:
        normalize(typed, field="address")
    assert str(refusal.value) == "This is not an e-mail address."
    assert refusal.value.field == "address"


@given(st.emails() | st.text(max_size=40).map(lambda text: f"{text}@example.com"))
def test_normalising_twice_is_normalising_once(typed: str) -> None:
    """What is stored is found again by whoever types it as it is shown; and it fits the column."""
    try:
        stored = normalize(typed)
    except InvalidInput:
        return
    assert normalize(stored) == stored
    assert len(stored) <= 320
    assert stored == stored.strip().lower()
    assert normalize(f"  {typed}  ") == stored
