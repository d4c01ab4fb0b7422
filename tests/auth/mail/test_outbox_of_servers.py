"""Servers in processes of their own, killed and restarted: each mail arrives, and once."""

import asyncio
import signal
from collections import Counter
from datetime import timedelta

import pytest
from anyio.to_thread import run_sync
from browser import data
from processes import OpenBrowser, Serve, Server
from queued_mail import ADA, SENDER, queued_rows, until, until_queue_is_empty
from smtp import SILENT, STALL, MailServer

from authberry import Auth
from authberry.mail.delivery import LEASE
from authberry.models import OutboxMessage

pytestmark = pytest.mark.one_process("its servers are told apart")

RESET = "mutation Ask($email: String!) { requestPasswordReset(email: $email) { __typename } }"
UNLIMITED = {"mail_attempts_per_account": "off", "mail_attempts_per_address": "off"}


async def ask(server: Server, open_browser: OpenBrowser, *addresses: str) -> None:
    """Ask a server for links, all at once; each is answered."""
    browser = open_browser(server)
    answers = await asyncio.gather(*(browser.ask(RESET, {"email": one}) for one in addresses))
    assert [data(answer) for answer in answers] == [{"__typename": "EmailSent"}] * len(addresses)


async def pass_time(auth: Auth, time: timedelta) -> None:
    """Let every mail be due that much sooner."""
    for row in await queued_rows(auth):
        with auth.database.use():
            await OutboxMessage.filter(id=row["id"]).update(due_at=row["due_at"] - time)


async def test_a_server_killed_between_commit_and_send_loses_nothing_and_sends_once(
    serve: Serve, open_browser: OpenBrowser, rules: Auth, mail_server: MailServer
) -> None:
    """The mail server is away when it is asked; when both are back, the mail arrives by itself."""
    mail_server.stop()
    await rules.accounts.create(ADA, None, "Ada")
    server = serve(**SENDER, **UNLIMITED, smtp_url=mail_server.url)
    await ask(server, open_browser, ADA)
    server.kill()
    assert len(await queued_rows(rules)) == 1
    mail_server.start()
    await pass_time(rules, LEASE)  # before it starts: nobody has taken it then
    await run_sync(server.start)
    await until_queue_is_empty(rules)
    assert [one.recipients for one in mail_server.received] == [[ADA]]


async def test_a_server_killed_while_it_sends_leaves_the_mail_to_another(
    serve: Serve, open_browser: OpenBrowser, rules: Auth, mail_server: MailServer
) -> None:
    """The mail server had not taken it: another process sends it once the lease is over."""
    mail_server.answer("RCPT", STALL)
    await rules.accounts.create(ADA, None, "Ada")
    first, second = (serve(**SENDER, **UNLIMITED, smtp_url=mail_server.url) for _ in range(2))
    await ask(first, open_browser, ADA)
    await until(lambda: mail_server.stalled == 1)
    first.kill()
    mail_server.answer("RCPT", None)
    mail_server.release()
    second.until_ready()
    assert [row["attempts"] for row in await queued_rows(rules)] == [1]
    assert mail_server.received == []
    await pass_time(rules, LEASE)
    await until_queue_is_empty(rules)
    assert [one.recipients for one in mail_server.received] == [[ADA]]


async def test_the_one_moment_in_which_a_mail_may_come_twice(
    serve: Serve, open_browser: OpenBrowser, rules: Auth, mail_server: MailServer
) -> None:
    """The mail server has all of it when the process is killed; both have one Message-ID."""
    mail_server.answer("DATA", SILENT)
    await rules.accounts.create(ADA, None, "Ada")
    server = serve(**SENDER, **UNLIMITED, smtp_url=mail_server.url)
    await ask(server, open_browser, ADA)
    await until(lambda: mail_server.stalled == 1)
    server.kill()
    mail_server.answer("DATA", None)
    assert len(mail_server.received) == 1
    await pass_time(rules, LEASE)
    await run_sync(server.start)
    await until_queue_is_empty(rules)
    first, second = mail_server.received
    assert first.message["Message-ID"] == second.message["Message-ID"]


async def test_a_server_that_is_told_to_stop_finishes_what_it_sends(
    serve: Serve, open_browser: OpenBrowser, rules: Auth, mail_server: MailServer
) -> None:
    """It leaves with 0, and nothing is sent again."""
    mail_server.answer("DATA", STALL)
    await rules.accounts.create(ADA, None, "Ada")
    server = serve(**SENDER, **UNLIMITED, smtp_url=mail_server.url)
    await ask(server, open_browser, ADA)
    await until(lambda: mail_server.stalled == 1)
    server.signal(signal.SIGTERM)
    await server.until_logged("stopping")
    mail_server.release()
    assert await run_sync(server.wait) == 0
    assert len(mail_server.received) == 1
    assert await queued_rows(rules) == []


async def test_processes_share_what_there_is_to_send(
    serve: Serve, open_browser: OpenBrowser, rules: Auth, mail_server: MailServer
) -> None:
    """One server of two workers and another of one: of forty mails each arrives once."""
    addresses = [f"user{number}@example.com" for number in range(40)]
    for address in addresses:
        await rules.accounts.create(address, None)
    settings = {**SENDER, **UNLIMITED, "smtp_url": mail_server.url}
    servers = [serve(workers=workers, **settings) for workers in (2, 1)]
    half = len(addresses) // 2
    await ask(servers[0], open_browser, *addresses[:half])
    await ask(servers[1], open_browser, *addresses[half:])
    await until_queue_is_empty(rules)
    assert Counter(one.recipients[0] for one in mail_server.received) == Counter(addresses)
