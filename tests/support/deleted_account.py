"""An account that is used and deleted, and the personal data that must be gone afterwards."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from random import Random
from uuid import UUID

import pytest
from factor_rows import (
    add_app,
    add_factor_reset,
    add_passkey,
    add_pending_login,
    add_recovery_code,
    add_trusted_device,
)
from frozen_clock import FrozenClock
from people import PASSWORD, log_in
from tortoise.models import Model
from viewers import viewer_of

from authberry import Auth, Client, RefreshTokenTransport
from authberry.errors import InvalidCredentials
from authberry.mail.mailer import Console
from authberry.models import OutboxMessage, RefreshToken, User
from authberry.settings import LinkPurpose

BODY = RefreshTokenTransport.BODY
ADDRESS, NAME, NEW_ADDRESS = "lovelace@example.org", "Augusta", "countess@example.org"
NETWORK = "203.0.113."
BROWSER = "Analytical-Engine"
FACTOR_NAME = "Difference-Engine"

DELETED_MAIL = "account_deleted", "Gone\n\nYour account is gone."
SCHEDULED_MAIL = "deletion_scheduled", "Going\n\nIt goes at {{ at.isoformat() }}."


def templates(folder: Path) -> Path:
    """Write mail templates about deletion, each of one line."""
    english = folder / "letters" / "en"
    english.mkdir(parents=True)
    for name, text in (DELETED_MAIL, SCHEDULED_MAIL):
        (english / f"{name}.txt").write_text(text, encoding="utf-8")
        (english / f"{name}.html").write_text("<p>{{ subject }}</p>", encoding="utf-8")
    return english.parent


async def until(is_so: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for somebody to have done something."""
    deadline = time.monotonic() + 60
    while True:
        answer = is_so()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def mails(auth: Auth, number: int) -> list[EmailMessage]:
    """Wait for so many mails to have been sent."""
    mailer = auth.outbox.mailer
    assert isinstance(mailer, Console)
    await until(lambda: len(mailer.sent) >= number)
    return list(mailer.sent)


def client(chance: Random) -> Client:
    """The client of the user who is deleted, with another name and address each time."""
    version = "9" * chance.randint(1, 300)
    return Client(f"{NETWORK}{chance.randint(1, 250)}", f"{BROWSER}/{version}", "r")


async def use_and_delete_account(auth: Auth, clock: FrozenClock) -> set[UUID]:
    """Use an account beside others, so that rows grow, shrink and move, and delete it.

    Returns the ids of the user and of their sessions.
    """
    chance = Random(7)  # noqa: S311 - the same life each time
    users = [await auth.accounts.create(f"p{n}@example.com", None) for n in range(20)]
    ada = await auth.accounts.create(ADDRESS, PASSWORD, NAME, client=client(chance))
    issued = [await auth.sessions.begin(user, client(chance), BODY) for user in [ada] * 12]
    others = [
        await auth.sessions.begin(user, Client("192.0.2.1", "x", "r"), BODY) for user in users
    ]
    for _ in range(12):
        clock.tick(31)
        for at, one in enumerate(issued):
            issued[at] = await auth.sessions.refresh([one.refresh_token], client(chance))
        for at, one in enumerate(others):
            long = Client("192.0.2.1", "x" * chance.randint(1, 300), "r")
            others[at] = await auth.sessions.refresh([one.refresh_token], long)
    for who in (ADDRESS, NEW_ADDRESS):
        with pytest.raises(InvalidCredentials):
            await auth.logins.passwords.login(who, "wrong", client(chance), BODY)
    await auth.links.tokens.issue(ada, LinkPurpose.CONFIRM_EMAIL_CHANGE, email=NEW_ADDRESS)
    await auth.accounts.recovery.request(ADDRESS, client(chance))
    await mails(auth, 1)
    await auth.sessions.revocation.logout(None, [issued.pop().refresh_token], client(chance))
    last = await log_in(auth, ADDRESS, client=client(chance))
    await auth.accounts.export.of_viewer(await viewer_of(auth, last), client(chance))
    await add_factors(auth, ada, FACTOR_NAME)
    with auth.database.use():
        proved = RefreshToken.filter(id=last.session.id)
        await proved.update(proofs='{"amr":["pwd","otp","mfa"],"acr":"aal2"}')
    await add_factors(auth, users[3], "Kept")
    await auth.resources.events.flush()
    await auth.accounts.deletion.request(await viewer_of(auth, last), PASSWORD, client(chance))
    assert [mail["To"] for mail in await mails(auth, 2)] == [ADDRESS] * 2
    await until(lambda: _is_empty(auth, OutboxMessage))
    return {ada.id, last.session.id, *(one.session.id for one in issued)}


async def add_factors(auth: Auth, user: User, name: str) -> None:
    """Write a row of every kind of factor, and of what goes with them."""
    await add_app(auth, user, name)
    await add_passkey(auth, user, name)
    for add in (add_recovery_code, add_trusted_device, add_pending_login, add_factor_reset):
        await add(auth, user)


async def _is_empty(auth: Auth, table: type[Model]) -> bool:
    with auth.database.use():
        return not await table.all().exists()


def personal_data(ids: set[UUID]) -> Iterator[str]:
    """Every text and id that identifies the user."""
    yield from (ADDRESS, NEW_ADDRESS, NAME, FACTOR_NAME, NETWORK + "1", NETWORK + "2", BROWSER)
    yield from (str(one) for one in ids)
