"""A service that knows which passwords have leaked, and answers by range."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest
from scripted_server import ScriptedServer, response

PADDING = "0" * 34


def digest(password: str) -> str:
    """As such services write it."""
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


class RangeService(ScriptedServer):
    """Speaks the protocol of Have I Been Pwned, unless it is told to answer otherwise."""

    def __init__(self) -> None:
        """Know of no leak yet."""
        super().__init__(self._answer)
        self.leaked: dict[str, int] = {}

    def leak(self, password: str, times: int = 1) -> None:
        """Know that a password has leaked."""
        self.leaked[digest(password)] = times

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        head = self.requests[-1].decode()
        prefix = head.split()[1].rpartition("/")[2]
        is_padded = "add-padding: true" in head.lower()
        await response(self._range(prefix, is_padded=is_padded).encode())(writer)

    def _range(self, prefix: str, *, is_padded: bool) -> str:
        """Every suffix behind a prefix, with lines that stand for nothing between them."""
        known = {"F" * 35: 3, **{one[5:]: n for one, n in self.leaked.items() if one[:5] == prefix}}
        padding = {f"{PADDING}{number:X}": 0 for number in range(10)} if is_padded else {}
        return "\r\n".join(f"{suffix}:{n}" for suffix, n in sorted({**padding, **known}.items()))


@pytest.fixture
async def range_service() -> AsyncIterator[RangeService]:
    """One that listens."""
    service = RangeService()
    await service.start()
    yield service
    await service.stop()
