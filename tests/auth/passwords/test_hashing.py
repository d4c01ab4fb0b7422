"""PasswordHasher: how they are prepared, hashed and proved."""

import asyncio
import os
import re
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher as Argon2Hasher
from argon2 import Type
from argon2.low_level import hash_secret
from hypothesis import given
from hypothesis import strategies as st
from little_work import little_work

from authberry.errors import InvalidInput, ServiceUnavailable
from authberry.metrics import Metrics
from authberry.passwords.hashing import NICENESS, QUEUE_PER_WORKER, PasswordHasher, prepare

pytestmark = pytest.mark.usefixtures("usual_cost")

PASSWORD = prepare("correct horse battery staple")
PHC = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$[\w+/]+")


@pytest.fixture
def passwords() -> Iterator[PasswordHasher]:
    """Two threads, whatever the machine."""
    passwords = PasswordHasher(Metrics(), workers=2)
    yield passwords
    passwords.close()


async def test_a_hash_is_argon2id_as_strong_as_owasp_asks(passwords: PasswordHasher) -> None:
    """With its parameters and a random salt of 16 bytes in it."""
    match = PHC.fullmatch(await passwords.hash(PASSWORD))
    assert match
    memory, passes, lanes = (int(number) for number in match.groups()[:3])
    assert memory >= 19456
    assert passes >= 2
    assert lanes == 1
    assert len(match[4]) == 22


async def test_two_hashes_of_one_password_differ(passwords: PasswordHasher) -> None:
    """Nobody sees from the table that two people chose alike."""
    hashes = [await passwords.hash(PASSWORD) for _ in range(3)]
    assert len({each.split("$")[4] for each in hashes}) == 3
    assert [await passwords.verify(each, PASSWORD) for each in hashes] == [True] * 3


@pytest.mark.parametrize(
    "other",
    [
        "correct horse battery staple ",
        " correct horse battery staple",
        "Correct horse battery staple",
        "correct  horse battery staple",
        "correct horse battery stapl",
        "",
    ],
)
async def test_nothing_is_trimmed_or_folded(passwords: PasswordHasher, other: str) -> None:
    """Another password is another password, however little it differs."""
    assert not await passwords.verify(await passwords.hash(PASSWORD), prepare(other))


async def test_nothing_is_cut_off(passwords: PasswordHasher) -> None:
    """What differs behind the 72nd byte, where bcrypt stops, and in the 1024th, differs."""
    for length in (72, 1023):
        one, two = prepare("a" * length + "b"), prepare("a" * length + "c")
        assert not await passwords.verify(await passwords.hash(one), two)


@pytest.mark.parametrize(
    ("typed", "elsewhere"),
    [
        ("\u00c5ngstr\u00f6m unit", "A\u030angstro\u0308m unit"),
        ("\ufb01ne words here", "fine words here"),
        ("\uff50\uff41\uff53\uff53 phrase", "pass phrase"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af words", "\ud55c\uae00 words"),
    ],
)
def test_one_password_typed_on_two_keyboards_is_one(typed: str, elsewhere: str) -> None:
    """Composed or decomposed, wide or narrow: NFKC."""
    assert typed != elsewhere
    assert prepare(typed) == prepare(elsewhere)


@given(st.text(max_size=200))
def test_preparing_twice_is_preparing_once(text: str) -> None:
    """And keeps every character that NFKC keeps."""
    try:
        prepared = prepare(text)
    except InvalidInput:
        assert "\0" in unicodedata.normalize("NFKC", text)
        return
    assert prepared == unicodedata.normalize("NFKC", text)
    assert prepare(prepared) == prepared


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\0", "a\0b", "x\ud83d"])
def test_what_is_not_unicode_is_refused(text: str) -> None:
    """With a message that repeats none of it."""
    with pytest.raises(InvalidInput) as refusal:
        prepare(text, field="newPassword")
    assert refusal.value.field == "newPassword"
    assert str(refusal.value).isascii()


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("a" * 1024, True),
        ("a" * 1025, False),
        ("é" * 512, True),
        ("é" * 513, False),
        ("😀" * 256, True),
        ("😀" * 257, False),
        ("\ufdfa" * 50, False),  # 150 bytes as typed, 1650 in NFKC
        ("\ufdfa" * 30, True),
    ],
)
def test_1024_bytes_is_the_most(text: str, *, fits: bool) -> None:
    """As typed and as hashed."""
    if fits:
        assert prepare(text)
        return
    with pytest.raises(InvalidInput):
        prepare(text)


def test_megabytes_are_refused_at_once() -> None:
    """No time is spent on normalising what is too long."""
    for text in ("a" * 1_000_000, "\ufdfa" * 1_000_000, "e\u0301" * 1_000_000):
        with little_work(0.2), pytest.raises(InvalidInput):
            prepare(text)


OTHERS = {
    "argon2-cffi with our parameters": Argon2Hasher(2, 19456, 1),
    "four lanes": Argon2Hasher(1, 8192, 4),
    "another salt": Argon2Hasher(1, 8192, 1, salt_len=24),
    "another length": Argon2Hasher(1, 8192, 1, hash_len=64),
    "longer than libsodium reads": Argon2Hasher(1, 8192, 1, salt_len=64, hash_len=128),
    "argon2i": Argon2Hasher(1, 8192, 1, type=Type.I),
    "argon2d": Argon2Hasher(1, 8192, 1, type=Type.D),
}


@pytest.mark.parametrize("made_by", OTHERS)
async def test_a_hash_from_elsewhere_is_verified(passwords: PasswordHasher, made_by: str) -> None:
    """Whatever kind of Argon2 people bring along, its password is the right one, and only that."""
    password_hash = OTHERS[made_by].hash(PASSWORD)
    assert await passwords.verify(password_hash, PASSWORD)
    assert not await passwords.verify(password_hash, prepare("wrong password"))


@pytest.mark.parametrize("kind", [Type.ID, Type.I, Type.D])
async def test_a_hash_of_the_version_before_is_verified(
    passwords: PasswordHasher, kind: Type
) -> None:
    """Argon2 1.0 computed otherwise; libraries of 2016 may have made it."""
    salt = b"sixteen bytes ok"
    password_hash = hash_secret(PASSWORD.encode(), salt, 2, 8192, 1, 32, kind, 16).decode()
    assert await passwords.verify(password_hash, PASSWORD)
    assert not await passwords.verify(password_hash, prepare("wrong password"))
    assert passwords.is_outdated(password_hash)


@pytest.mark.parametrize("password", ["", "a phrase", "пароль из слов", "🦊" * 256])
async def test_others_can_verify_what_we_made(passwords: PasswordHasher, password: str) -> None:
    """Nobody who leaves is kept by the form of our hashes."""
    password_hash = await passwords.hash(prepare(password))
    assert Argon2Hasher().verify(password_hash, password)
    assert not Argon2Hasher(2, 19456, 1).check_needs_rehash(password_hash)


async def test_nobody_is_verified_by_the_hash_for_nobody(passwords: PasswordHasher) -> None:
    """It is made of a secret that is thrown away; and even its own password would not do."""
    assert not await passwords.verify(None, PASSWORD)
    passwords._dummy_hash = await passwords.hash(PASSWORD)
    assert not await passwords.verify(None, PASSWORD)
    assert not await passwords.verify("", PASSWORD)


@pytest.mark.parametrize("torn", [None, "!", "$argon2id$v=19$m=19456,t=2,p=1$torn"])
async def test_unknown_and_wrong_take_as_long(passwords: PasswordHasher, torn: str | None) -> None:
    """As much work for either: the clock does not tell who has an account."""
    password_hash = await passwords.hash(PASSWORD)
    wrong = prepare("wrong password")
    spent: dict[str | None, list[float]] = {torn: [], password_hash: []}
    for _ in range(25):
        for whose, times in spent.items():
            begun = time.process_time()  # of all threads
            assert not await passwords.verify(whose, wrong)
            times.append(time.process_time() - begun)
    # Whatever else the machine does makes some slower and none faster.
    unknown, known = (min(times) for times in spent.values())
    assert 0.7 < unknown / known < 1.4


@pytest.mark.parametrize(
    ("hasher", "is_outdated"),
    [
        (Argon2Hasher(2, 19456, 1), False),
        (Argon2Hasher(1, 8192, 1), True),
        (Argon2Hasher(2, 19455, 1), True),
        (Argon2Hasher(1, 19456, 1), True),
        (Argon2Hasher(1, 47104, 1), False),
        (Argon2Hasher(3, 65536, 4), False),
        (Argon2Hasher(2, 19456, 1, salt_len=8), True),
    ],
)
def test_what_cost_less_is_outdated(
    passwords: PasswordHasher, hasher: Argon2Hasher, *, is_outdated: bool
) -> None:
    """A hash that is stronger, in whatever way, is as good as today's."""
    assert passwords.is_outdated(hasher.hash("x")) is is_outdated


def test_another_kind_of_argon2_is_outdated(passwords: PasswordHasher) -> None:
    """Argon2i and Argon2d, and the version before 1.3."""
    today = Argon2Hasher(2, 19456, 1).hash("x")
    for before, after in (("argon2id", "argon2i"), ("argon2id", "argon2d"), ("v=19", "v=16")):
        assert passwords.is_outdated(today.replace(before, after))


# Threads


async def test_the_event_loop_does_not_wait_for_a_hash(passwords: PasswordHasher) -> None:
    """It turns all the while, and not once a hash."""
    turns = 0
    tasks = [asyncio.create_task(passwords.hash(PASSWORD)) for _ in range(60)]
    while not all(task.done() for task in tasks):
        await asyncio.sleep(0)
        turns += 1
    assert turns > 10 * len(tasks)


async def test_no_more_threads_hash_than_there_are_workers() -> None:
    """However many ask; more would only be slower."""
    passwords = PasswordHasher(Metrics(), workers=1)
    hashes = await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(5)))
    assert len(set(hashes)) == 5
    assert [one.name for one in threading.enumerate() if one.name.startswith("argon2")] == [
        "argon2_0"
    ]
    passwords.close()


async def test_threads_that_hash_give_way_to_the_one_that_answers(
    passwords: PasswordHasher,
) -> None:
    """On a core that both want, requests go first; this thread itself is as it was."""
    ours = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    await asyncio.gather(*(passwords.hash(PASSWORD) for _ in range(4)))
    theirs = {
        os.getpriority(os.PRIO_PROCESS, one.native_id or 0)
        for one in threading.enumerate()
        if one.name.startswith("argon2")
    }
    nicest = 19
    assert theirs == {min(ours + NICENESS, nicest) if sys.platform == "linux" else ours}
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == ours


async def test_what_waits_can_be_read(passwords: PasswordHasher) -> None:
    """For whoever watches the queue."""
    tasks = [asyncio.create_task(passwords.hash(PASSWORD)) for _ in range(5)]
    await asyncio.sleep(0)
    assert passwords.waiting == 5
    await asyncio.gather(*tasks)
    assert passwords.waiting == 0


async def test_who_comes_when_too_many_wait_is_told_so_at_once() -> None:
    """And the others are served; afterwards there is room again."""
    passwords = PasswordHasher(Metrics(), workers=1)
    go, stored = threading.Event(), await passwords.hash(PASSWORD)
    passwords._matches = lambda *_: go.wait(60)  # type: ignore[method-assign]
    waiting = [
        asyncio.create_task(passwords.verify(stored, PASSWORD)) for _ in range(QUEUE_PER_WORKER)
    ]
    await asyncio.sleep(0)
    for ask in (passwords.verify(stored, PASSWORD), passwords.hash(PASSWORD)):
        with pytest.raises(ServiceUnavailable):
            await ask
    go.set()
    assert await asyncio.gather(*waiting) == [True] * QUEUE_PER_WORKER
    assert await passwords.verify(stored, PASSWORD)
    passwords.close()


async def test_who_hangs_up_makes_room(passwords: PasswordHasher) -> None:
    """A flood of requests that are cancelled does not shut the service."""
    for _ in range(QUEUE_PER_WORKER * 2 + 10):
        task = asyncio.create_task(passwords.hash(PASSWORD))
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    assert passwords._waiting == 0
    async with asyncio.timeout(60):
        assert await passwords.hash(PASSWORD)
