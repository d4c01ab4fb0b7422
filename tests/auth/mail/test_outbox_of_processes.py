"""Mails of processes that stop, and of processes that die."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from frozen_clock import FrozenClock
from outbox_rows import AWAY, MakeAuth, auth, recipients, to_whoever_it_is, write_to_all
from queued_mail import (
    ADA,
    READER,
    SENDER,
    queue_mail,
    queued_rows,
    until,
    until_queue_is_empty,
)
from smtp import STALL, MailServer
from statements import Statements

import authberry.mail.outbox
from authberry import Auth
from authberry.mail.delivery import AT_ONCE, LEASE
from authberry.mail.mailer import SENDING_TIMEOUT
from authberry.mail.queued_mail import MailContent, QueuedMail
from authberry.mail.rendering import MailKind
from authberry.models import DatabaseUnavailable, User

__all__ = ["auth"]


@pytest.fixture
async def another(make_auth: MakeAuth, mail_server: MailServer) -> Auth:
    """Another process on the same database."""
    return await make_auth(**SENDER, smtp_url=mail_server.url)


async def test_what_was_written_before_a_crash_is_sent_by_another(
    auth: Auth, another: Auth, ada: User, mail_server: MailServer
) -> None:
    """The order was there as soon as what it tells of was, and nobody was woken."""
    await queue_mail(auth)
    assert await another.outbox.deliver() == 1
    assert recipients(mail_server) == [ADA]


async def test_a_first_order_wakes_what_was_left_as_well(
    auth: Auth, another: Auth, ada: User, mail_server: MailServer
) -> None:
    """Where no server of ours opens the rules, the first order is when a process begins to send."""
    await queue_mail(auth)
    await another.accounts.recovery.request(ADA, READER)
    await until_queue_is_empty(auth)
    assert recipients(mail_server) == [ADA, ADA]


async def test_what_a_dead_process_had_taken_is_sent_once_its_lease_is_over(
    auth: Auth, another: Auth, ada: User, mail_server: MailServer, clock: FrozenClock
) -> None:
    """Until then nobody else tries it."""
    await queue_mail(auth)
    assert await auth.outbox._delivery._take()  # and dies
    assert await another.outbox.deliver() == 0
    clock.tick(LEASE - timedelta(seconds=1))
    assert await another.outbox.deliver() == 0
    clock.tick(1)
    assert await another.outbox.deliver() == 1
    assert recipients(mail_server) == [ADA]


async def test_who_is_late_does_not_send(
    auth: Auth, another: Auth, ada: User, mail_server: MailServer, clock: FrozenClock
) -> None:
    """A process that stood still may find that another has the mail: it leaves it alone."""

    async def stands_still(_order: QueuedMail) -> MailContent:
        clock.tick(LEASE)
        assert await another.outbox.deliver() == 1
        return MailContent(ADA, {})

    auth.outbox.composers[MailKind.TEST] = stands_still
    another.outbox.composers[MailKind.TEST] = to_whoever_it_is
    await queue_mail(auth, letter=MailKind.TEST)
    assert await auth.outbox.deliver() == 0
    assert recipients(mail_server) == [ADA]
    assert await queued_rows(auth) == []


async def test_who_is_late_says_nothing_of_what_another_has_by_now(
    auth: Auth, another: Auth, mail_server: MailServer, clock: FrozenClock
) -> None:
    """What the other has written of the mail stays: when it is tried again, and why."""
    mail_server.answer("RCPT", AWAY)
    seen = []

    async def fails_late(_order: QueuedMail) -> MailContent:
        clock.tick(LEASE)
        assert await another.outbox.deliver() == 0
        seen.extend(await queued_rows(auth))
        raise LookupError

    auth.outbox.composers[MailKind.TEST] = fails_late
    another.outbox.composers[MailKind.TEST] = to_whoever_it_is
    await queue_mail(auth, letter=MailKind.TEST)
    assert await auth.outbox.deliver() == 0
    assert await queued_rows(auth) == seen
    assert (seen[0]["attempts"], seen[0]["last_error"]) == (2, "recipient refused: 450 4.2.0")


async def test_a_mail_is_not_begun_that_may_not_end_in_time(
    auth: Auth, ada: User, mail_server: MailServer, clock: FrozenClock
) -> None:
    """What is left of the lease is less than sending may take."""

    async def takes_long(_order: QueuedMail) -> MailContent:
        clock.tick(LEASE - SENDING_TIMEOUT + timedelta(seconds=1))
        return MailContent(ADA, {})

    auth.outbox.composers[MailKind.TEST] = takes_long
    await queue_mail(auth, letter=MailKind.TEST)
    assert await auth.outbox.deliver() == 0
    assert mail_server.received == []
    assert (await queued_rows(auth))[0]["last_error"] == "another process may have it by now"


async def test_a_mail_under_way_is_given_a_moment_when_the_service_stops(
    auth: Auth, ada: User, mail_server: MailServer
) -> None:
    """It goes, and so it is not sent again."""
    mail_server.answer("DATA", STALL)
    await queue_mail(auth)
    await queue_mail(auth, "grace@example.com")
    auth.outbox.wake()
    await until(lambda: mail_server.stalled == 1)
    closing = asyncio.create_task(auth.outbox.close())
    await asyncio.sleep(0)
    mail_server.release()
    await closing
    assert recipients(mail_server) == [ADA]
    assert await queued_rows(auth) == []


async def test_nothing_is_begun_once_the_service_stops(auth: Auth, mail_server: MailServer) -> None:
    """What waits for room is left to the next process, untouched."""
    await write_to_all(auth, AT_ONCE + 1)
    mail_server.answer("DATA", STALL)
    auth.outbox.wake()
    await until(lambda: mail_server.stalled == AT_ONCE)
    closing = asyncio.create_task(auth.outbox.close())
    await asyncio.sleep(0)
    mail_server.release()
    await closing
    assert len(mail_server.received) == AT_ONCE
    (row,) = await queued_rows(auth)
    assert (row["attempts"], row["last_error"]) == (0, None)


async def test_what_is_taken_while_the_service_stops_is_sent(
    auth: Auth, mail_server: MailServer, statements: Statements
) -> None:
    """Whoever closes the database waits for it."""
    statements.delay = 0.2
    await write_to_all(auth, 1)
    auth.outbox.wake()
    await asyncio.sleep(0.1)
    await auth.outbox.close()
    assert not auth.outbox._delivery.under_way
    statements.delay = 0
    assert len(mail_server.received) + len(await queued_rows(auth)) == 1


async def test_a_mail_that_stalls_does_not_keep_the_service_from_stopping(
    auth: Auth,
    another: Auth,
    ada: User,
    mail_server: MailServer,
    clock: FrozenClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is cut off, and another process sends it later."""
    monkeypatch.setattr(authberry.mail.outbox, "STOPPING", 0.2)
    mail_server.answer("RCPT", STALL)
    await queue_mail(auth)
    auth.outbox.wake()
    await until(lambda: mail_server.stalled == 1)
    await auth.outbox.close()
    assert [row["attempts"] for row in await queued_rows(auth)] == [1]
    mail_server.answer("RCPT", None)
    clock.tick(LEASE)
    assert await another.outbox.deliver() == 1
    assert recipients(mail_server) == [ADA]


async def test_a_database_that_goes_away_does_not_send_twice(
    auth: Auth, ada: User, mail_server: MailServer, clock: FrozenClock, statements: Statements
) -> None:
    """Whichever statement fails, and whether or not it took effect."""
    for is_lost in (False, True):
        number, has_failed = 0, True
        while has_failed:
            number += 1
            before = len(mail_server.received)
            await queue_mail(auth)
            with statements.broken(number, answer_is_lost=is_lost):
                with suppress(DatabaseUnavailable):
                    await auth.outbox.deliver()
                has_failed = len(statements.seen) >= number
            while await queued_rows(auth):
                clock.tick(LEASE)
                await auth.outbox.deliver()
            assert len(mail_server.received) == before + 1, number
        assert number > 3
