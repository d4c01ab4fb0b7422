"""Stored hashes: whatever stands in the table, one hash is computed, of a cost that is bounded."""

import logging
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2.low_level import Type, hash_secret
from hash_work import OURS, Work, computed
from hypothesis import example, given, settings
from hypothesis import strategies as st

from authberry.metrics import Metrics
from authberry.passwords.hashing import PasswordHasher, prepare
from authberry.passwords.stored_hashes import (
    MOST_LANES,
    MOST_MEMORY_KIB,
    MOST_PASSES,
    MOST_WORK_KIB,
    StoredHash,
    UnusableHash,
)

pytestmark = pytest.mark.usefixtures("usual_cost")

__all__ = ["computed"]

ROOT = Path(__file__).parents[3]
PASSWORD = prepare("correct horse battery staple")
GIB = 2**20  # KiB
SIXTY_DIGITS = "9" * 60


@pytest.fixture
def passwords() -> Iterator[PasswordHasher]:
    """One thread."""
    passwords = PasswordHasher(Metrics(), workers=1)
    yield passwords
    passwords.close()


def phc(
    *,
    head: str = "argon2id$v=19",
    m: object = 64,
    t: object = 1,
    p: object = 1,
    salt: str | int = 16,
    digest: str | int = 32,
) -> str:
    """A hash of these parameters; of a number of bytes, or of text, for salt and digest."""
    salt, digest = [
        b64encode(b"s" * part).decode().rstrip("=") if isinstance(part, int) else part
        for part in (salt, digest)
    ]
    return f"${head}$m={m},t={t},p={p}${salt}${digest}"


MALFORMED = {
    "nothing but a sign": "!",
    "bcrypt": "$2b$12$" + "x" * 53,
    "no memory": phc(m=0),
    "a memory of sixty digits": phc(m=SIXTY_DIGITS),
    "more memory than there is": phc(m=8_000_000),
    "memory below what lanes take": phc(m=31, p=4),
    "no pass": phc(t=0),
    "passes for hours": phc(t=4_000_000_000),
    "passes of sixty digits": phc(t=SIXTY_DIGITS),
    "much memory, many times": phc(m=GIB, t=5),
    "no lane": phc(p=0),
    "more lanes than a machine has threads": phc(m=GIB, p=16_777_215),
    "a sign": phc(m="-64"),
    "a leading zero": phc(m="064"),
    "digits of another script": phc(m="٦٤"),
    "a line end": phc() + "\n",
    "another version": phc(head="argon2id$v=18"),
    "a version of sixty digits": phc(head=f"argon2id$v={SIXTY_DIGITS}"),
    "another kind": phc(head="argon2x$v=19"),
    "a salt too short": phc(salt=7),
    "a salt too long": phc(salt=65),
    "a digest too short": phc(digest=11),
    "a digest too long": phc(digest=129),
    "a salt that has no base64": phc(salt="A"),
    "a salt in a second spelling": phc(salt="A" * 21 + "B"),
    "a digest in a second spelling": phc(digest="A" * 42 + "B"),
    "padding": phc(salt="A" * 22 + "=="),
    "torn": "$argon2id$v=19$m=19456,t=2,p=1$torn",
}

REASONS = {
    "it is no Argon2 hash",
    *(
        f"its {what} is out of bounds"
        for what in (
            *("version", "number of lanes", "memory", "number of passes", "memory times passes"),
            *("length of the salt", "length of the digest"),
        )
    ),
}
"""Why one is refused, in words that are the same whatever is in it."""


@pytest.mark.parametrize("kind", MALFORMED)
async def test_what_cannot_be_verified_costs_one_hash_of_ours(
    passwords: PasswordHasher, computed: list[Work], caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """Never none and never two; the log has one line, with the reason and nothing of the hash."""
    caplog.set_level(logging.DEBUG)
    assert not await passwords.verify(MALFORMED[kind], PASSWORD)
    assert computed == [OURS]
    (record,) = [one for one in caplog.records if one.name == "authberry.passwords"]
    assert (record.levelname, vars(record)["event"]) == ("WARNING", "stored hash not verifiable")
    assert vars(record)["cause"] in REASONS


async def test_who_is_unknown_leaves_no_line(
    passwords: PasswordHasher, computed: list[Work], caplog: pytest.LogCaptureFixture
) -> None:
    """Nor who has no password: nothing is stored that somebody should mend."""
    caplog.set_level(logging.DEBUG, "authberry.passwords")
    for nobody in (None, ""):
        assert not await passwords.verify(nobody, PASSWORD)
    assert computed == [OURS, OURS]
    assert caplog.records == []


FRAGMENTS = st.sampled_from(
    [
        "$",
        "argon2id",
        "argon2i",
        "v=19",
        "v=16",
        "m=",
        "t=",
        "p=",
        "m=8,t=1,p=1",
        ",",
        "=",
        "A" * 22,
    ]
)
TEXTS = st.lists(FRAGMENTS | st.text(max_size=8), max_size=12).map("".join)
NUMBERS = st.integers(-1, 70) | st.sampled_from(
    [19456, 2**20, 2**21, 2**31, 2**32, 2**64, 10**59, "", "0x8", " 8", "8 ", "٨", "1e3", "08"]
)
PARTS = st.integers(0, 140) | st.text("AB+/=-_é", max_size=30)
HASHES = st.builds(
    phc,
    head=st.sampled_from(["argon2id$v=19", "argon2i$v=16", "argon2d", "argon2x$v=19", "argon2id$"]),
    m=NUMBERS, t=NUMBERS, p=NUMBERS, salt=PARTS, digest=PARTS,
)  # fmt: skip


@given(TEXTS | HASHES | st.sampled_from([*MALFORMED.values()]))
@example(phc(m=MOST_MEMORY_KIB, t=2, p=MOST_LANES))
def test_whatever_is_stored_is_read_within_bounds_or_refused_without_a_word_of_it(
    text: str,
) -> None:
    """Nothing else is raised, and nothing that is read costs more than is allowed."""
    try:
        stored = StoredHash.read(text)
    except UnusableHash as error:
        refusal = str(error)
    else:
        assert_within_bounds(stored)
        return
    assert refusal in REASONS


def assert_within_bounds(stored: StoredHash) -> None:
    """All of its numbers."""
    assert 8 * stored.lanes <= stored.memory_kib <= MOST_MEMORY_KIB
    assert 1 <= stored.passes <= MOST_PASSES
    assert stored.work_kib <= MOST_WORK_KIB
    assert 1 <= stored.lanes <= MOST_LANES


@settings(max_examples=40)
@given(TEXTS | HASHES)
async def test_whatever_is_stored_lets_nobody_in_for_one_hash(text: str) -> None:
    """Of its own cost where that is within bounds, and else of ours."""
    try:
        stored = StoredHash.read(text)
        cost = stored.memory_kib, stored.passes, stored.lanes
    except UnusableHash:
        cost = OURS
    if cost[0] > OURS[0]:
        return  # within bounds, and longer than a test may take forty times
    passwords = PasswordHasher(Metrics(), workers=1)
    with pytest.MonkeyPatch.context() as patch:
        done = computed.__wrapped__(patch, None)  # type: ignore[attr-defined]
        assert not await passwords.verify(text, PASSWORD)
    assert done == [cost]
    passwords.close()


@pytest.mark.parametrize(
    ("library", "parameters"),
    [
        ("libsodium, SENSITIVE", phc(m=GIB, t=4)),
        ("libsodium, SENSITIVE of before", phc(head="argon2i$v=19", m=GIB // 2, t=8)),
        ("RFC 9106, the first", phc(m=2 * GIB, t=1, p=4)),
        ("RFC 9106, the second", phc(m=65536, t=3, p=4)),
        ("Django", phc(m=102400, t=2, p=8, salt=22)),
        ("PHP", phc(m=65536, t=4, p=1)),
        ("Keycloak", phc(m=7168, t=5, p=1)),
        ("argon2-cffi of 2015", phc(head="argon2i", m=512, t=2, p=2)),
        ("the program argon2", phc(head="argon2i$v=19", m=4096, t=3, p=1, salt=8)),
    ],
)
def test_what_libraries_make_is_within_bounds(library: str, parameters: str) -> None:
    """Nobody who comes from one of them has to set a new password."""
    assert StoredHash.read(parameters).memory_kib, library


async def test_a_hash_of_more_than_ours_costs_what_it_says(
    passwords: PasswordHasher, computed: list[Work]
) -> None:
    """And is right or wrong by its password; it goes to whichever library can compute it."""
    for lanes, salt in ((1, b"s" * 16), (2, b"s" * 16), (1, b"s" * 24)):
        made = hash_secret(PASSWORD.encode(), salt, 3, 32768, lanes, 32, Type.ID).decode()
        computed.clear()
        assert await passwords.verify(made, PASSWORD)
        assert not await passwords.verify(made, prepare("another"))
        assert computed == [(32768, 3, lanes)] * 2


WITHOUT_MEMORY = """
import asyncio, resource, sys
import pytest
sys.path.insert(0, "tests/support")
from hash_work import computed
from authberry.metrics import Metrics
from authberry.passwords.hashing import PasswordHasher, prepare

hasher = PasswordHasher(Metrics(), workers=1)
done = computed.__wrapped__(pytest.MonkeyPatch(), None)
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
verified = asyncio.run(hasher.verify(sys.argv[1], prepare("x")))
print(verified, done)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="no other system keeps to RLIMIT_AS")
@pytest.mark.parametrize("salt", [16, 24])
def test_memory_that_is_not_to_be_had_costs_one_hash_of_ours(salt: int) -> None:
    """A library gives up before it has begun, whichever it is; here a process has 1 GiB."""
    done = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", WITHOUT_MEMORY, phc(m=2 * GIB, t=1, salt=salt)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    assert done.stdout == f"False {[OURS]}\n"
    assert "stored hash not verifiable" in done.stderr
