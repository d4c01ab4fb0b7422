"""E-mail addresses: one spelling each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authberry.email_addresses import (
    NOT_PUBLIC,
    AddressForms,
    key_of,
    normalize,
    on_the_wire,
    require_public,
)
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
        ("\uff42\uff4f\uff42@example.com", "bob@example.com"),
        ("ada@LOCALHOST", "ada@localhost"),
        ("ada@corp\u3002local", "ada@corp.local"),
        ("ada@[127.0.0.1]", "ada@[127.0.0.1]"),
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
        "ada@[127.0.0.300]",
        "ada@127.0.0.1",
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
    assert key_of(stored) == key_of(typed)
    assert AddressForms.of(typed).key == key_of(stored)
    assert stored in AddressForms.of(typed).spellings


@given(st.text(max_size=60) | st.text(max_size=30).map(lambda text: f"{text}@{text}"))
def test_folding_refuses_nothing_and_folding_twice_is_folding_once(typed: str) -> None:
    """Whatever stands in a table can be looked for."""
    forms = AddressForms.of(typed)
    assert forms.spellings
    assert key_of(forms.key) == forms.key
    for spelling in forms.spellings:
        spelling.encode()
        assert "\0" not in spelling


@pytest.mark.parametrize("typed", ["a\0@example.com", "a\ud800@example.com", "a" * 100_000])
def test_what_no_database_holds_is_nobody_s(typed: str) -> None:
    """It is looked for all the same, so that it takes as long."""
    assert AddressForms.of(typed).spellings == ("",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u03a3\u03a3@x.org", "\u03c3\u03c3@x.org"),
        ("\u03a3\u03a3@x.org", "\u03c3\u03c2@x.org"),
        ("\uff42\uff4f\uff42@x.org", "bob@x.org"),
        ("stra\u00dfe@x.org", "STRASSE@x.org"),
        ("\ufb01@x.org", "FI@x.org"),
        ("ada@B\u00dcCHER.de", "ada@xn--bcher-kva.de"),
        ("Bob@Corp.LOCAL", "bob@corp.local"),
    ],
)
def test_spellings_of_one_address_have_one_key(one: str, other: str) -> None:
    """As they are typed, and as they are stored."""
    assert key_of(one) == key_of(other)
    assert key_of(normalize(one)) == key_of(normalize(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [("ada@stra\u00dfe.de", "ada@strasse.de"), ("ada@x.org", "\u0430da@x.org")],
)
def test_addresses_of_two_owners_have_two_keys(one: str, other: str) -> None:
    """Domains that IDNA tells apart, and letters that only look alike."""
    assert key_of(one) != key_of(other)


def test_mail_goes_to_the_domain_that_idna_2008_means() -> None:
    """Whose punycode is not that of 2003, which has another owner."""
    assert on_the_wire("ada@stra\u00dfe.de") == "ada@xn--strae-oqa.de"
    assert on_the_wire("ada@b\u00fccher.local") == "ada@xn--bcher-kva.local"


@pytest.mark.parametrize(
    "domain",
    [
        "localhost",
        "intranet",
        "home.arpa",
        "[127.0.0.1]",
        *(f"corp.{name}" for name in sorted(NOT_PUBLIC)),
    ],
)
def test_one_rule_says_which_addresses_are_not_public(domain: str) -> None:
    """In a true sentence: it is an address."""
    address = normalize(f"ada@{domain}")
    with pytest.raises(InvalidInput) as refusal:
        require_public(address, field="newEmail")
    assert "public internet" in str(refusal.value)
    assert refusal.value.field == "newEmail"


@pytest.mark.parametrize("domain", ["example.com", "local.example.org", "b\u00fccher.de"])
def test_what_may_be_public_is_taken(domain: str) -> None:
    """Whether there is such a name is not asked."""
    require_public(normalize(f"ada@{domain}"))
