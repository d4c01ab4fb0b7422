"""Logging in, refreshing and ending sessions, as often as may be."""

import asyncio
from collections import Counter

import pytest
from clocks_moved import WallClock, wall
from people import BROWSER, PASSWORD, PHONE, begin, refresh
from rows import everything
from throttles import BODY, MakeAuth, guess, guesses, url

from authberry import Client
from authberry.errors import InvalidCredentials, SessionNotFound, TooManyAttempts
from authberry.models import User
from authberry.sessions.viewers import Viewer

__all__ = ["url", "wall"]


@pytest.mark.one_process("in memory each counts by itself")
async def test_guesses_at_once_never_exceed_the_budget(make_auth: MakeAuth, url: str) -> None:
    """The attempt is counted before the password is hashed, not when that is done."""
    auth = await make_auth(throttle_url=url)
    await auth.accounts.create("ada@example.com", PASSWORD)
    hashed = 0
    matches = auth.passwords.hasher._matches

    def counted(*arguments: object) -> bool:
        nonlocal hashed
        hashed += 1
        return matches(*arguments)  # type: ignore[arg-type]

    auth.passwords.hasher._matches = counted  # type: ignore[method-assign,assignment]
    results = Counter(await asyncio.gather(*(guess(auth) for _ in range(50))))
    assert results == {InvalidCredentials: 5, TooManyAttempts: 45}
    assert hashed == 5


async def test_the_right_password_fills_the_budget_again(make_auth: MakeAuth) -> None:
    """Whoever mistypes now and then is never stopped; the sixth guess in a row is."""
    auth = await make_auth()
    await auth.accounts.create("ada@example.com", PASSWORD)
    for _ in range(4):
        assert await guesses(auth, 4) == {InvalidCredentials: 4}
        await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)
    assert await guesses(auth, 6) == {InvalidCredentials: 5, TooManyAttempts: 1}
    with pytest.raises(TooManyAttempts):
        await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)


async def test_a_stranger_cannot_keep_the_owner_out(make_auth: MakeAuth, wall: WallClock) -> None:
    """Whose address is used up at the stranger's is not at home; and it passes by itself."""
    auth = await make_auth(login_attempts="2/hour")
    await auth.accounts.create("ada@example.com", PASSWORD)
    assert await guesses(auth, 5) == {InvalidCredentials: 2, TooManyAttempts: 3}
    await auth.logins.passwords.login("ada@example.com", PASSWORD, PHONE, BODY)
    wall.now += 3601
    await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)


async def test_one_account_is_guarded_against_many_networks(make_auth: MakeAuth) -> None:
    """Fifty an hour, from wherever they come."""
    auth = await make_auth(login_attempts_per_account="10/hour")
    await auth.accounts.create("ada@example.com", PASSWORD)
    results = Counter(
        [await guess(auth, client=Client(f"198.51.100.{host}")) for host in range(30)]
    )
    assert results == {InvalidCredentials: 10, TooManyAttempts: 20}


async def test_many_accounts_are_guarded_against_one_network(make_auth: MakeAuth) -> None:
    """Whether they exist or not; all addresses of a /64 are one network."""
    auth = await make_auth(login_attempts_per_address="10/hour")
    results = Counter(
        [
            await guess(auth, f"person{number}@example.com", Client(f"2001:db8::{number:x}"))
            for number in range(30)
        ]
    )
    assert results == {InvalidCredentials: 10, TooManyAttempts: 20}
    assert await guess(auth, client=Client("2001:db8:0:1::1")) is InvalidCredentials


async def test_a_botnet_is_stopped_in_all(make_auth: MakeAuth) -> None:
    """Every network and every account new: there is a ceiling."""
    auth = await make_auth(login_attempts_in_all="10/hour")
    results = Counter(
        [
            await guess(auth, f"person{number}@example.com", Client(f"198.51.100.{number}"))
            for number in range(30)
        ]
    )
    assert results == {InvalidCredentials: 10, TooManyAttempts: 20}


@pytest.mark.parametrize("spelling", ["ADA@example.com", " ada@example.com ", "ada@EXAMPLE.com"])
async def test_another_spelling_is_no_new_budget(make_auth: MakeAuth, spelling: str) -> None:
    """The address is counted as it is looked up."""
    auth = await make_auth(login_attempts="2/hour")
    assert await guess(auth) is InvalidCredentials
    assert await guess(auth, spelling) is InvalidCredentials
    assert await guess(auth, spelling) is TooManyAttempts


async def test_refreshing_is_limited_by_network(make_auth: MakeAuth, ada: User) -> None:
    """Generously, and without a session's harm."""
    auth = await make_auth(refresh_attempts="3/hour")
    issued = await begin(auth, ada)
    for _ in range(3):
        await refresh(auth, issued.refresh_token)
    before = await everything(auth)
    with pytest.raises(TooManyAttempts) as refusal:
        await refresh(auth, issued.refresh_token)
    assert not refusal.value.session_over
    assert await everything(auth) == before
    await refresh(auth, issued.refresh_token, client=PHONE)


async def test_ending_sessions_is_limited_by_person(make_auth: MakeAuth, ada: User) -> None:
    """Nobody tries ids all day long."""
    auth = await make_auth(session_attempts="2/hour")
    viewer = Viewer(ada, (await begin(auth, ada)).session)
    for _ in range(2):
        with pytest.raises(SessionNotFound):
            await auth.sessions.revocation.revoke(viewer, "nonsense", BROWSER)
    with pytest.raises(TooManyAttempts):
        await auth.sessions.revocation.revoke(viewer, "nonsense", PHONE)
    with pytest.raises(TooManyAttempts):
        await auth.sessions.revocation.revoke_others(viewer, PHONE)
