"""A first factor that is set up in the middle of what one factor was enough for.

Another process sets it up just before each statement in turn. It ends every other session; so
whatever comes behind it asks for it, or is refused, and changes nothing.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from apps import SECRET, person
from codes import code
from frozen_clock import FrozenClock
from other_process import OtherProcess
from people import BROWSER, PASSWORD
from rows import Row, everything
from second_factors import Phone, viewer_of, with_app
from statements import Statements

from authberry import Auth, RefreshTokenTransport
from authberry.errors import AuthError
from authberry.logins import EnrollmentNeeded, PresentedTickets, Purpose, SecondFactorNeeded
from authberry.models import User
from authberry.settings import LinkPurpose
from authberry.tokens import AAL1

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
NEW = "another horse, another staple"
TOLD = {"security_notices": True}
MAY_PUT_IT_OFF = {"second_factor": "required", "second_factor_from": "2026-02-01T00:00:00Z"}
MAIL = {"smtp_url": "smtp+plain://127.0.0.1:1", "mail_from": "a@example.org"}

pytestmark = pytest.mark.one_process("it stops the statements of one")


def log_in(auth: Auth, user: User) -> Awaitable[object]:
    """With a password."""
    return auth.logins.passwords.login(user.email, PASSWORD, BROWSER, BODY)


async def log_in_with_link(auth: Auth, user: User) -> Awaitable[object]:
    """With a mailed link."""
    token = await auth.links.tokens.issue(user, LinkPurpose.LOGIN)
    return auth.logins.links.login(token, None, BROWSER, BODY)


async def tickets_of(auth: Auth, user: User) -> PresentedTickets:
    """A login of somebody who has to have a factor."""
    needed = await auth.logins.passwords.login(user.email, PASSWORD, BROWSER, BODY)
    assert isinstance(needed, EnrollmentNeeded)
    return PresentedTickets((needed.ticket,), BODY)


async def put_it_off(auth: Auth, user: User) -> Awaitable[object]:
    """Set none up for now."""
    tickets = await tickets_of(auth, user)
    return auth.logins.completion.complete(tickets, None, BROWSER, skip=True)


async def go_on(auth: Auth, user: User) -> Awaitable[object]:
    """As if one had been set up."""
    tickets = await tickets_of(auth, user)
    return auth.logins.completion.complete(tickets, None, BROWSER)


async def set_one_up(auth: Auth, user: User) -> Awaitable[object]:
    """In the middle of a login."""
    tickets, enrollment = await tickets_of(auth, user), auth.logins.enrollment
    with auth.database.use():
        pending = await auth.logins.second_factors.pending.find(tickets, Purpose.ENROLLMENT)
    begun = enrollment.begin_totp(pending, None)
    return enrollment.confirm_totp(pending, begun.ticket, code(auth, begun.secret), BROWSER)


async def reset_password(auth: Auth, user: User) -> Awaitable[object]:
    """With a mailed link."""
    token = await auth.links.tokens.issue(user, LinkPurpose.RESET_PASSWORD)
    return auth.accounts.recovery.reset(token, NEW, BROWSER, BODY)


async def print_codes(auth: Auth, user: User) -> Awaitable[object]:
    """In a session of before."""
    return auth.logins.enrollment.regenerate_codes(await viewer_of(auth, user), BROWSER)


async def change_password(auth: Auth, user: User) -> Awaitable[object]:
    """In a session of before."""
    viewer = await viewer_of(auth, user)
    return auth.accounts.password_changes.change(viewer, PASSWORD, NEW, BROWSER)


async def change_email(auth: Auth, user: User) -> Awaitable[object]:
    """In a session of before."""
    viewer = await viewer_of(auth, user)
    return auth.accounts.email_changes.request(viewer, "new@example.com", PASSWORD, BROWSER)


async def delete(auth: Auth, user: User) -> Awaitable[object]:
    """In a session of before."""
    return auth.accounts.deletion.request(await viewer_of(auth, user), PASSWORD, BROWSER)


@pytest.mark.parametrize(
    ("act", "settings"),
    [
        (log_in, {}),
        (log_in, TOLD),
        (log_in_with_link, {}),
        (put_it_off, MAY_PUT_IT_OFF),
        (go_on, MAY_PUT_IT_OFF),
        (set_one_up, MAY_PUT_IT_OFF),
        (reset_password, {}),
        (print_codes, {}),
        (change_password, {}),
        (change_email, MAIL),
        (delete, {}),
        (delete, {"deletion_grace": timedelta(days=1)}),
    ],
)
async def test_what_comes_behind_the_first_factor_asks_for_it_or_is_refused(
    make_auth: MakeAuth,
    default_settings: dict[str, object],
    clock: FrozenClock,
    statements: Statements,
    act: Callable[[Auth, User], Any],
    settings: dict[str, object],
) -> None:
    """Whichever statement it comes before, there is no session of one factor in the end."""
    settings = {**settings, "secret": SECRET}
    auth, behind = await make_auth(**settings), 0
    for number in count(1):
        user = await person(auth, f"{number}@example.com")
        prepared = act(auth, user)
        prepared = prepared if act is log_in else await prepared
        before = await everything(auth)

        async def set_up(there: Auth, owner: User = user) -> Phone:
            return await with_app(there, owner)

        other = OtherProcess({**default_settings, **settings}, clock, set_up)
        outcome, happened = await other.during(number, statements, prepared)
        if not happened:
            break
        after = await everything(auth)
        if not other.came_first:
            continue
        behind += 1
        assert isinstance(other.outcome, Phone)
        assert isinstance(outcome, AuthError | SecondFactorNeeded) or outcome is None, outcome
        assert not weak(after, user)
        assert [kept(one) for one in after["User"]] == [kept(one) for one in before["User"]]
        assert {one["letter"] for one in after["OutboxMessage"]} <= {"factor_added"}
        assert len(after["RecoveryCode"]) == 10 * behind, "none but those of the phone"
        assert len(after["Totp"]) == behind
    assert behind


async def test_a_login_without_factors_asks_for_them_by_the_way(
    make_auth: MakeAuth, statements: Statements
) -> None:
    """Who it is, what they have, and the session; where that is a transaction, once more in it."""
    auth = await make_auth()
    user = await person(auth, "ada@example.com")
    await log_in(auth, user)
    statements.seen.clear()
    await log_in(auth, user)
    begin = 1 if auth.database.is_sqlite else len(["BEGIN", "INSERT", "factors", "rest", "COMMIT"])
    assert len(statements.seen) == 2 + begin, statements.seen


def kept(row: Row) -> list[object]:
    """What a row of an account keeps; that a link has come proves the address, whatever else."""
    return [row[name] for name in ("id", "email", "password_hash", "disabled_at", "deletes_at")]


def weak(rows: dict[str, list[Row]], user: User) -> list[Row]:
    """The live sessions of somebody that one factor was proved in."""
    return [
        one
        for one in rows["RefreshToken"]
        if str(one["user_id"]) == str(user.id)
        and one["revoked_at"] is None
        and (one["proofs"] is None or (AAL1 in one["proofs"] and "added" not in one["proofs"]))
    ]
