"""Passwords: how they are prepared, hashed and proved. The one file that imports argon2 and nacl.

libsodium computes hashes like ours, in half of argon2-cffi's time; argon2-cffi all others.
"""

import asyncio
import hmac
import os
import secrets
import sys
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import NewType, TypeVar

from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

from authberry.errors import InvalidInput, ServiceUnavailable
from authberry.metrics import Metrics
from authberry.models.event_logger import event_logger
from authberry.passwords.stored_hashes import StoredHash, UnusableHash

logger = event_logger("authberry.passwords")

PreparedPassword = NewType("PreparedPassword", str)
"""A password as it is hashed, so that a raw one cannot be passed for it."""

PasswordHash = NewType("PasswordHash", str)
"""An Argon2id hash in PHC form: salt and parameters are in it."""

MAX_BYTES = 1024
# OWASP Password Storage Cheat Sheet; RFC 9106. On one lane, 10 to 20 ms on one core.
MEMORY_KIB, PASSES = 19456, 2
# Time, in a number that can be told at once: at 20 ms each the last one waits 8 s, and an operation
# that takes 10 is given up.
QUEUE_PER_WORKER = 400
# A hash gets a seventh of a core that answers all the while. `me` then takes 2.4 times its time at
# the 99th percentile while 300 logins wait; without, five times.
NICENESS = 8

_KINDS = {"argon2id": Type.ID, "argon2i": Type.I, "argon2d": Type.D}
_LIKE_OURS = "argon2id", 19, 1, argon2id.SALTBYTES
"""Kind, version, lanes and length of the salt of what libsodium computes, of whatever cost."""

T = TypeVar("T")


def prepare(password: str, *, field: str = "password") -> PreparedPassword:
    """Bring a password into the one spelling that is hashed: NFKC, nothing trimmed, nothing folded.

    Raises:
        InvalidInput: longer than 1024 bytes, or not text that can be stored. Nothing was hashed.
    """
    try:
        normalized = unicodedata.normalize("NFKC", password[: MAX_BYTES + 1])
        size = max(len(password.encode()), len(normalized.encode()))
    except UnicodeEncodeError:
        raise InvalidInput(field, "This text has characters that are not Unicode.") from None
    if size > MAX_BYTES:
        raise InvalidInput(field, f"A password may have {MAX_BYTES} bytes at most.")
    if "\0" in normalized:
        raise InvalidInput(field, "This text has a NUL character.")
    return PreparedPassword(normalized)


class PasswordHasher:
    """Hashes on threads of its own, as many as there are cores, so that the event loop never waits.

    More threads than cores make hashing slower, and an endless queue only turns a flood into a
    time-out for everybody; so both are bounded.
    """

    def __init__(self, metrics: Metrics, *, workers: int | None = None) -> None:
        """Make the threads and, once a process, the hash that stands for unknown people."""
        self._metrics = metrics
        self._workers = workers or _cores()
        self._threads = self._make_threads()
        self._waiting = 0
        self._dummy_hash = _dummy_hash()

    @property
    def waiting(self) -> int:
        """How many have asked for a hash and have not got it: those who queue, and one a thread."""
        return self._waiting

    async def hash(self, password: PreparedPassword) -> PasswordHash:
        """Hash with a new salt; raises `ServiceUnavailable` when too many are waiting."""
        return await self._run(lambda: _hash(password))

    async def verify(self, password_hash: str | None, password: PreparedPassword) -> bool:
        """Check a password in the time of exactly one hash, whoever it is for.

        Args:
            password_hash: None for somebody unknown or without a password: never true, but as slow;
                and so is one that cannot be verified, of which the log tells.
            password: What was typed.

        Raises:
            ServiceUnavailable: too many are waiting.
        """
        stored = _readable(password_hash) if password_hash else None
        compared = stored or StoredHash.read(self._dummy_hash)
        matches = await self._run(lambda: self._matches(compared, password))
        return matches and stored is not None

    def is_outdated(self, password_hash: str) -> bool:
        """Whether a hash that was verified is of another kind than today's, or cost less."""
        made, today = StoredHash.read(password_hash), StoredHash.read(self._dummy_hash)
        return (
            (made.kind, made.version) != (today.kind, today.version)
            or len(made.salt) < len(today.salt)
            or made.work_kib < today.work_kib
        )

    def close(self) -> None:
        """Drop what still waits, and end the threads; a later hash begins others."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._threads = self._make_threads()

    def _make_threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(
            self._workers, thread_name_prefix="argon2", initializer=_lower_priority
        )

    def _matches(self, stored: StoredHash, password: PreparedPassword) -> bool:
        try:
            computed = _compute(stored, password)
        except (CryptoError, HashingError) as error:
            # Memory or threads are not to be had. By the time it is a wrong password all the same.
            _log_unusable(type(error).__name__)
            _compute(StoredHash.read(self._dummy_hash), password)
            return False
        return hmac.compare_digest(computed, stored.digest)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._workers * QUEUE_PER_WORKER:
            raise ServiceUnavailable
        self._waiting += 1
        try:
            with self._metrics.hash_queue.track_inprogress(), self._metrics.hash_seconds.time():
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


def _cores() -> int:
    """Those this process may use, which in a container are fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _hash(password: PreparedPassword) -> PasswordHash:
    made = argon2id.str(password.encode(), PASSES, MEMORY_KIB * 1024)
    return PasswordHash(made.decode("ascii"))


def _compute(stored: StoredHash, password: PreparedPassword) -> bytes:
    """Hash a password as another was hashed."""
    secret, size = password.encode(), len(stored.digest)
    shape = stored.kind, stored.version, stored.lanes, len(stored.salt)
    if shape == _LIKE_OURS and size >= argon2id.BYTES_MIN:
        return argon2id.kdf(size, secret, stored.salt, stored.passes, stored.memory_kib * 1024)
    return hash_secret_raw(
        secret,
        stored.salt,
        time_cost=stored.passes,
        memory_cost=stored.memory_kib,
        parallelism=stored.lanes,
        hash_len=size,
        type=_KINDS[stored.kind],
        version=stored.version,
    )


def _readable(password_hash: str) -> StoredHash | None:
    try:
        return StoredHash.read(password_hash)
    except UnusableHash as error:
        _log_unusable(str(error))
        return None


def _log_unusable(cause: str) -> None:
    """Tell the operator; whose it is, the event of the failed login says, by its request."""
    logger.warning("stored hash not verifiable", extra={"cause": cause})


@cache
def _dummy_hash() -> PasswordHash:
    """Make the hash of a secret that is thrown away."""
    return _hash(PreparedPassword(secrets.token_urlsafe(32)))


def _lower_priority() -> None:
    """Let the event loop go first where this thread and it want the same core.

    Only Linux has a niceness for each thread. It may only be raised, whatever the process began at.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            niceness = os.getpriority(os.PRIO_PROCESS, 0)
            os.setpriority(os.PRIO_PROCESS, 0, niceness + NICENESS)
