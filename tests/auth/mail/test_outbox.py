"""The outbox under faults: each mail arrives, and once."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from frozen_clock import FrozenClock
from log_lines import LogLines
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
from statements import Statements

import authberry.mail.outbox
from authberry import Auth, Client
from authberry.mail.delivery import AT_ONCE, FIRST_PAUSE, LEASE, LONGEST_PAUSE
from authberry.mail.mailer import SENDING_TIMEOUT
from authberry.mail.queued_mail import MailContent, QueuedMail
from authberry.mail.rendering import MailKind
from authberry.models import DatabaseUnavailable, OutboxMessage, User

MakeAuth = Callable[..., Awaitable[Auth]]
AWAY, UNKNOWN = "450 4.2.0 try again", "550 5.1.1 unknown"


@pytest.fixture
async def auth(make_auth: MakeAuth, mail_server: MailServer) -> Auth:
    """The rules, with a mail server."""
    return await make_auth(**SENDER, smtp_url=mail_server.url)


@pytest.fixture
async def another(make_auth: MakeAuth, mail_server: MailServer) -> Auth:
    """Another process on the same database."""
    return await make_auth(**SENDER, smtp_url=mail_server.url)


def recipients(server: MailServer) -> list[str]:
    """To whom something arrived, as often as it did."""
    return sorted(to for received in server.received for to in received.recipients)


async def write_to_all(auth: Auth, number: int) -> list[str]:
    """Queue a mail to each of so many addresses, for whom there need be no account."""
    auth.outbox.composers[MailKind.TEST] = to_whoever_it_is
    addresses = [f"user{at:03}@example.com" for at in range(number)]
    for address in addresses:
        await queue_mail(auth, address, MailKind.TEST)
    return addresses


async def to_whoever_it_is(order: QueuedMail) -> MailContent:
    """Compose for whoever the order names."""
    return MailContent(order.to, {})


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


# Processes that stop, and processes that die


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


# What cannot be read, written or understood


async def test_a_secret_can_be_changed_while_mails_wait(
    make_auth: MakeAuth, auth: Auth, ada: User, mail_server: MailServer
) -> None:
    """The old one, in second place, opens what it has sealed."""
    await queue_mail(auth)
    new = "bmV3IHNlY3JldCBmb3IgdGVzdHMgb25seSwgbm90IGZvciB5b3U"
    secrets = f"{new},{auth.settings.secrets[0]}"
    renewed = await make_auth(**SENDER, smtp_url=mail_server.url, secret=secrets)
    assert await renewed.outbox.deliver() == 1
    # And a server that has not been told of the new one leaves alone what is sealed with it.
    await queue_mail(renewed)
    assert await auth.outbox.deliver() == 0
    assert (await queued_rows(auth))[0]["last_error"] == "not readable with this server's secrets"


@pytest.mark.parametrize("payload", ["", "?", "AAAA", "x" * 200])
async def test_what_cannot_be_read_holds_nothing_up(
    auth: Auth, ada: User, mail_server: MailServer, clock: FrozenClock, payload: str
) -> None:
    """It is given up when it is too late, and the others go meanwhile."""
    await queue_mail(auth)
    with auth.database.use():
        await OutboxMessage.all().update(payload=payload)
    await queue_mail(auth)
    assert await auth.outbox.deliver() == 1
    (row,) = await queued_rows(auth)
    assert row["last_error"] == "not readable with this server's secrets"
    clock.tick(HALF_AN_HOUR)
    assert await auth.outbox.deliver() == 0
    assert await queued_rows(auth) == []


async def test_the_payload_of_another_order_is_not_taken(
    auth: Auth, ada: User, mail_server: MailServer
) -> None:
    """Who can write to the table cannot redirect a mail with what lies there."""
    await queue_mail(auth)
    await queue_mail(auth, "mallory@example.com")
    first, second = await queued_rows(auth)
    with auth.database.use():
        await OutboxMessage.filter(id=first["id"]).update(payload=second["payload"])
        await OutboxMessage.filter(id=second["id"]).delete()
    assert await auth.outbox.deliver() == 0
    assert mail_server.received == []


async def test_a_letter_of_a_later_version_is_left_to_it(
    auth: Auth, ada: User, mail_server: MailServer, clock: FrozenClock
) -> None:
    """Untouched, until it is too late; then whoever comes by clears it away."""
    await queue_mail(auth)
    with auth.database.use():
        await OutboxMessage.all().update(letter="passkey_added")
    before = await queued_rows(auth)
    await queue_mail(auth)
    assert await auth.outbox.deliver() == 1
    assert await queued_rows(auth) == before
    clock.tick(HALF_AN_HOUR)
    assert await auth.outbox.deliver() == 0
    assert await queued_rows(auth) == []
    assert recipients(mail_server) == [ADA]


async def test_a_broken_template_is_named_and_the_mail_waits_until_it_is_mended(
    make_auth: MakeAuth,
    mail_server: MailServer,
    clock: FrozenClock,
    tmp_path: Path,
    log: LogLines,
) -> None:
    """The log says which file and line; the other mails go."""
    folder = tmp_path / "templates"
    (folder / "en").mkdir(parents=True)
    template = folder / "en" / "reset_password.txt"
    template.write_text("Hello\n\n{{ no_such_thing }}\n")
    auth = await make_auth(**SENDER, smtp_url=mail_server.url, mail_templates=str(folder))
    await auth.accounts.create(ADA, None, "Ada")
    await queue_mail(auth)
    await queue_mail(auth, client=Client(languages="ko"))
    log.start()
    assert await auth.outbox.deliver() == 1
    (said,) = [one["cause"] for one in log.records if one["event"] == "mail not sent"]
    assert said == "template en/reset_password.txt line 3: 'no_such_thing' is undefined"
    assert [row["last_error"] for row in await queued_rows(auth)] == [said]
    template.write_text("Hello\n\n{{ link }}\n")
    clock.tick(HALF_AN_HOUR / 2)
    assert await auth.outbox.deliver() == 1
    assert mail_server.received[1].message["Subject"] == "Hello"


async def test_what_nobody_foresaw_puts_off_one_mail_and_no_other(
    auth: Auth, ada: User, mail_server: MailServer, log: LogLines
) -> None:
    """The log says where it was, and not what was said: that may be an address."""

    async def breaks(order: QueuedMail) -> MailContent:
        raise LookupError(order.to)

    auth.outbox.composers[MailKind.TEST] = breaks
    await queue_mail(auth, letter=MailKind.TEST)
    await queue_mail(auth)
    log.start()
    assert await auth.outbox.deliver() == 1
    (row,) = await queued_rows(auth)
    assert row["last_error"].startswith("unforeseen LookupError at test_outbox.py:")
    assert ADA not in log.text


async def test_no_log_line_and_no_row_holds_an_address_or_a_word_of_a_mail(
    make_auth: MakeAuth, mail_server: MailServer, log: LogLines
) -> None:
    """Neither when it goes nor when it does not, whatever the server says."""
    url = mail_server.url.replace("localhost", "sentinel-user:sentinel-password@localhost")
    log.start()
    auths = [await make_auth(**SENDER, smtp_url=smtp_url) for smtp_url in (mail_server.url, url)]
    for at, auth in enumerate(auths):
        await auth.accounts.create(f"{at}{ADA}", None, "Ada")
        for answer in (None, "550 5.1.1 <sentinel-words> ada@example.com", "451 ada@example.com"):
            mail_server.answer("DATA", answer)
            await queue_mail(auth, f"{at}{ADA}")
            await auth.outbox.deliver()
    rows = str(await queued_rows(auths[0]))
    assert len(mail_server.received) == 1
    token = mail_server.received[0].text.partition("#token=")[2][:43]
    assert len(token) == 43
    for secret in (ADA, "sentinel", token, "Set a new password"):
        assert secret not in log.text
        assert secret not in rows
    assert "mail not sent" in log.text


async def test_an_id_of_a_message_is_that_of_its_order(
    auth: Auth, ada: User, mail_server: MailServer
) -> None:
    """So that a mail which does come twice is known by its Message-ID."""
    await queue_mail(auth)
    (row,) = await queued_rows(auth)
    await auth.outbox.deliver()
    expected = f"<{UUID(str(row['id']))}@example.com>"
    assert mail_server.received[0].message["Message-ID"] == expected


async def test_what_came_of_mails_is_counted(
    auth: Auth, ada: User, mail_server: MailServer, clock: FrozenClock
) -> None:
    """Sent, put off and failed."""
    for answer in (AWAY, UNKNOWN, None):
        mail_server.answer("RCPT", answer)
        await queue_mail(auth)
        await auth.outbox.deliver()
    lines = auth.metrics.exposition("text/plain")[0].decode().splitlines()
    counts = {line for line in lines if line.startswith("authberry_mails_total")}
    assert counts == {
        f'authberry_mails_total{{outcome="{outcome}"}} 1.0'
        for outcome in ("sent", "put_off", "failed")
    }
