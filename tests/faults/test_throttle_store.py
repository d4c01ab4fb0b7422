"""Valkey, which counts the attempts of every server, goes away."""

import asyncio
import time

from browser import data
from database_servers import Valkey
from documents import LOGIN
from fault_table import FaultTable, seconds_until
from logged_in_user import LogIn

WRONG = {"email": "ada@example.com", "password": "a wrong one"}


async def test_without_valkey_each_server_counts_by_itself(
    log_in: LogIn, valkey: Valkey, table: FaultTable
) -> None:
    """Guesses are still counted, and who is honest notices nothing; then it is shared again."""
    ada = await log_in(throttle_url=valkey.url, login_attempts="3/hour")
    await asyncio.to_thread(valkey.stop)
    try:
        began = time.monotonic()
        assert await ada.is_served()
        patience = time.monotonic() - began
        guesses = [data(await ada.browser.ask(LOGIN, WRONG))["__typename"] for _ in range(5)]
    finally:
        await asyncio.to_thread(valkey.start)

    async def is_shared() -> bool:
        await ada.browser.ask(LOGIN, WRONG)
        with valkey.client() as client:
            return bool(client.dbsize())

    recovery = await seconds_until(is_shared)
    assert guesses == ["InvalidCredentials"] * 3 + ["TooManyAttempts"] * 2
    assert await ada.is_served()
    table.note(
        "Valkey killed",
        answer=f"the usual one, the first after {patience:.1f} s; each server counts by itself",
        rows="as ever",
        recovery=recovery,
    )
