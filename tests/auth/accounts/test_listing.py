"""People, listed for the operator: by a cursor, so that however many there are cost no memory."""

from many_rows import add_people, most_in_a_turn, most_in_memory

from authberry import Auth
from authberry.accounts.accounts import PAGE
from authberry.models import User


async def test_everybody_is_listed_once_a_page_in_memory(auth: Auth) -> None:
    """Also those who came in one moment; behind any of them the list goes on."""
    people = await add_people(auth, 3 * PAGE)
    assert [user.id async for user in auth.accounts.walk()] == people
    assert [user.id async for user in auth.accounts.walk(limit=PAGE + 1)] == people[: PAGE + 1]
    last = await auth.accounts.find(str(people[9]))
    assert [user.id async for user in auth.accounts.walk(limit=3, after=last)] == people[10:13]
    assert [user.id async for user in auth.accounts.walk(offset=3 * PAGE)] == []
    assert await most_in_a_turn(auth.accounts.walk()) <= PAGE
    assert await most_in_memory(auth.accounts.walk(), User) <= 2 * PAGE
