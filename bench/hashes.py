"""What the password library can do by itself: `python -m bench.hashes SECONDS THREADS`.

The same hashes that a login makes, on so many threads, and nothing else: once through the library
and once through our own threads around it.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from nacl.pwhash import argon2id

from authberry.metrics import Metrics
from authberry.passwords.hashing import MEMORY_KIB, PASSES, PasswordHasher, prepare
from bench.contestants import PASSWORD


def of_the_library(seconds: float, threads: int) -> float:
    """Verify with the library on plain threads; returns how many a second."""
    password = PASSWORD.encode()
    stored = argon2id.str(password, PASSES, MEMORY_KIB * 1024)

    def until(deadline: float) -> Iterator[float]:
        while time.perf_counter() < deadline:
            argon2id.verify(stored, password)
            yield time.perf_counter()

    began = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        ends = [pool.submit(list, until(began + seconds)) for _ in range(threads)]
        return sum(len(one.result()) / (one.result()[-1] - began) for one in ends)


async def of_our_threads(seconds: float, threads: int) -> float:
    """Verify through `PasswordHasher`; returns how many a second."""
    passwords = PasswordHasher(Metrics(), workers=threads)
    prepared = prepare(PASSWORD)
    stored = await passwords.hash(prepared)
    began = time.perf_counter()

    async def until(deadline: float) -> int:
        count = 0
        while time.perf_counter() < deadline:
            count += await passwords.verify(stored, prepared)
        return count

    counts = await asyncio.gather(*(until(began + seconds) for _ in range(2 * threads)))
    passwords.close()
    return sum(counts) / (time.perf_counter() - began)


if __name__ == "__main__":
    _, seconds, threads = sys.argv
    print(  # noqa: T201 - for whoever started it
        json.dumps(
            {
                "library_per_second": of_the_library(float(seconds), int(threads)),
                "our_threads_per_second": asyncio.run(of_our_threads(float(seconds), int(threads))),
            }
        )
    )
