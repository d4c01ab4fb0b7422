"""The refresh token as a string: who can make one, and who can change one."""

import base64
import hashlib
import hmac
import string
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authberry.errors import RefreshTokenInvalid
from authberry.tokens.refresh_tokens import OpenedToken, RefreshTokenCodec

OLD, NEW, OTHER = "old " * 10, "new " * 10, "other " * 10
ALPHABET = string.ascii_letters + string.digits + "-_"
CODEC = RefreshTokenCodec([NEW])

opened_tokens = st.builds(
    OpenedToken, st.uuids(), st.integers(0, 2**32 - 1), st.binary(min_size=32, max_size=32)
)


def refused(presented: str, codec: RefreshTokenCodec = CODEC) -> bool:
    """Whether the codec takes a string for garbage."""
    try:
        codec.open(presented)
    except RefreshTokenInvalid as refusal:
        return not refusal.session_over
    return False


def raw(token: str) -> bytearray:
    """The 68 bytes of a token."""
    return bytearray(base64.urlsafe_b64decode(token + "="))


def spelled(raw: bytes | bytearray) -> str:
    """The token of 68 bytes."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@given(opened_tokens)
def test_what_is_sealed_opens_to_the_same(token: OpenedToken) -> None:
    """Session, generation and secret come back from the string unchanged."""
    sealed = CODEC.seal(token)
    assert CODEC.open(sealed) == token
    assert len(sealed) == 91
    assert set(sealed) <= set(ALPHABET)


@given(opened_tokens, st.integers(0, 68 * 8 - 1))
def test_no_bit_can_be_changed(token: OpenedToken, bit: int) -> None:
    """Session, generation, secret and tag are all under the tag."""
    changed = raw(CODEC.seal(token))
    changed[bit // 8] ^= 1 << bit % 8
    assert refused(spelled(changed))


def test_each_bit_of_one_token_is_guarded() -> None:
    """All 544 of them, not a sample."""
    sealed = raw(CODEC.seal(CODEC.first(uuid4())))
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        assert refused(spelled(changed)), bit


@given(opened_tokens, st.integers(0, 90))
def test_a_part_of_a_token_is_no_token(token: OpenedToken, length: int) -> None:
    """Whatever is cut off, and from whichever end."""
    sealed = CODEC.seal(token)
    assert refused(sealed[:length])
    assert refused(sealed[-length:] if length else "")


@given(opened_tokens, st.text(min_size=1, max_size=8))
def test_nothing_can_be_added(token: OpenedToken, more: str) -> None:
    """Neither padding nor white space nor anything else, before or behind."""
    sealed = CODEC.seal(token)
    assert refused(sealed + more)
    assert refused(more + sealed)


@pytest.mark.parametrize("wrapping", ["{}=", "{}\n", " {}", '"{}"', "{}\0", "Bearer {}"])
def test_a_token_dressed_up_is_refused(wrapping: str) -> None:
    """A cookie in quotes or a header with a word before it is not the token."""
    assert refused(wrapping.format(CODEC.seal(CODEC.first(uuid4()))))


@given(opened_tokens)
def test_a_token_has_one_spelling(token: OpenedToken) -> None:
    """The last character has bits to spare, which no decoder looks at and we do."""
    sealed = CODEC.seal(token)
    spellings = [sealed[:-1] + last for last in ALPHABET]
    assert [one for one in spellings if not refused(one)] == [sealed]


def test_the_other_base64_alphabet_is_another_spelling() -> None:
    """`+` and `/` are not taken for `-` and `_`."""
    token = next(
        sealed
        for sealed in (CODEC.seal(CODEC.first(uuid4())) for _ in range(1000))
        if "-" in sealed and "_" in sealed
    )
    assert refused(token.replace("-", "+"))
    assert refused(token.replace("_", "/"))


@given(st.text(min_size=91, max_size=91))
def test_91_characters_do_not_make_a_token(presented: str) -> None:
    """Non-ASCII, lone surrogates and NUL included."""
    assert refused(presented)


@given(st.text(ALPHABET, min_size=91, max_size=91))
def test_91_characters_of_the_alphabet_do_not_make_a_token(presented: str) -> None:
    """The tag cannot be guessed."""
    assert refused(presented)


@pytest.mark.parametrize("digit", ["\u0661", "\uff11", "\u00e9", "\ud800"])  # Arabic, wide, é, half
def test_characters_that_look_alike_are_refused(digit: str) -> None:
    """Only ASCII is read, whatever Python takes for a digit or a letter."""
    assert refused(CODEC.seal(CODEC.first(uuid4()))[:-1] + digit)


def test_a_megabyte_is_refused_without_reading_it() -> None:
    """The length is looked at first."""
    assert refused("A" * 1_000_000)


@given(opened_tokens, st.uuids(), st.integers(0, 2**32 - 1))
def test_a_token_cannot_be_moved(token: OpenedToken, session_id: UUID, generation: int) -> None:
    """A tag made for one session and generation is worth nothing in another."""
    sealed = raw(CODEC.seal(token))
    if session_id != token.session_id:
        assert refused(spelled(session_id.bytes + sealed[16:]))
    if generation != token.generation:
        assert refused(spelled(sealed[:16] + generation.to_bytes(4) + sealed[20:]))


@given(opened_tokens, opened_tokens)
def test_halves_of_two_tokens_make_none(one: OpenedToken, two: OpenedToken) -> None:
    """The secret of one token under the name of another is garbage."""
    first, second = raw(CODEC.seal(one)), raw(CODEC.seal(two))
    for cut in (16, 20, 52):
        mixed = first[:cut] + second[cut:]
        assert mixed in (first, second) or refused(spelled(mixed))


def test_ten_thousand_tokens_are_all_different() -> None:
    """Secrets are random: no two are alike, every character occurs everywhere behind the id."""
    tokens = [CODEC.seal(CODEC.first(UUID(int=0))) for _ in range(10_000)]
    assert len(set(tokens)) == 10_000
    assert len({CODEC.open(token).secret for token in tokens}) == 10_000
    for position in range(27, 90):
        assert {token[position] for token in tokens} == set(ALPHABET), position


@given(opened_tokens)
def test_a_token_is_refused_by_another_server(token: OpenedToken) -> None:
    """The database's secret hash and the format are not enough to make one."""
    assert refused(RefreshTokenCodec([OTHER]).seal(token))


def test_the_first_secret_makes_and_all_verify() -> None:
    """A new secret is added last everywhere, then moved to the front; nobody is logged out."""
    token = CODEC.first(uuid4())
    before, behind, front, after = (
        RefreshTokenCodec(secrets) for secrets in ([OLD], [OLD, NEW], [NEW, OLD], [NEW])
    )
    assert behind.seal(token) == before.seal(token)
    assert front.seal(token) == after.seal(token)
    assert behind.open(front.seal(token)) == front.open(behind.seal(token)) == token
    assert refused(before.seal(token), after)


def test_a_chain_is_derived_again_to_the_same_token() -> None:
    """The successor depends on the token and the server's secret, and on nothing else."""
    token = CODEC.first(uuid4())
    (successor,) = CODEC.successors(token)
    (again,) = RefreshTokenCodec([NEW]).successors(token)
    assert successor == again
    assert (successor.session_id, successor.generation) == (token.session_id, 1)
    assert successor.secret != token.secret


def derived(server_secret: str, purpose: bytes) -> bytes:
    """HKDF-SHA256 (RFC 5869), from the standard library."""
    extracted = hmac.digest(b"authberry", server_secret.encode(), "sha256")
    return hmac.digest(extracted, purpose + b"\x01", "sha256")


@given(opened_tokens)
def test_a_token_is_made_as_it_is_written_down(token: OpenedToken) -> None:
    """Whoever changes the format or the chain logs everybody out, and finds it out here."""
    name = token.session_id.bytes + token.generation.to_bytes(4)
    tag = hmac.digest(derived(NEW, b"refresh token tag"), name + token.secret, "sha256")[:16]
    assert raw(CODEC.seal(token)) == name + token.secret + tag
    assert token.hash == hashlib.sha256(token.secret).hexdigest()
    for successor in CODEC.successors(token):
        following = token.session_id.bytes + (token.generation + 1).to_bytes(4)
        chain_key = derived(NEW, b"refresh token chain")
        assert successor.secret == hmac.digest(chain_key, following + token.secret, "sha256")
        assert successor.generation == token.generation + 1


def test_each_secret_derives_a_successor_of_its_own() -> None:
    """A stolen server secret that is not the one in use derives another chain."""
    token = CODEC.first(uuid4())
    made, other = RefreshTokenCodec([NEW, OLD]).successors(token)
    assert [made] == list(RefreshTokenCodec([NEW]).successors(token))
    assert [other] == list(RefreshTokenCodec([OLD]).successors(token))
    assert made.hash != other.hash


def test_the_generation_ends_where_its_four_bytes_do() -> None:
    """After four billion rotations a person logs in again."""
    last = OpenedToken(uuid4(), 2**32 - 1, bytes(32))
    assert CODEC.open(CODEC.seal(last)) == last
    assert list(CODEC.successors(last)) == []


def test_an_opened_token_does_not_show_its_secret() -> None:
    """Whoever logs one by mistake logs no secret."""
    token = OpenedToken(uuid4(), 0, b"S" * 32)
    assert "SSSS" not in repr(token)
    assert token.hash not in repr(token)
