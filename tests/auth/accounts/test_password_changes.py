"""Changing the password, and what becomes of the sessions."""

import asyncio
import re

import pytest
from bobs_account import NEW_PASSWORD, MakeAuth, bob, log_in
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, begin, outcome
from rows import changes, everything, session_row, user_row

from authberry import Auth, Issued, Viewer
from authberry.errors import (
    AuthError,
    InvalidCredentials,
    InvalidInput,
    SessionRevoked,
    TooManyAttempts,
    Unauthenticated,
    WeakPassword,
)
from authberry.models import User

pytestmark = pytest.mark.usefixtures("usual_cost")

__all__ = ["bob"]


async def change(auth: Auth, viewer: Viewer, current: str, new: str = NEW_PASSWORD) -> Issued:
    """Change a password in the browser."""
    return await auth.accounts.password_changes.change(viewer, current, new, BROWSER)


async def test_a_new_password_ends_every_other_session(
    auth: Auth, bob: User, clock: FrozenClock
) -> None:
    """This one goes on with a new token and a fresh proof; nobody else is touched."""
    stranger = await begin(auth, await auth.accounts.create("eve@example.com", None))
    here, there = await log_in(auth), await log_in(auth)
    person, former = await user_row(auth, bob), await session_row(auth, there)
    clock.tick(60)

    changed = await change(auth, Viewer(bob, here.session), PASSWORD)

    after = await user_row(auth, bob)
    assert list(changes(person, after)) == ["password_hash"]
    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", after["password_hash"])
    assert changes(former, await session_row(auth, there)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "password changed",
    }
    assert changed.session.id not in {here.session.id, there.session.id}
    assert (await session_row(auth, changed))["authenticated_at"] == clock.now()
    claims = await auth.signing.access_tokens.verify(changed.access_token.value)
    assert claims.authenticated_at == clock.now().replace(microsecond=0)
    assert isinstance(await outcome(auth, changed.refresh_token), str)
    assert await outcome(auth, there.refresh_token) is SessionRevoked
    assert isinstance(await outcome(auth, stranger.refresh_token), str)
    with pytest.raises(InvalidCredentials):
        await log_in(auth)
    await log_in(auth, NEW_PASSWORD)


@pytest.mark.parametrize(
    ("current", "new", "refusal"),
    [
        ("wrong password", NEW_PASSWORD, InvalidCredentials),
        ("", NEW_PASSWORD, InvalidCredentials),
        (PASSWORD, "password", WeakPassword),
        (PASSWORD, "bob@example.com", WeakPassword),
        (PASSWORD, "x" * 1025, InvalidInput),
        (PASSWORD, "with a \0 in it", InvalidInput),
        ("x" * 1025, NEW_PASSWORD, InvalidInput),
    ],
)
async def test_a_password_that_is_not_changed_changes_nothing(
    auth: Auth, bob: User, current: str, new: str, refusal: type[AuthError]
) -> None:
    """No session ends, no token is renewed, the old password works."""
    issued = await log_in(auth)
    before = await everything(auth)
    with pytest.raises(refusal):
        await change(auth, Viewer(bob, issued.session), current, new)
    assert await everything(auth) == before


async def test_the_refused_argument_is_named(auth: Auth, bob: User) -> None:
    """By the name that clients know it by."""
    viewer = Viewer(bob, (await log_in(auth)).session)
    for current, new, field in (
        ("x" * 1025, NEW_PASSWORD, "currentPassword"),
        (PASSWORD, "x" * 1025, "newPassword"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            await change(auth, viewer, current, new)
        assert refusal.value.field == field


async def test_of_two_changes_at_once_one_wins(auth: Auth, bob: User, make_auth: MakeAuth) -> None:
    """The other finds its old password wrong, and undoes nothing of the first."""
    servers = [auth, await make_auth()]
    sessions = [await log_in(auth), await log_in(auth)]

    results = await asyncio.gather(
        *(
            change(server, Viewer(bob, issued.session), PASSWORD, f"{NEW_PASSWORD} {turn}")
            for turn, (server, issued) in enumerate(zip(servers, sessions, strict=True))
        ),
        return_exceptions=True,
    )

    (winner,) = [turn for turn, result in enumerate(results) if isinstance(result, Issued)]
    assert isinstance(results[1 - winner], InvalidCredentials)
    reasons = [(await session_row(auth, issued))["revoked_reason"] for issued in sessions]
    assert reasons[winner] == "renewed"
    assert reasons[1 - winner] == "password changed"
    await log_in(auth, f"{NEW_PASSWORD} {winner}")


async def test_a_session_that_has_ended_meanwhile_changes_no_password(
    auth: Auth, bob: User
) -> None:
    """Who is logged out while they type gets nothing changed."""
    issued, other = await log_in(auth), await log_in(auth)
    await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    before = await everything(auth)
    with pytest.raises(Unauthenticated):
        await change(auth, Viewer(bob, issued.session), PASSWORD)
    assert await everything(auth) == before
    assert isinstance(await outcome(auth, other.refresh_token), str)


async def test_a_disabled_person_changes_no_password(auth: Auth, bob: User) -> None:
    """Even with a viewer loaded before."""
    issued = await log_in(auth)
    await auth.accounts.disable(bob, BROWSER)
    before = await everything(auth)
    with pytest.raises(InvalidCredentials):
        await change(auth, Viewer(bob, issued.session), PASSWORD)
    assert await everything(auth) == before


async def test_guessing_the_current_password_is_throttled_apart_from_the_logins(
    make_auth: MakeAuth,
) -> None:
    """A stolen session buys as many guesses as a login; and strangers use none of them up."""
    auth = await make_auth(login_attempts="5/hour")
    bob = await auth.accounts.create("bob@example.com", PASSWORD)
    viewer = Viewer(bob, (await log_in(auth)).session)
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            await log_in(auth, "wrong password")
    with pytest.raises(TooManyAttempts):
        await log_in(auth)
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            await change(auth, viewer, "wrong password")
    with pytest.raises(TooManyAttempts):
        await change(auth, viewer, PASSWORD)
