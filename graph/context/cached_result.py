"""A result that is worked out once, however many ask for it at once."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class CachedResult(Generic[T]):
    """One result, or one error, for all who ask; the first of them has it worked out."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        """Keep the work for whoever asks first."""
        self._work = work
        self._working = asyncio.Lock()
        self._results: list[T] = []
        self._error: Exception | None = None

    @property
    def found(self) -> T | None:
        """The result, if it is there already."""
        return self._results[0] if self._results else None

    def replace(self, result: T) -> None:
        """Have another result from now on."""
        self._results = [result]

    async def get(self) -> T:
        """Return the result, or raise the error, at once or when it is there."""
        if not self._results:
            async with self._working:
                if self._error is None and not self._results:
                    try:
                        self._results.append(await self._work())
                    except Exception as error:  # noqa: BLE001 - raised below, to all
                        self._error = error
        if self._error is not None:
            raise self._error
        return self._results[0]
