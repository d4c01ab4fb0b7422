"""Each statement of each act fails in turn, and so does each commit."""

from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from fault_table import FaultTable
from people import BROWSER, PASSWORD, begin, refresh
from rows import everything
from statements import Statements

from authberry import Auth, Issued, RefreshTokenTransport, Viewer
from authberry.models import User

BODY = RefreshTokenTransport.BODY
Act = Callable[[Auth, User, Issued], Awaitable[object]]


async def _register(auth: Auth, bob: User, issued: Issued) -> object:
    return await auth.accounts.create("carol@example.com", PASSWORD)


async def _login(auth: Auth, bob: User, issued: Issued) -> object:
    return await auth.logins.passwords.login(bob.email, PASSWORD, BROWSER, BODY)


async def _refresh(auth: Auth, bob: User, issued: Issued) -> object:
    return await refresh(auth, issued.refresh_token)


async def _logout(auth: Auth, bob: User, issued: Issued) -> object:
    await auth.sessions.revocation.logout(None, [issued.refresh_token], BROWSER)
    return None


async def _revoke_others(auth: Auth, bob: User, issued: Issued) -> object:
    return await auth.sessions.revocation.revoke_others(Viewer(bob, issued.session), BROWSER)


async def _change_password(auth: Auth, bob: User, issued: Issued) -> object:
    viewer = Viewer(bob, issued.session)
    return await auth.accounts.password_changes.change(
        viewer, PASSWORD, "another long phrase", BROWSER
    )


async def _disable(auth: Auth, bob: User, issued: Issued) -> object:
    await auth.accounts.disable(bob, BROWSER)
    return None


ACTS: dict[str, Act] = {
    "register": _register,
    "login": _login,
    "refreshToken": _refresh,
    "logout": _logout,
    "revokeOtherSessions": _revoke_others,
    "changePassword": _change_password,
    "disable": _disable,
}


@pytest.mark.one_process("it breaks the statements of one")
@pytest.mark.parametrize("name", ACTS)
async def test_whichever_statement_fails_the_old_state_is_whole(
    auth: Auth, statements: Statements, table: FaultTable, name: str
) -> None:
    """It is told that the service is away, nothing has changed, and the next try succeeds."""
    bob = await auth.accounts.create("bob@example.com", PASSWORD)
    issued, _ = await begin(auth, bob), await begin(auth, bob)
    before = await everything(auth)
    for number in count(1):
        if not await statements.break_(number, ACTS[name](auth, bob, issued)):
            break
        after = await everything(auth)
        if name == "login":  # a session that began is whole; only its answer is lost
            after["RefreshToken"] = [
                row for row in after["RefreshToken"] if row in before["RefreshToken"]
            ]
        assert after == before, statements.seen
    assert number > 1
    assert await everything(auth) != before
    table.note(
        f"`{name}`: each of its {number - 1} statements fails in turn, commits included",
        answer="`SERVICE_UNAVAILABLE`",
        rows="as they were",
        recovery="the next request",
    )
