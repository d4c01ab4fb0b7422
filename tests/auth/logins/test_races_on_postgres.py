"""Logins that begin at once, where several transactions write."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context

import pytest
from people import BROWSER, begin
from statements import Statements
from waiting import until

from authberry import Auth, RefreshTokenTransport
from authberry.models import RefreshToken

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.mark.one_process("it stops the statements of one")
async def test_a_login_waits_for_one_that_is_not_committed(
    make_auth: MakeAuth, statements: Statements
) -> None:
    """Else neither would count the other, and there would be a session more than may be."""
    auth = await make_auth(sessions_per_user=2)
    ada = await auth.accounts.create("ada@example.com", None)
    await begin(auth, ada)
    others: list[asyncio.Task[object]] = []

    async def log_in_meanwhile() -> None:
        observer = await auth.database.connect()
        # In a context of its own: it is no part of the transaction that it begins beside.
        other = asyncio.create_task(auth.sessions.begin(ada, BROWSER, BODY), context=Context())
        others.append(other)

        async def has_come_far() -> bool:
            return other.done() or await observer.fetchval(WAITING) > 0

        await until(has_come_far)
        await observer.close()

    login = auth.sessions.begin(ada, BROWSER, BODY)
    assert await statements.before(4, login, log_in_meanwhile)  # the commit
    await asyncio.gather(*others)
    with auth.database.use():
        assert await RefreshToken.filter(user_id=ada.id, revoked_at=None).count() == 2
