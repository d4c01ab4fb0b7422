"""Somebody hangs up in the middle of what changes several rows: all of it happens, or none.

Statements that fail are tried with whole requests, in `tests/graph/mutations/test_faults.py`.
"""

from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, begin
from rows import everything
from sent_mail import mails, token_to
from statements import Statements

from authberry import Auth, RefreshTokenTransport
from authberry.errors import InvalidToken
from authberry.models import User

MakeAuth = Callable[..., Awaitable[Auth]]
Act = Callable[[], Awaitable[object]]
Prepare = Callable[[Auth, User], Coroutine[Any, Any, Act]]
BODY = RefreshTokenTransport.BODY
BOB, NEW = "bob@example.com", "new@example.com"


async def register(auth: Auth, _: User) -> Act:
    """Make an account, be logged in to it, and have a mail prove its address."""
    return lambda: auth.accounts.registration.register(NEW, PASSWORD, None, BROWSER, BODY)


async def verify(auth: Auth, bob: User) -> Act:
    """Prove the address."""
    with auth.database.use():
        await User.filter(id=bob.id).update(email_verified=False)
    await auth.accounts.verification.request(BOB, BROWSER)
    token = await token_to(auth, BOB)
    return lambda: auth.accounts.verification.verify(token, BROWSER)


async def reset(auth: Auth, _: User) -> Act:
    """Set a new password by mail."""
    await auth.accounts.recovery.request(BOB, BROWSER)
    token = await token_to(auth, BOB)
    new = "another horse, another staple"
    return lambda: auth.accounts.recovery.reset(token, new, BROWSER, BODY)


async def ask_to_change(auth: Auth, bob: User) -> Act:
    """Ask for another address."""
    issued = await begin(auth, bob)
    viewer = await auth.sessions.viewers.viewer(
        await auth.signing.access_tokens.verify(issued.access_token.value)
    )
    return lambda: auth.accounts.email_changes.request(viewer, NEW, PASSWORD, BROWSER)


async def confirm(auth: Auth, bob: User) -> Act:
    """Take another address."""
    await (await ask_to_change(auth, bob))()
    token = await token_to(auth, NEW)
    return lambda: auth.accounts.email_changes.confirm(token, BROWSER)


async def undo(auth: Auth, bob: User) -> Act:
    """Take the former address back."""
    await (await confirm(auth, bob))()
    token = await token_to(auth, BOB)
    return lambda: auth.accounts.email_changes.undo(token, BROWSER)


async def log_in(auth: Auth, _: User) -> Act:
    """Log in by a link, as the last of as many sessions as may be."""
    await auth.logins.links.request(BOB, None, BROWSER)
    token = await token_to(auth, BOB)
    return lambda: auth.logins.links.login(token, None, BROWSER, BODY)


ACTS: list[Any] = [register, verify, reset, ask_to_change, confirm, undo, log_in]
each_act = pytest.mark.parametrize(("name", "prepare"), [(act.__name__, act) for act in ACTS])


async def auth_for(make_auth: MakeAuth, prepare: Prepare) -> Auth:
    """With room for two sessions where a third one begins.

    And with notices, but for that of a new device, whose failing is no failure.
    """
    begins = prepare is log_in
    return await make_auth(
        security_notices=not begins,
        email_verification="optional",
        sessions_per_user=2 if begins else 50,
    )


async def bob_of(auth: Auth, clock: FrozenClock) -> User:
    """Bob, whose address is proved, and who has logged in twice, a second ago."""
    bob = await auth.accounts.create(BOB, PASSWORD)
    with auth.database.use():
        await User.filter(id=bob.id).update(email_verified=True)
    for _ in range(2):
        await begin(auth, bob)
    clock.tick(1)
    return bob


async def rest(auth: Auth) -> None:
    """Send what is due, and send nothing more: these are not the statements of an act."""
    await mails(auth)
    await auth.outbox.close()


@pytest.mark.one_process
@each_act
async def test_whoever_hangs_up_leaves_all_or_nothing(
    make_auth: MakeAuth, clock: FrozenClock, statements: Statements, name: str, prepare: Prepare
) -> None:
    """Wherever it is cancelled: the rows of people, sessions and links go together."""
    auth = await auth_for(make_auth, prepare)
    act = await prepare(auth, await bob_of(auth, clock))
    await rest(auth)
    before, outcomes = await everything(auth), []
    # A mail that was queued may have been made meanwhile, and with it its link.
    has_link = prepare in {register, ask_to_change}
    tables = ["User", "RefreshToken", *([] if has_link else ["OneTimeToken"])]
    for number in count(1):
        was_cancelled = await statements.hang_up(number, _quietly(act()))
        await auth.outbox.close()
        after = await everything(auth)
        outcomes.append([after[table] != before[table] for table in tables])
        if not was_cancelled or after != before:
            break
    whole = {
        "register": [True, True],
        "verify": [True, False, True],
        "reset": [True, True, True],
        "ask_to_change": [False, False],
        "confirm": [True, False, True],
        "undo": [True, True, True],
        "log_in": [False, True, True],
    }
    assert outcomes[-1] == whole[name]
    assert not any(True in outcome for outcome in outcomes[:-1])
    await mails(auth)


async def _quietly(act: Awaitable[object]) -> None:
    with suppress(InvalidToken):
        await act
