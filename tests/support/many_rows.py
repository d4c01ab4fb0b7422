"""Many rows, written without the rules; and how many are handled in one turn of the loop."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from frozen_clock import NOON
from tortoise.models import Model

from authberry import Auth
from authberry.events.ids import EventIds
from authberry.models import SecurityEvent, User


async def add_events(
    auth: Auth, user: User, number: int, kind: str = "profile_changed"
) -> list[UUID]:
    """Let so many things have happened to somebody, one a second since noon; returns the ids."""
    ids = EventIds()
    events = [
        SecurityEvent(id=ids.next(at), kind=kind, occurred_at=at, user_id=user.id)
        for at in (NOON + timedelta(seconds=second) for second in range(number))
    ]
    with auth.database.use():
        await SecurityEvent.bulk_create(events, batch_size=500)
    return [event.id for event in events]


async def add_people(auth: Auth, number: int) -> list[UUID]:
    """Let there be so many accounts, two a second since noon; returns the ids, newest first."""
    people = [
        User(id=uuid4(), email=f"{one}@example.com", created_at=NOON + timedelta(seconds=one // 2))
        for one in range(number)
    ]
    with auth.database.use():
        await User.bulk_create(people, batch_size=500)
    people.sort(key=lambda one: one.id.bytes)
    people.sort(key=lambda one: one.created_at, reverse=True)
    return [one.id for one in people]


class Turns:
    """Counts the turns that the event loop takes."""

    def __init__(self) -> None:
        """Count from nought."""
        self.number = 0

    async def count(self) -> None:
        """Count, until cancelled."""
        while True:
            self.number += 1
            await asyncio.sleep(0)


@asynccontextmanager
async def turns() -> AsyncIterator[Turns]:
    """Count the turns of the loop for as long as a block takes."""
    counted = Turns()
    task = asyncio.create_task(counted.count())
    yield counted
    task.cancel()
    await asyncio.wait([task])


async def most_in_memory(rows: AsyncIterator[object], model: type[Model]) -> int:
    """How many rows of a table are held at most while they are walked, looked at now and then."""
    most = number = 0
    async for _ in rows:
        number += 1
        if number % 100 == 0:
            gc.collect()
            held = sum(isinstance(one, model) for one in gc.get_objects())
            most = max(most, held)
    return most


async def most_in_a_turn(rows: AsyncIterator[object]) -> int:
    """How many rows a walk hands out at most without letting anybody else have a turn."""
    most = current = last = 0
    async with turns() as counted:
        async for _ in rows:
            current = current + 1 if counted.number == last else 1
            last, most = counted.number, max(most, current)
    return most
