"""How often something may be tried, counted before it is tried."""

import hashlib
import logging
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from limits import RateLimitItem
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.storage.memory import Entry
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string

from authberry.client import Client
from authberry.errors import TooManyAttempts
from authberry.events import Event, SecurityLog

logger = logging.getLogger("authberry.throttle")

T = TypeVar("T")

STORE_TIMEOUT = 0.5  # seconds
STORE_RETRY = 5.0  # seconds without asking a store that did not answer
SWEEP_INTERVAL = 60.0  # seconds between two looks at which attempts are past


@dataclass(frozen=True, slots=True)
class Budget:
    """So many attempts for one subject: `("login", "account", email)`."""

    limit: RateLimitItem | None
    subject: tuple[str, ...]

    @property
    def key(self) -> str:
        """The subject as it is stored: nobody's address stands in the store."""
        return hashlib.sha256("\0".join(self.subject).encode()).hexdigest()[:32]


class LocalStorage(MemoryStorage):
    """Counts in this process, each attempt in one step.

    What `limits` has for this sweeps every key through a thread at each attempt, and stumbles over
    a key that is given back meanwhile.
    """

    def __init__(self) -> None:
        """Hold nothing yet."""
        super().__init__()
        self._sweep_at = 0.0

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Take `amount` of what the moving window has left; newest first, as `limits` reads it."""
        now = time.time()
        if now >= self._sweep_at:
            self._sweep_at = now + SWEEP_INTERVAL
            self.events = {key: held for key, held in self.events.items() if held[0].expiry > now}
        held = [entry for entry in self.events.get(key, ()) if entry.expiry > now]
        if len(held) + amount > limit:
            return False
        self.events[key] = [*(Entry(expiry) for _ in range(amount)), *held]
        return True


class Throttle:
    """Counts attempts in Valkey or in memory; moving windows, so that no edge doubles a budget."""

    def __init__(self, url: str, log: SecurityLog) -> None:
        """Count in memory for `memory://`, else in the store at `valkey://host:port/db`."""
        self._log = log
        self._local = MovingWindowRateLimiter(LocalStorage())
        self._store: RedisStorage | None = None
        self._shared: MovingWindowRateLimiter | None = None
        self._resume_at = 0.0
        if url != "memory://":
            options = {"socket_timeout": STORE_TIMEOUT, "socket_connect_timeout": STORE_TIMEOUT}
            store = storage_from_string(f"async+{url}", wrap_exceptions=True, **options)
            assert isinstance(store, RedisStorage)  # noqa: S101 - Valkey is a kind of it
            self._store = store
            self._shared = MovingWindowRateLimiter(store)

    async def spend(self, client: Client, *budgets: Budget) -> None:
        """Take one attempt from each budget, the narrowest first.

        A check and its count are one step of the store, so that however many ask at once, no more
        get through than the budget holds.

        Raises:
            TooManyAttempts: one of them is empty. Those behind it were not touched.
        """
        for budget in budgets:
            if budget.limit is not None:
                await self._spend(client, budget, budget.limit)

    async def take(self, budget: Budget) -> bool:
        """Take one attempt that nobody asked for; returns whether there was one."""
        limit = budget.limit
        return limit is None or await self._ask(lambda limiter: limiter.hit(limit, budget.key))

    async def restore(self, *budgets: Budget) -> None:
        """Fill budgets up again, when an attempt turned out to be honest."""
        for budget in budgets:
            if budget.limit is not None:
                await self._clear(budget, budget.limit)

    async def close(self) -> None:
        """Close the connections to the store; a later attempt opens them again."""
        if self._store is not None:
            await self._store.bridge.storage.aclose()  # type: ignore[attr-defined]

    async def is_shared(self) -> bool:
        """Whether the configured store answers; true of memory."""
        return self._shared is None or await self._shared.storage.check()

    async def _clear(self, budget: Budget, limit: RateLimitItem) -> None:
        await self._ask(lambda limiter: limiter.clear(limit, budget.key))

    async def _spend(self, client: Client, budget: Budget, limit: RateLimitItem) -> None:
        if await self._ask(lambda limiter: limiter.hit(limit, budget.key)):
            return
        window = await self._ask(lambda limiter: limiter.get_window_stats(limit, budget.key))
        self._log.record(Event.ATTEMPTS_EXCEEDED, client, reason=budget.subject[0])
        raise TooManyAttempts(max(1, math.ceil(window.reset_time - time.time())))

    async def _ask(self, question: Callable[[MovingWindowRateLimiter], Awaitable[T]]) -> T:
        """Ask the shared store or, while that is away, this process's own memory."""
        if self._shared is not None and time.monotonic() >= self._resume_at:
            try:
                return await question(self._shared)
            except (StorageError, OSError) as error:
                self._resume_at = time.monotonic() + STORE_RETRY
                logger.warning("throttle store unavailable", extra={"cause": type(error).__name__})
        return await question(self._local)
