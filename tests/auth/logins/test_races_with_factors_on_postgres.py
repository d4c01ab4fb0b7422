"""A login, or a reset, that is overtaken by the first factor of its account."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import replace

import pytest
from people import PASSWORD, PHONE, begin
from second_factors import with_app
from sent_mail import mails, token_to
from statements import Statements

from authberry import Auth, RefreshTokenTransport
from authberry.errors import InvalidCredentials, InvalidToken
from authberry.models import User

pytestmark = pytest.mark.one_process("it stops the statements of one")

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
ADA, NEW = "ada@example.com", "battery staple horse correct"
SESSION = "INSERT INTO authberry_refresh_token"
PASSWORD_SET = "UPDATE authberry_user"


def first(statements: Statements, what: str) -> int:
    """Return which statement is the first to do something, counted from 1."""
    done = (sql.lstrip().replace('"', "").startswith(what) for sql in statements.seen)
    return [*done].index(True) + 1


def set_an_app_up(auth: Auth, user: User) -> Callable[[], Awaitable[object]]:
    """Return what does so, in a session of its own and in no transaction of who is stopped."""

    async def set_up() -> None:
        await asyncio.create_task(with_app(auth, user), context=Context())

    return set_up


@pytest.mark.parametrize("tells", [False, True], ids=["alone", "with a mail"])
async def test_a_login_that_is_overtaken_by_the_first_factor_begins_no_session(
    make_auth: MakeAuth, statements: Statements, *, tells: bool
) -> None:
    """It was asked for none, and would outlive the end of every session begun without it."""
    auth = await make_auth(security_notices=tells)
    ada = await auth.accounts.create(ADA, PASSWORD)

    async def log_in(browser: str) -> None:
        client = replace(PHONE, user_agent=browser)
        await auth.logins.passwords.login(ADA, PASSWORD, client, BODY)

    async def is_refused() -> None:
        with pytest.raises(InvalidCredentials):
            await log_in("Opera")

    await begin(auth, ada)
    statements.seen.clear()
    await log_in("Chrome")
    number = first(statements, SESSION)
    await mails(auth)  # whose statements would be counted
    assert await statements.before(number, is_refused(), set_an_app_up(auth, ada))
    assert {one.user_agent for one in await auth.sessions.live(ada.id)} == {"Firefox"}


async def test_a_reset_that_is_overtaken_by_the_first_factor_sets_no_password(
    auth: Auth, ada: User, statements: Statements
) -> None:
    """Whoever reads the mail alone gets no further, however well they choose the moment."""

    async def asked() -> str:
        await auth.accounts.recovery.request(ADA, PHONE)
        return await token_to(auth, ADA)

    async def is_refused() -> None:
        with pytest.raises(InvalidToken):
            await auth.accounts.recovery.reset(link, NEW, PHONE, BODY)

    link = await asked()
    statements.seen.clear()
    await auth.accounts.recovery.reset(link, PASSWORD, PHONE, BODY)
    number = first(statements, PASSWORD_SET)
    before, link = await auth.accounts.find(ADA), await asked()
    assert await statements.before(number, is_refused(), set_an_app_up(auth, ada))
    after = await auth.accounts.find(ADA)
    assert before
    assert after
    assert after.password_hash == before.password_hash
