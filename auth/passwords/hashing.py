"""Passwords: how they are prepared, hashed and proved. The one file that imports argon2 and nacl.

libsodium makes our hashes, in half of argon2-cffi's time; argon2-cffi reads what others have made.
"""

import asyncio
import os
import re
import secrets
import sys
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from typing import NewType, TypeVar

from argon2 import PasswordHasher as Argon2Hasher
from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from nacl.exceptions import InvalidkeyError
from nacl.pwhash import argon2id

from authberry.errors import InvalidInput, ServiceUnavailable
from authberry.metrics import Metrics

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

_LIKE_OURS = re.compile(
    r"\$argon2id\$v=19\$m=[0-9]+,t=[0-9]+,p=[0-9]+\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}"
)
"""What libsodium makes and, of whatever cost, reads: a salt of 16 bytes, a hash of 32."""

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
        self._other_hashers = Argon2Hasher()
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
            password_hash: None for somebody unknown or without a password: never true, but as slow.
            password: What was typed.

        Raises:
            ServiceUnavailable: too many are waiting.
        """
        matches = await self._run(
            lambda: self._matches(password_hash or self._dummy_hash, password)
        )
        return matches and bool(password_hash)

    def is_outdated(self, password_hash: str) -> bool:
        """Whether the hash is of another kind than today's, or cost less to make."""
        made, today = extract_parameters(password_hash), extract_parameters(self._dummy_hash)
        cost = made.memory_cost * made.time_cost
        return (
            (made.type, made.version) != (today.type, today.version)
            or made.salt_len < today.salt_len
            or cost < today.memory_cost * today.time_cost
        )

    def close(self) -> None:
        """Drop what still waits, and end the threads; a later hash begins others."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._threads = self._make_threads()

    def _make_threads(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(
            self._workers, thread_name_prefix="argon2", initializer=_lower_priority
        )

    def _matches(self, password_hash: str, password: PreparedPassword) -> bool:
        try:
            if _LIKE_OURS.fullmatch(password_hash):
                return argon2id.verify(password_hash.encode(), password.encode())
            return self._other_hashers.verify(password_hash, password)
        except (InvalidkeyError, VerifyMismatchError):
            return False
        except (InvalidHashError, VerificationError, UnicodeEncodeError):
            # It cannot be read. It must not be told from a wrong password by the time either.
            self._matches(self._dummy_hash, password)
            return False

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
