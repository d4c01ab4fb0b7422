"""A login that overtakes, or is overtaken by, a change of the password it was made with."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from people import BROWSER, PASSWORD, begin

from authberry import Auth, RefreshTokenTransport
from authberry.errors import InvalidCredentials
from authberry.models import RefreshToken, User

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
NEW = "battery staple horse correct"


async def live_sessions(auth: Auth, user: User) -> int:
    """Count the rows that can still be refreshed."""
    with auth.database.use():
        return await RefreshToken.filter(user_id=user.id, revoked_at=None).count()


@pytest.mark.parametrize("act", ["password", "disabled"])
async def test_a_login_that_comes_too_late_begins_no_session(
    auth: Auth, ada: User, act: str
) -> None:
    """Whoever proved a password that is changed before the session begins has proved nothing."""
    proved = await auth.accounts.find(ada.email)
    assert proved
    if act == "password":
        await auth.accounts.password_changes.set(ada, NEW, BROWSER)
    else:
        await auth.accounts.disable(ada, BROWSER)
    with pytest.raises(InvalidCredentials):
        await auth.sessions.begin(proved, BROWSER, BODY)
    assert await live_sessions(auth, ada) == 0


async def test_logins_at_once_begin_no_more_sessions_than_may_be(make_auth: MakeAuth) -> None:
    """Each sees those that began before it."""
    auth = await make_auth(sessions_per_user=2)
    ada = await auth.accounts.create("ada@example.com", None)
    await asyncio.gather(*(begin(auth, ada) for _ in range(12)))
    assert await live_sessions(auth, ada) == 2


async def test_a_change_of_password_ends_every_login_with_the_old_one(
    auth: Auth, ada: User
) -> None:
    """However logins and the change interleave, one session is left: the one that changed it."""
    await auth.accounts.password_changes.set(ada, PASSWORD, BROWSER)
    issued = await begin(auth, ada)
    viewer = await auth.sessions.viewers.viewer(
        await auth.signing.access_tokens.verify(issued.access_token.value)
    )
    results = await asyncio.gather(
        auth.accounts.password_changes.change(viewer, PASSWORD, NEW, BROWSER),
        *(auth.logins.passwords.login(ada.email, PASSWORD, BROWSER, BODY) for _ in range(4)),
        return_exceptions=True,
    )
    assert not isinstance(results[0], BaseException)
    assert await live_sessions(auth, ada) == 1
