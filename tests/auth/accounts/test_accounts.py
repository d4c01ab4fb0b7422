"""Accounts that the operator makes, finds, disables and enables."""

from datetime import timedelta

import pytest
from bobs_account import NEW_PASSWORD, bob, log_in
from frozen_clock import FrozenClock
from people import BROWSER, outcome
from rows import session_row, user_row

from authberry import Auth
from authberry.errors import (
    InvalidCredentials,
    SessionRevoked,
    WeakPassword,
)
from authberry.models import User

__all__ = ["bob"]


async def test_disabling_ends_every_session_and_enabling_brings_none_back(
    auth: Auth, bob: User, clock: FrozenClock
) -> None:
    """Nobody logs in meanwhile; afterwards the password is as good as before."""
    issued = await log_in(auth)
    clock.tick(5)

    await auth.accounts.disable(bob, BROWSER)

    assert (await user_row(auth, bob))["disabled_at"] == clock.now()
    row = await session_row(auth, issued)
    assert (row["revoked_at"], row["revoked_reason"]) == (clock.now(), "disabled")
    with pytest.raises(InvalidCredentials):
        await log_in(auth)

    await auth.accounts.enable(bob, BROWSER)
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
    await log_in(auth)


async def test_a_password_set_by_the_operator_ends_every_session(auth: Auth, bob: User) -> None:
    """It is held to the same rules; somebody without a password can then log in."""
    issued = await log_in(auth)
    with pytest.raises(WeakPassword):
        await auth.accounts.password_changes.set(bob, "password", BROWSER)
    await auth.accounts.password_changes.set(bob, NEW_PASSWORD, BROWSER)
    assert (await session_row(auth, issued))["revoked_reason"] == "password set"
    await log_in(auth, NEW_PASSWORD)
    eve = await auth.accounts.create("eve@example.com", None)
    await auth.accounts.password_changes.set(eve, NEW_PASSWORD, BROWSER)
    await log_in(auth, NEW_PASSWORD, "eve@example.com")


async def test_people_are_found_by_id_and_by_any_spelling_of_their_address(
    auth: Auth, bob: User
) -> None:
    """Whoever is not there is not found."""
    for name in (str(bob.id), "bob@example.com", " BOB@Example.com"):
        found = await auth.accounts.find(name)
        assert found is not None
        assert found.id == bob.id
    assert await auth.accounts.find("nobody@example.com") is None
    assert await auth.accounts.find("00000000-0000-0000-0000-000000000000") is None


async def test_people_are_listed_newest_first_page_by_page(auth: Auth, clock: FrozenClock) -> None:
    """Every one once."""
    people = []
    for number in range(5):
        people.append((await auth.accounts.create(f"a{number}@example.com", None)).id)
        clock.tick(timedelta(seconds=1))
    pages = [auth.accounts.walk(limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [user.id for page in pages async for user in page] == people[::-1]
