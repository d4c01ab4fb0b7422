"""What the hashing libraries, which are not ours, compute."""

import pytest
from argon2.low_level import hash_secret_raw
from cheap_hashes import USUAL
from nacl.pwhash import argon2id

from authberry.passwords import hashing

Work = tuple[int, int, int]
"""KiB, passes and lanes of one hash."""

OURS: Work = (*USUAL, 1)


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch, usual_cost: None) -> list[Work]:
    """Every hash that was computed to compare a password with it; not what a library refused."""
    done: list[Work] = []
    kdf = argon2id.kdf

    def by_libsodium(size: int, secret: bytes, salt: bytes, passes: int, memory: int) -> bytes:
        digest = kdf(size, secret, salt, passes, memory)
        done.append((memory // 1024, passes, 1))
        return digest

    def by_argon2(*arguments: object, **cost: object) -> bytes:
        digest = hash_secret_raw(*arguments, **cost)  # type: ignore[arg-type]
        done.append((cost["memory_cost"], cost["time_cost"], cost["parallelism"]))  # type: ignore[arg-type]
        return digest

    monkeypatch.setattr(argon2id, "kdf", by_libsodium)
    monkeypatch.setattr(hashing, "hash_secret_raw", by_argon2)
    return done
