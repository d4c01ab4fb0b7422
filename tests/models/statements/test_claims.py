"""A claim rotates one session, once, on its conditions, and as the ORM would."""

from typing import Any
from uuid import UUID

import pytest
from frozen_clock import NOON
from table_rows import HOUR, SECOND, person, session, values

from authberry.models import Claim, RefreshToken, Statements


def claim(row: RefreshToken, **changes: Any) -> Claim:
    """The claim that is due for a session, at NOON, with a window of 30 seconds."""
    due = Claim(
        session_id=row.id,
        generation=3,
        token_hash="0" * 64,
        now=NOON,
        rotated_before=NOON - 30 * SECOND,
        or_after=NOON + 60 * SECOND,
        next_generation=4,
        next_hash="1" * 64,
        expires_at=NOON + HOUR + SECOND,
        user_agent="Safari",
        ip_address=None,
    )
    return due._replace(**changes)


async def test_a_claim_rotates_as_the_orm_would(statements: Statements) -> None:
    """It returns the row as it is afterwards, with its user, and the limit is the nearer one."""
    for absolute in (2 * HOUR, HOUR):
        row = await session(await person(), absolute_expires_at=NOON + absolute)
        claimed = await statements.sessions.claim(claim(row))
        by_orm = await RefreshToken.with_user(row.id)
        assert by_orm
        assert values(claimed) == values(by_orm)
        assert claimed
        assert values(claimed.user) == values(by_orm.user)
        assert claimed.expires_at == NOON + min(absolute, HOUR + SECOND)
        expected = {
            "generation": 4, "token_hash": "1" * 64, "rotated_at": NOON, "last_used_at": NOON,
            "expires_at": claimed.expires_at, "user_agent": "Safari", "ip_address": None,
        }  # fmt: skip
        changed = {name for name, value in values(by_orm).items() if value != values(row)[name]}
        assert changed - {"id", "user_id", "expires_at"} == set(expected) - {"expires_at"}
        assert {name: getattr(by_orm, name) for name in expected} == expected


async def test_of_two_claims_one_has_it(statements: Statements) -> None:
    """The condition is in the statement."""
    row = await session(await person())
    assert await statements.sessions.claim(claim(row))
    assert await statements.sessions.claim(claim(row)) is None


EDGES: dict[str, tuple[dict[str, Any], bool]] = {
    "never rotated": ({"rotated_at": None}, True),
    "rotated a window ago": ({"rotated_at": NOON - 30 * SECOND}, True),
    "rotated within it": ({"rotated_at": NOON - 29 * SECOND}, False),
    "by a clock that is ahead": ({"rotated_at": NOON + 60 * SECOND}, False),
    "by one too far ahead": ({"rotated_at": NOON + 61 * SECOND}, True),
    "another generation": ({"generation": 4}, False),
    "another hash": ({"token_hash": "2" * 64}, False),
    "revoked": ({"revoked_at": NOON}, False),
    "expired": ({"expires_at": NOON}, False),
    "about to expire": ({"expires_at": NOON + SECOND}, True),
}


@pytest.mark.parametrize(("row", "succeeds"), EDGES.values(), ids=EDGES)
async def test_a_claim_has_conditions(
    statements: Statements, row: dict[str, Any], *, succeeds: bool
) -> None:
    """Refused, it changes nothing."""
    stored = await session(await person(), **row)
    before = values(await RefreshToken.get(id=stored.id))
    assert (await statements.sessions.claim(claim(stored)) is not None) == succeeds
    assert (values(await RefreshToken.get(id=stored.id)) == before) != succeeds


async def test_nobody_disabled_claims(statements: Statements) -> None:
    """Although the session is live."""
    row = await session(await person(disabled_at=NOON))
    assert await statements.sessions.claim(claim(row)) is None


async def test_a_claim_is_of_one_session(statements: Statements) -> None:
    """Other sessions with the same token, if that could be, stay as they are."""
    user = await person()
    rows = [await session(user) for _ in range(3)]
    assert await statements.sessions.claim(claim(rows[1]))
    generations: dict[UUID, int] = dict(await RefreshToken.all().values_list("id", "generation"))
    assert generations == {rows[0].id: 3, rows[1].id: 4, rows[2].id: 3}
