"""A session that begins by one statement, where there is one writer."""

from frozen_clock import NOON
from table_rows import person, session, unsaved

from authberry.models import RefreshToken, Statements, User


async def test_a_session_that_begins_alone_is_the_last_of_so_many(statements: Statements) -> None:
    """Not one beyond the limit, nor in an account that changed; what is over does not count."""
    user = await person()
    await session(user, revoked_at=NOON)
    await session(user, expires_at=NOON)
    await session(await person())
    rows = [unsaved(user) for _ in range(3)]
    begun = [await statements.sessions.begin_alone(row, user, 2) for row in rows]
    assert begun == [True, True, False]
    assert dict(await RefreshToken.get(id=rows[1].id)) == dict(rows[1])  # type: ignore[call-overload]
    await User.filter(id=user.id).update(password_hash="another")
    assert not await statements.sessions.begin_alone(rows[2], user, 9)
    assert not await RefreshToken.exists(id=rows[2].id)
