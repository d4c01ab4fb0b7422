"""Events are added as by the ORM, and not of somebody who is being deleted."""

import asyncio
from uuid import uuid4

from frozen_clock import NOON
from table_rows import person, values

from authberry.models import Database, NewEvent, SecurityEvent, Statements, User


async def test_events_are_added_as_by_the_orm(statements: Statements) -> None:
    """Every column, empty ones too; what is there already stays, and nobody's are left out."""
    user = await person()
    full = NewEvent(
        uuid4(), "login_failed", NOON, user.id, uuid4(), "shop", 'ünknown "🦊"', 7, "2001:db8::1",
        "Firefox", "r",
    )  # fmt: skip
    empty = NewEvent(uuid4(), "x", NOON.replace(microsecond=0))
    gone = NewEvent(uuid4(), "x", NOON, uuid4())
    await statements.events.add([full, empty, gone])
    await statements.events.add([NewEvent(full.id, "other", NOON, user.id)])

    read = {event.id: values(event) for event in await SecurityEvent.all()}
    await SecurityEvent.all().delete()
    columns = SecurityEvent._meta.fields_db_projection
    rows = [dict(zip(columns, event, strict=True)) for event in (full, empty)]
    await SecurityEvent.bulk_create([SecurityEvent(**row) for row in rows])
    assert read == {event.id: values(event) for event in await SecurityEvent.all()}
    assert set(read) == {full.id, empty.id}


async def test_no_event_is_added_while_somebody_is_deleted(
    database_url: str, database: Database, statements: Statements
) -> None:
    """Whoever adds one meanwhile waits, and then finds nobody."""
    user = await person()
    other = Database(database_url)
    await other.open()
    event = NewEvent(uuid4(), "x", NOON, user.id)

    async def add() -> None:
        with other.use():
            await Statements(other).events.add([event])

    async with database.transaction():
        await statements.events.block_additions()
        await User.filter(id=user.id).update(name="going")
        adding = asyncio.create_task(add())
        await asyncio.sleep(0.2)
        assert not adding.done()
        await User.filter(id=user.id).delete()
    await adding
    assert not await SecurityEvent.all().exists()
    await other.close()
