"""How often something may be tried, counted before it is tried."""

import hashlib
import math
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn, TypeVar

from limits import RateLimitItem
from limits.aio.strategies import MovingWindowRateLimiter

from authberry.client import Client
from authberry.errors import TooManyAttempts
from authberry.events import Event, SecurityLog
from authberry.models.event_logger import event_logger
from authberry.settings import read_throttle_url
from authberry.throttle_store import STORE_ERRORS, StoreProblem, ThrottleStore

logger = event_logger("authberry.throttle")

T = TypeVar("T")

STORE_TIMEOUT = 0.5  # seconds
STORE_RETRY = 5.0  # seconds without asking a store that did not answer
SWEPT_AT_ONCE = 2
"""How many windows are looked at, and given up if they are past, for each that is asked for. More
than are added, so that they are few; few, so that nobody waits while a million are looked at."""


@dataclass(frozen=True, slots=True)
class Budget:
    """So many attempts for one subject: `("login", "account", email)`."""

    limit: RateLimitItem | None
    subject: tuple[str, ...]

    @property
    def key(self) -> str:
        """The subject as it is stored: nobody's address stands in the store."""
        return hashlib.sha256("\0".join(self.subject).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Excess:
    """A budget that is empty."""

    budget: Budget
    retry_after: int
    """In how many seconds it will hold an attempt again."""


@dataclass(slots=True)
class Window:
    """The attempts of the last while at one budget, as this process knows them."""

    ends: deque[float]
    """When each leaves the window, oldest first; no more than the budget has."""
    alone_until: float = 0.0
    """Until when one of them is here that was granted without the store."""


class LocalWindows:
    """Counts in this process, each attempt in one step; moving windows, as in the store."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._windows: OrderedDict[str, Window] = OrderedDict()
        """The one that was looked at longest ago first."""

    def take(self, limit: RateLimitItem, key: str) -> bool:
        """Take one attempt, without the store; returns whether there was one."""
        now = time.time()
        window = self._window(limit, key, now)
        if len(window.ends) >= limit.amount:
            return False
        window.alone_until = now + limit.get_expiry()
        window.ends.append(window.alone_until)
        return True

    def confirm(self, limit: RateLimitItem, key: str) -> bool:
        """Count an attempt that the store has granted; returns whether it may be made.

        It may not where attempts that were granted without the store have used up the budget. Else
        the store alone decides: elsewhere it may have been filled again, which is not known here.
        """
        now = time.time()
        window = self._window(limit, key, now)
        if now < window.alone_until and len(window.ends) >= limit.amount:
            return False
        window.ends.append(now + limit.get_expiry())
        return True

    def is_spent(self, limit: RateLimitItem, key: str) -> bool:
        """Whether there is no attempt left."""
        return len(self._window(limit, key, time.time()).ends) >= limit.amount

    def frees_at(self, limit: RateLimitItem, key: str) -> float:
        """When the oldest attempt leaves the window, or now; in seconds since 1970."""
        now = time.time()
        window = self._window(limit, key, now)
        return window.ends[0] if window.ends else now

    def clear(self, limit: RateLimitItem, key: str) -> None:
        """Forget all attempts at a budget."""
        self._windows.pop(limit.key_for(key), None)

    def _window(self, limit: RateLimitItem, key: str, now: float) -> Window:
        self._sweep(now)
        at = limit.key_for(key)
        window = self._windows.get(at)
        if window is None:
            window = self._windows[at] = Window(deque(maxlen=limit.amount))
        while window.ends and window.ends[0] <= now:
            window.ends.popleft()
        return window

    def _sweep(self, now: float) -> None:
        for _ in range(min(SWEPT_AT_ONCE, len(self._windows))):
            at, window = self._windows.popitem(last=False)
            if window.ends and window.ends[-1] > now:
                self._windows[at] = window


class Throttle:
    """Counts attempts in Valkey or in memory; moving windows, so that no edge doubles a budget.

    What the store grants is counted here as well: where the store fails, or answers too late, what
    this process has granted before is not granted again.
    """

    def __init__(self, url: str, log: SecurityLog) -> None:
        """Count in memory for `memory://`, else in the store that the URL names.

        Raises:
            ValueError: it names none; settings have been checked for that.
        """
        self._log = log
        self._local = LocalWindows()
        self._resume_at = 0.0
        store = read_throttle_url(url)
        self._store = ThrottleStore(store, STORE_TIMEOUT) if store else None

    async def spend(self, client: Client, *budgets: Budget) -> None:
        """Take one attempt from each budget, the narrowest first.

        A check and its count are one step of the store, so that however many ask at once, no more
        get through than the budget holds.

        Raises:
            TooManyAttempts: one of them is empty. Those behind it were not touched.
        """
        if (excess := await self.excess(*budgets)) is not None:
            self.refuse(client, excess)

    async def excess(self, *budgets: Budget) -> Excess | None:
        """Do as `spend`, but say which of them is empty; None if none is."""
        for budget in budgets:
            if budget.limit is not None and not await self._take(budget.limit, budget.key):
                return Excess(budget, await self._wait(budget.limit, budget.key))
        return None

    def refuse(self, client: Client, excess: Excess) -> NoReturn:
        """Record that there were too many attempts, and raise `TooManyAttempts`."""
        self._log.record(Event.ATTEMPTS_EXCEEDED, client, reason=excess.budget.subject[0])
        raise TooManyAttempts(excess.retry_after)

    async def is_spent(self, budget: Budget) -> bool:
        """Whether a budget is empty; nothing is taken from it."""
        if budget.limit is None:
            return False
        limit, key = budget.limit, budget.key
        is_left = await self._ask(lambda limiter: limiter.test(limit, key))
        return self._local.is_spent(limit, key) if is_left is None else not is_left

    async def take(self, budget: Budget) -> bool:
        """Take one attempt that nobody asked for; returns whether there was one."""
        return budget.limit is None or await self._take(budget.limit, budget.key)

    async def restore(self, *budgets: Budget) -> None:
        """Fill budgets up again, when an attempt turned out to be honest."""
        for budget in budgets:
            if budget.limit is not None:
                await self._clear(budget.limit, budget.key)

    async def close(self) -> None:
        """Close the connections to the store; a later attempt opens them again."""
        if self._store is not None:
            await self._store.close()

    async def problem(self) -> StoreProblem | None:
        """Ask the configured store why it cannot be used; None if it can, and of memory."""
        return await self._store.check() if self._store else None

    async def _wait(self, limit: RateLimitItem, key: str) -> int:
        """In how many seconds a budget that was found empty will hold an attempt, at least 1."""
        window = await self._ask(lambda limiter: limiter.get_window_stats(limit, key))
        if window and not window.remaining:
            frees_at = window.reset_time
        else:  # the store is away, or has granted it: it was refused here
            frees_at = self._local.frees_at(limit, key)
        return max(1, math.ceil(frees_at - time.time()))

    async def _take(self, limit: RateLimitItem, key: str) -> bool:
        is_granted = await self._ask(lambda limiter: limiter.hit(limit, key))
        if is_granted is None:
            return self._local.take(limit, key)
        return is_granted and self._local.confirm(limit, key)

    async def _clear(self, limit: RateLimitItem, key: str) -> None:
        self._local.clear(limit, key)
        await self._ask(lambda limiter: limiter.clear(limit, key))

    async def _ask(self, question: Callable[[MovingWindowRateLimiter], Awaitable[T]]) -> T | None:
        """Ask the shared store; None where there is none, or it does not answer."""
        if self._store is None or time.monotonic() < self._resume_at:
            return None
        try:
            return await question(self._store.limiter)
        except STORE_ERRORS as error:
            self._resume_at = time.monotonic() + STORE_RETRY
            problem = self._store.problem_of(error)
            logger.warning("throttle store unavailable", extra={"cause": str(problem)})
            return None
