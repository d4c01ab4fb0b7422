"""Mails are taken one by one, as the ORM would, by one process each."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from frozen_clock import NOON
from table_rows import HOUR, SECOND, values

from authberry.models import OutboxMessage, Statements


async def message(**values: Any) -> OutboxMessage:
    """A mail that is due."""
    return await OutboxMessage.create(
        **{
            "id": uuid4(),
            "letter": "test",
            "payload": "sealed",
            "recipient_hash": "a hash",
            "last_error": "an error",
            "attempts": 3,
            "created_at": NOON - HOUR,
            "expires_at": NOON + HOUR,
            "due_at": NOON,
            **values,
        }
    )


async def test_a_mail_is_taken_as_the_orm_would(statements: Statements) -> None:
    """The one that has been due longest, and it alone; its attempts are one more."""
    later, first = await message(due_at=NOON - SECOND), await message(due_at=NOON - HOUR)
    first = await OutboxMessage.get(id=first.id)  # with the driver's types
    taken = await statements.outbox.take(NOON, NOON + HOUR, ["other", "test"])
    assert taken is not None
    first.due_at, first.attempts = NOON + HOUR, 4
    assert values(taken) == values(first)
    assert values(await OutboxMessage.get(id=first.id)) == values(taken)
    left = await OutboxMessage.get(id=later.id)
    assert (left.due_at, left.attempts) == (later.due_at, later.attempts)


@pytest.mark.parametrize(
    ("values", "letters", "is_taken"),
    [
        ({}, ["test"], True),
        ({"due_at": NOON + SECOND}, ["test"], False),
        ({}, ["other"], False),
        ({}, [], False),
        ({"expires_at": NOON}, ["other"], True),
        ({"expires_at": NOON}, [], True),
        ({"expires_at": NOON, "due_at": NOON + SECOND}, ["test"], False),
    ],
    ids=["due", "not due", "another", "none", "another, too late", "none, too late", "too early"],
)
async def test_a_mail_is_taken_by_who_knows_it_or_when_it_is_too_late(
    statements: Statements, values: dict[str, Any], letters: list[str], *, is_taken: bool
) -> None:
    """And when it is due."""
    due = await message(**values)
    taken = await statements.outbox.take(NOON, NOON + HOUR, letters)
    assert (taken is not None) == is_taken
    row = await OutboxMessage.get(id=due.id)
    assert (row.attempts, row.due_at) == (
        (4, NOON + HOUR) if is_taken else (due.attempts, due.due_at)
    )


async def test_a_mail_that_is_taken_is_taken_by_nobody_else(statements: Statements) -> None:
    """Of several who ask at once, each gets another."""
    ids = {(await message()).id for _ in range(5)}
    asked = [statements.outbox.take(NOON, NOON + HOUR, ["test"]) for _ in range(8)]
    taken = [one.id for one in await asyncio.gather(*asked) if one]
    assert len(taken) == 5
    assert set(taken) == ids
