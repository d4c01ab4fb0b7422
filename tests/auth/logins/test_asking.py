"""What changes while a second factor is asked for: that is one statement, which holds nothing."""

from collections.abc import Awaitable, Callable
from itertools import count

import pytest
from apps import SECRET, person
from frozen_clock import FrozenClock
from other_process import Act, OtherProcess
from people import BROWSER, PASSWORD
from rows import everything
from second_factors import Phone, with_app
from statements import Statements

from authberry import Auth, RefreshTokenTransport
from authberry.errors import InvalidCredentials, InvalidTicket
from authberry.logins import PresentedProof, PresentedTickets, SecondFactorNeeded
from authberry.models import User

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
NEW = "another horse, another staple"

pytestmark = pytest.mark.one_process("it stops the statements of one")


def delete(user: User) -> Act:
    """The account."""
    return lambda there: there.accounts.deletion.delete(user, BROWSER)


def change_password(user: User) -> Act:
    """Which the login was begun with."""
    return lambda there: there.accounts.password_changes.set(user, NEW, BROWSER)


def add_app(user: User) -> Act:
    """A second one."""
    return lambda there: with_app(there, user)


def take_factors_off(user: User) -> Act:
    """As an operator does."""
    return lambda there: there.logins.second_factors.resets.reset(user, BROWSER, reason="lost")


async def completes(auth: Auth, asked: SecondFactorNeeded, phone: Phone) -> bool:
    """Whether what was asked for can be completed."""
    tickets = PresentedTickets((asked.ticket,), BODY)
    presented = PresentedProof(recovery_code=phone.recovery_codes[0])
    try:
        await auth.logins.completion.complete(tickets, presented, BROWSER)
    except InvalidTicket:
        return False
    return True


@pytest.mark.parametrize(
    ("change", "read_by"), [(delete, 1), (change_password, 1), (add_app, 2), (take_factors_off, 2)]
)
async def test_what_changes_while_it_is_asked_for_ends_it(
    make_auth: MakeAuth,
    default_settings: dict[str, object],
    clock: FrozenClock,
    statements: Statements,
    change: Callable[[User], Act],
    read_by: int,
) -> None:
    """Whichever statement it comes before, behind the one that has read what changes."""
    settings = {"secret": SECRET}
    auth = await make_auth(**settings)
    for number in count(read_by + 1):
        user = await person(auth, f"{number}@example.com")
        phone = await with_app(auth, user)
        other = OtherProcess({**default_settings, **settings}, clock, change(user))
        login = auth.logins.passwords.login(user.email, PASSWORD, BROWSER, BODY)
        outcome, happened = await other.during(number, statements, login)
        if not happened:
            break
        before = (await everything(auth))["RefreshToken"]
        if isinstance(outcome, SecondFactorNeeded):
            assert change is not delete
            assert not await completes(auth, outcome, phone)
        else:
            assert isinstance(outcome, InvalidCredentials), outcome
        assert (await everything(auth))["RefreshToken"] == before
    assert number == len(["user", "factors", "INSERT", "none"])
