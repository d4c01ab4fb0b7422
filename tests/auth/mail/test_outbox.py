"""The outbox under faults: each mail arrives, and once."""

import asyncio
from datetime import timedelta

import pytest
from frozen_clock import FrozenClock
from log_lines import LogLines
from outbox_rows import AWAY, UNKNOWN, MakeAuth, auth, recipients, to_whoever_it_is, write_to_all
from queued_mail import (
    ADA,
    HALF_AN_HOUR,
    READER,
    SENDER,
    queue_mail,
    queued_rows,
    until,
    until_queue_is_empty,
)
from smtp import STALL, MailServer

from authberry import Auth, Client
from authberry.mail.delivery import AT_ONCE, FIRST_PAUSE, LONGEST_PAUSE
from authberry.mail.rendering import MailKind
from authberry.models import User

__all__ = ["auth"]


# As usual


async def test_a_mail_arrives_and_nothing_is_left(
    auth: Auth, ada: User, mail_server: MailServer
) -> None:
    """A request wakes this process; the row goes when the mail has gone."""
    await auth.accounts.recovery.request(ADA, READER)
    await until_queue_is_empty(auth)
    (received,) = mail_server.received
    assert received.recipients == [ADA]
    assert received.message["Subject"] == "Set a new password for Example"


async def test_a_mail_is_in_the_language_of_the_request_or_of_the_person(
    auth: Auth, ada: User, mail_server: MailServer
) -> None:
    """What somebody has chosen counts for more than what their browser says."""
    korean = Client("192.0.2.1", languages="ko-KR,ko;q=0.9,en;q=0.8")
    await queue_mail(auth, client=korean)
    assert await auth.outbox.deliver() == 1
    with auth.database.use():
        await User.filter(id=ada.id).update(locale="en")
    await queue_mail(auth, client=korean)
    assert await auth.outbox.deliver() == 1
    assert [one.message["Content-Language"] for one in mail_server.received] == ["ko", "en"]


async def test_nobody_gets_a_mail_for_an_address_without_an_account(
    auth: Auth, mail_server: MailServer
) -> None:
    """The order is done with, and nothing was sent."""
    await queue_mail(auth)
    assert await auth.outbox.deliver() == 0
    assert mail_server.received == []
    assert await queued_rows(auth) == []


# What does not go


async def test_a_mail_that_does_not_go_is_put_off(
    auth: Auth, ada: User, mail_server: MailServer, clock: FrozenClock
) -> None:
    """It stays, with what was wrong; it is tried again when its time comes, and not before."""
    mail_server.answer("RCPT", AWAY)
    await queue_mail(auth)
    (before,) = await queued_rows(auth)
    assert await auth.outbox.deliver() == 0
    (after,) = await queued_rows(auth)
    pause = after.pop("due_at") - clock.now()
    assert FIRST_PAUSE * 0.75 <= pause <= FIRST_PAUSE * 1.25
    del before["due_at"]
    assert after == {**before, "attempts": 1, "last_error": "recipient refused: 450 4.2.0"}
    mail_server.answer("RCPT", None)
    assert await auth.outbox.deliver() == 0
    clock.tick(pause)
    assert await auth.outbox.deliver() == 1
    assert recipients(mail_server) == [ADA]
    assert await queued_rows(auth) == []


async def test_pauses_double_up_to_an_hour_and_end_when_the_mail_is_too_late(
    auth: Auth, ada: User, mail_server: MailServer, clock: FrozenClock, log: LogLines
) -> None:
    """A mail is not tried for ever, and its end is in the log."""
    mail_server.answer("RCPT", AWAY)
    await queue_mail(auth, within=timedelta(days=1))
    (row,) = await queued_rows(auth)
    expected, ends_at, attempts = FIRST_PAUSE, row["expires_at"], 0
    log.start()
    while rows := await queued_rows(auth):
        clock.time = rows[0]["due_at"]
        assert await auth.outbox.deliver() == 0
        attempts += 1
        if (now := await queued_rows(auth)) and now[0]["due_at"] != ends_at:
            pause = now[0]["due_at"] - clock.now()
            assert expected * 0.75 <= pause <= expected * 1.25
            expected = min(expected * 2, LONGEST_PAUSE)
    assert expected == LONGEST_PAUSE
    assert clock.now() == ends_at
    assert [one["event"] for one in log.events] == ["mail_failed"]
    assert log.events[0]["reason"] == "reset_password"
    assert 25 <= attempts <= 50
    assert mail_server.received == []


async def test_a_mail_that_is_refused_for_good_is_given_up(
    auth: Auth, ada: User, mail_server: MailServer, log: LogLines
) -> None:
    """It is not tried again, and the log says so."""
    mail_server.answer("RCPT", UNKNOWN)
    await queue_mail(auth)
    log.start()
    assert await auth.outbox.deliver() == 0
    assert await queued_rows(auth) == []
    assert [(one["event"], one["reason"], one["address"]) for one in log.events] == [
        ("mail_failed", "reset_password", READER.address)
    ]
    (said,) = [one for one in log.records if one["event"] == "mail not sent"]
    assert (said["cause"], said["given_up"]) == ("recipient refused: 550 5.1.1", True)


async def test_a_mail_that_is_too_late_is_not_sent(
    auth: Auth, ada: User, mail_server: MailServer, clock: FrozenClock
) -> None:
    """Its link would not work any more."""
    await queue_mail(auth)
    clock.tick(HALF_AN_HOUR)
    assert await auth.outbox.deliver() == 0
    assert await queued_rows(auth) == []
    assert mail_server.received == []


# Several at once


async def test_mails_that_stall_hold_up_none_of_the_others(
    auth: Auth, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All but one of the places are taken by mails that stall; through that one the rest goes."""
    addresses = await write_to_all(auth, 20)
    stuck, others = addresses[: AT_ONCE - 1], addresses[AT_ONCE - 1 :]
    for address in stuck:
        mail_server.answer("DATA", STALL, address)
    auth.outbox.wake()
    await until(lambda: len(mail_server.received) == len(others))
    assert recipients(mail_server) == others
    await queue_mail(auth, others[0], MailKind.TEST)
    auth.outbox.wake()
    await until(lambda: len(mail_server.received) == len(others) + 1)
    mail_server.release()
    await until_queue_is_empty(auth)


async def test_so_many_at_once_and_no_more(auth: Auth, mail_server: MailServer) -> None:
    """A mail server is not run over."""
    mail_server.answer("DATA", STALL)
    addresses = await write_to_all(auth, AT_ONCE * 2)
    auth.outbox.wake()
    await until(lambda: mail_server.stalled == AT_ONCE)
    assert [row["attempts"] for row in await queued_rows(auth)].count(1) == AT_ONCE
    assert mail_server.connections == AT_ONCE
    mail_server.answer("DATA", None)
    mail_server.release()
    await until_queue_is_empty(auth)
    assert recipients(mail_server) == addresses
    assert mail_server.connections == AT_ONCE


async def test_processes_share_without_sending_twice(
    make_auth: MakeAuth, auth: Auth, mail_server: MailServer
) -> None:
    """Four on one database, all at once: each mail arrives, and once."""
    addresses = await write_to_all(auth, 60)
    others = [await make_auth(**SENDER, smtp_url=mail_server.url) for _ in range(3)]
    for other in others:
        other.outbox.composers[MailKind.TEST] = to_whoever_it_is
    counts = await asyncio.gather(*(one.outbox.deliver() for one in (auth, *others)))
    assert sum(counts) == len(addresses)
    assert recipients(mail_server) == addresses
    assert all(counts)
    assert await queued_rows(auth) == []
