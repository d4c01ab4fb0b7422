"""Mails that cannot be read, written or understood."""

from pathlib import Path
from uuid import UUID

import pytest
from frozen_clock import FrozenClock
from log_lines import LogLines
from outbox_rows import AWAY, UNKNOWN, MakeAuth, auth, recipients
from queued_mail import (
    ADA,
    HALF_AN_HOUR,
    SENDER,
    queue_mail,
    queued_rows,
)
from smtp import MailServer

from authberry import Auth, Client
from authberry.mail.queued_mail import MailContent, QueuedMail
from authberry.mail.rendering import MailKind
from authberry.models import OutboxMessage, User

__all__ = ["auth"]


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
    assert row["last_error"].startswith("unforeseen LookupError at test_outbox_unreadable.py:")
    assert ADA not in log.text


async def test_no_log_line_and_no_row_holds_an_address_or_a_word_of_a_mail(
    make_auth: MakeAuth, mail_server: MailServer, log: LogLines
) -> None:
    """Neither when it goes nor when it does not, whatever the server says."""
    url = mail_server.url.replace("localhost", "sentinel-user:sentinel-password@localhost")
    log.start()
    auths = [await make_auth(**SENDER, smtp_url=smtp_url) for smtp_url in (mail_server.url, url)]
    for at, server in enumerate(auths):
        await server.accounts.create(f"{at}{ADA}", None, "Ada")
        for answer in (None, "550 5.1.1 <sentinel-words> ada@example.com", "451 ada@example.com"):
            mail_server.answer("DATA", answer)
            await queue_mail(server, f"{at}{ADA}")
            await server.outbox.deliver()
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
