"""Many at once: one account, one identity, one answer of each kind."""

import asyncio

from apps import person
from browser import Browser, data
from external_logins import (
    UNLINK_IDENTITY,
    Traveller,
    identity_rows,
    link_to,
    login_rows,
    people,
)
from people import begin
from stand_in_provider import StandInProvider
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import User

MANY = 20


async def travellers(app: Starlette, server: StandInProvider) -> list[Traveller]:
    """The same person in twenty browsers, back from the provider in all of them."""
    there = [Traveller(Browser(app, address=f"198.51.100.{n + 1}"), server) for n in range(MANY)]
    await asyncio.gather(*(one.travel() for one in there))
    return there


async def test_a_person_who_comes_twenty_times_at_once_has_one_account(
    app: Starlette, server: StandInProvider, auth: Auth
) -> None:
    """Whoever is overtaken is logged in to it."""
    there = await travellers(app, server)
    answers = await asyncio.gather(*(one.complete() for one in there))
    assert {one["__typename"] for one in answers} == {"AuthPayload"}
    assert len({one["user"]["id"] for one in answers}) == 1
    assert len(await people(auth)) == 1
    assert len(await identity_rows(auth)) == 1
    assert await login_rows(auth) == []


async def test_one_answer_that_is_brought_twenty_times_at_once_is_taken_once(
    traveller: Traveller, auth: Auth
) -> None:
    """And its code is sent to the provider once."""
    brought = traveller.log_in_there((await traveller.begin())["authorizationUrl"])
    answers = await asyncio.gather(*(traveller.come_back(brought) for _ in range(MANY)))
    assert sorted(one.status_code for one in answers) == [303, *[400] * (MANY - 1)]
    assert traveller.server.paths().count("/token") == 1
    ends = await asyncio.gather(*(traveller.complete() for _ in range(MANY)))
    assert sorted(one["__typename"] for one in ends) == [
        "AuthPayload",
        *["InvalidToken"] * (MANY - 1),
    ]
    assert len(await people(auth)) == 1


async def test_of_two_people_who_link_the_same_login_at_once_one_does(
    app: Starlette, server: StandInProvider, auth: Auth
) -> None:
    """The other is told that it is in use."""
    there = []
    for email in ("ada@example.com", "bob@example.com"):
        user = await person(auth, email)
        issued = await begin(auth, user)
        one = Traveller(Browser(app), server, token=issued.access_token.value)
        await one.travel(intent="LINK")
        there.append(one)
    answers = await asyncio.gather(*(one.complete() for one in there))
    assert sorted(one["__typename"] for one in answers) == ["IdentityInUse", "IdentityLinked"]
    assert len(await identity_rows(auth)) == 1


async def test_of_two_that_unlink_the_last_two_ways_in_one_does(
    traveller: Traveller, auth: Auth
) -> None:
    """Somebody can still log in."""
    answer = await traveller.log_in()
    (row,) = await people(auth)
    with auth.database.use():
        await User.filter(id=row["id"]).update(email_verified=False)
        user = await User.get(id=row["id"])
    await link_to(auth, user, subject="another")
    ids = [str(one["id"]) for one in await identity_rows(auth)]
    answers = await asyncio.gather(
        *(
            traveller.browser.ask(UNLINK_IDENTITY, {"id": one}, token=answer["accessToken"])
            for one in ids
        )
    )
    assert sorted(data(one)["__typename"] for one in answers) == ["IdentityUnlinked", "LastWayIn"]
    assert len(await identity_rows(auth)) == 1
