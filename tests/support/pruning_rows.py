"""What is to be pruned, and what is looked at of it."""

import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import pytest
from factor_rows import (
    add_pending_login,
)
from frozen_clock import FrozenClock
from people import BROWSER, begin
from rows import everything

from authberry import Auth
from authberry.events.log import Event
from authberry.models import User
from authberry.settings import LinkPurpose

MakeAuth = Callable[..., Awaitable[Auth]]
LOGGER = "authberry.pruning"


async def sessions_left(auth: Auth) -> set[UUID]:
    """The ids of the rows there are."""
    return {row["id"] for row in (await everything(auth))["RefreshToken"]}


async def make_dead(auth: Auth, ada: User, clock: FrozenClock, number: int) -> None:
    """Let sessions begin and end, and two days go by."""
    for _ in range(number):
        await begin(auth, ada)
    await auth.sessions.revocation.revoke_all(ada.id, BROWSER, reason="operator")
    clock.tick(timedelta(days=2))


async def make_due(auth: Auth, clock: FrozenClock, *, accounts: int, others: int) -> None:
    """Let accounts, links, events and sessions all be over."""
    people = [
        await auth.accounts.create(f"{number}@example.com", None) for number in range(accounts)
    ]
    ada = await auth.accounts.create("ada@example.com", None)
    for _ in range(others):
        await auth.links.tokens.issue(ada, LinkPurpose.RESET_PASSWORD)
        await add_pending_login(auth, ada)
        auth.resources.log.record(Event.LOGIN_SUCCEEDED, BROWSER, user_id=ada.id)
    await auth.resources.events.flush()
    with auth.database.use():
        await User.filter(id__in=[one.id for one in people]).update(deletes_at=clock.now())
    await make_dead(auth, ada, clock, others)


def told(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What pruning has logged, beside what the database refused."""
    return [record for record in caplog.records if record.name == LOGGER]
