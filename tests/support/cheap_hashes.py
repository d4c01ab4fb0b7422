"""Hashes of passwords at the least cost, where their cost is not the subject.

At the cost that people get they took a quarter of the time of all tests. Servers in processes of
their own hash as ever.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from authberry.passwords import hashing

USUAL = hashing.MEMORY_KIB, hashing.PASSES
LEAST = 8, 1
"""Of KiB and passes, as libsodium has it."""


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Hash at the least cost."""
    with _costing(*LEAST):
        yield


@pytest.fixture
def usual_cost() -> Iterator[None]:
    """Hash as people's passwords are."""
    with _costing(*USUAL):
        yield


@contextmanager
def _costing(memory_kib: int, passes: int) -> Iterator[None]:
    before = hashing.MEMORY_KIB, hashing.PASSES
    _set(memory_kib, passes)
    yield
    _set(*before)


def _set(memory_kib: int, passes: int) -> None:
    hashing.MEMORY_KIB, hashing.PASSES = memory_kib, passes
    hashing._dummy_hash.cache_clear()  # that of unknown people
