"""Events are added and deleted, never changed: PostgreSQL sees to it, whoever asks."""

from collections.abc import Awaitable, Callable

import asyncpg
import pytest
from rows import everything

from authberry import Auth
from authberry.models import SecurityEvent

MakeAuth = Callable[..., Awaitable[Auth]]

pytestmark = pytest.mark.one_process("each process has a store of its own")


async def test_no_event_can_be_changed(make_auth: MakeAuth) -> None:
    """Not even to what it says already."""
    auth = await make_auth(event_ttl=86400)
    await auth.accounts.create("ada@example.com", None)
    await auth.resources.events.flush()
    before = await everything(auth)
    for kind in ("logged_out", "registered"):
        with pytest.raises(asyncpg.RaiseError, match="never changed"), auth.database.use():
            await SecurityEvent.all().update(kind=kind)
    assert await everything(auth) == before
