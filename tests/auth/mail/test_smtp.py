"""Sending to a real SMTP server: encrypted, logged in, and whatever the server says."""

from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

import pytest
from frozen_clock import NOON
from smtp import DROP, STALL, Encryption, MailServer, MakeMailServer

import authberry.mail.smtp
from authberry import Settings, SettingsError
from authberry.mail.mailer import Undeliverable
from authberry.mail.message import build_message
from authberry.mail.rendering import MailKind, MailRenderer
from authberry.mail.smtp import Smtp

ADA = "ada@example.com"
PASSWORD = "p@ss:w/rd %41 ü"
LINK = "https://auth.example.com/account/reset#token=abc"


def configured(url: str, **settings: object) -> Settings:
    """The settings of a service that sends mail."""
    defaults = {"mail_from": "Example <no-reply@example.com>", "service_name": "Example"}
    return Settings.load(**{**defaults, "smtp_url": url, **settings})


def mail(settings: Settings, to: str = ADA, language: str = "en") -> EmailMessage:
    """A mail with a link."""
    values = {"link": LINK, "lifetime": timedelta(minutes=30), "address": None}
    written = MailRenderer(settings).render(MailKind.RESET_PASSWORD, language, values)
    return build_message(UUID(int=7), settings.mail_from, to, written, NOON)


async def send(settings: Settings, message: EmailMessage) -> str:
    """Send one mail and hang up; returns what the server said."""
    smtp = Smtp(settings)
    try:
        return await smtp.send(message)
    finally:
        await smtp.disconnect()


async def refusal(server: MailServer, to: str = ADA) -> Undeliverable:
    """Why a mail does not go."""
    settings = configured(server.url)
    with pytest.raises(Undeliverable) as refused:
        await send(settings, mail(settings, to))
    assert server.received == []
    return refused.value


@pytest.mark.parametrize("encryption", ["starttls", "smtps"])
async def test_a_mail_goes_over_tls_and_with_a_login(
    make_mail_server: MakeMailServer, trust: Path, encryption: Encryption
) -> None:
    """The certificate's authority is one of `SSL_CERT_FILE`; signs in the password are encoded."""
    server = make_mail_server(encryption, login=("someone@example.com", PASSWORD))
    settings = configured(server.url)
    said = await send(settings, mail(settings))
    assert said == "2.0.0 Ok: queued as 4F1"
    (received,) = server.received
    assert received.is_encrypted
    assert received.user == "someone@example.com"
    assert (received.sender, received.recipients) == ("no-reply@example.com", [ADA])
    assert received.message["From"] == "Example <no-reply@example.com>"
    assert received.message["To"] == ADA
    assert received.message["Subject"] == "Set a new password for Example"
    assert received.message["Message-ID"] == f"<{UUID(int=7)}@example.com>"
    assert received.message["Content-Language"] == "en"
    assert received.message["Auto-Submitted"] == "auto-generated"
    assert f"\n{LINK}\n" in received.text
    assert f'href="{LINK}"' in received.html


async def test_without_tls_only_where_the_url_says_so(mail_server: MailServer) -> None:
    """`smtp+plain` sends as it is; `smtp` does not send to a server that has no STARTTLS."""
    settings = configured(mail_server.url)
    await send(settings, mail(settings))
    assert not mail_server.received[0].is_encrypted
    strict = configured(mail_server.url.replace("smtp+plain", "smtp"))
    with pytest.raises(Undeliverable) as refused:
        await send(strict, mail(strict))
    assert str(refused.value) == "SMTP STARTTLS extension not supported by server"
    assert not refused.value.is_permanent
    assert len(mail_server.received) == 1


@pytest.mark.parametrize("encryption", ["starttls", "smtps"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    make_mail_server: MakeMailServer, encryption: Encryption
) -> None:
    """Nothing is sent, neither mail nor password, and the reason is what an operator can act on."""
    refused = await refusal(make_mail_server(encryption, login=("someone", PASSWORD)))
    assert str(refused) == "certificate not trusted: unable to get local issuer certificate"
    assert not refused.is_permanent


async def test_a_certificate_for_another_host_is_refused(
    make_mail_server: MakeMailServer, trust: Path
) -> None:
    """It is for localhost, and not for the address that the URL names."""
    server = make_mail_server("smtps")
    settings = configured(server.url.replace("localhost", "127.0.0.1"))
    with pytest.raises(Undeliverable, match="certificate not trusted: IP address mismatch"):
        await send(settings, mail(settings))


async def test_a_wrong_password_is_our_trouble(
    make_mail_server: MakeMailServer, trust: Path
) -> None:
    """It can be corrected, so that the mail is tried again; the reason holds no password."""
    server = make_mail_server("starttls", login=("someone", PASSWORD))
    settings = configured(server.url.replace("p%40ss", "wrong"))
    with pytest.raises(Undeliverable) as refused:
        await send(settings, mail(settings))
    assert str(refused.value) == "log-in refused: 535 5.7.8"
    assert not refused.value.is_permanent


@pytest.mark.parametrize(
    ("step", "answer", "reason", "is_permanent"),
    [
        ("RCPT", "550 5.1.1 <ada@example.com>: unknown", "recipient refused: 550 5.1.1", True),
        ("RCPT", "550 no such ada@example.com", "recipient refused: 550", True),
        ("RCPT", "450 4.2.0 greylisted", "recipient refused: 450 4.2.0", False),
        ("RCPT", "554 5.7.1 relay access denied", "recipient refused: 554 5.7.1", False),
        ("RCPT", "530 5.7.0 log in first", "recipient refused: 530 5.7.0", False),
        ("DATA", "554 5.6.0 not with ada@example.com", "message refused: 554 5.6.0", True),
        ("DATA", "451 4.3.0 later", "message refused: 451 4.3.0", False),
        ("MAIL", "550 5.1.0 not from here", "sender refused: 550 5.1.0", False),
        ("MAIL", "421 4.3.2 closing", "sender refused: 421 4.3.2", False),
    ],
)
async def test_a_refusal_is_for_good_only_where_it_is_about_the_mail(
    mail_server: MailServer, step: str, answer: str, reason: str, *, is_permanent: bool
) -> None:
    """The reason has the codes, and not the words, in which servers repeat addresses."""
    mail_server.answer(step, answer)
    refused = await refusal(mail_server)
    assert (str(refused), refused.is_permanent) == (reason, is_permanent)
    assert refused.said == answer


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
async def test_a_connection_that_breaks_is_no_verdict(mail_server: MailServer, step: str) -> None:
    """It is tried again."""
    mail_server.answer(step, DROP)
    refused = await refusal(mail_server)
    assert not refused.is_permanent
    assert "example.com" not in str(refused)


async def test_a_server_that_is_not_there_is_no_verdict(mail_server: MailServer) -> None:
    """It is tried again."""
    mail_server.stop()
    refused = await refusal(mail_server)
    assert str(refused).startswith("no connection: ")
    assert not refused.is_permanent


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
async def test_a_server_that_stalls_is_left(
    mail_server: MailServer, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """All of one delivery has one limit, which is shorter than what an outbox grants."""
    monkeypatch.setattr(authberry.mail.smtp, "SENDING_TIMEOUT", timedelta(seconds=0.5))
    mail_server.answer(step, STALL)
    refused = await refusal(mail_server)
    assert (str(refused), refused.is_permanent) == ("no answer in time", False)


async def test_mails_of_one_run_share_a_connection(mail_server: MailServer) -> None:
    """It is kept until there is nothing more to send."""
    settings = configured(mail_server.url)
    smtp = Smtp(settings)
    await smtp.send(mail(settings))
    await smtp.send(mail(settings))
    assert mail_server.connections == 1
    await smtp.disconnect()
    await smtp.send(mail(settings))
    assert mail_server.connections == 2
    await smtp.disconnect()
    assert len(mail_server.received) == 3


async def test_a_connection_that_was_closed_meanwhile_is_replaced(mail_server: MailServer) -> None:
    """A server that restarts between two mails costs neither."""
    settings = configured(mail_server.url)
    smtp = Smtp(settings)
    await smtp.send(mail(settings))
    mail_server.stop()
    mail_server.start()
    await smtp.send(mail(settings))
    await smtp.disconnect()
    assert len(mail_server.received) == 2


async def test_the_service_says_its_own_name(mail_server: MailServer) -> None:
    """And not whatever the machine's resolver comes up with, after however long."""
    settings = configured(mail_server.url, public_url="https://auth.example.com/accounts")
    await send(settings, mail(settings))
    assert settings.smtp_url
    smtp = Smtp(configured(mail_server.url, public_url="http://[::1]:8000"))
    assert smtp._name == "[IPv6:::1]"
    assert Smtp(settings)._name == "auth.example.com"


async def test_an_international_address_goes_by_smtputf8(mail_server: MailServer) -> None:
    """And a subject in Korean arrives as it is."""
    settings = configured(mail_server.url, service_name="베리", mail_from="베리 <no-reply@베리.kr>")
    await send(settings, mail(settings, "사용자@예시.kr", "ko"))
    (received,) = mail_server.received
    assert received.recipients == ["사용자@예시.kr"]
    assert received.sender == "no-reply@xn--oy2b17c.kr"
    assert received.message["Subject"] == "[베리] 새 비밀번호를 설정해 주세요"
    assert received.raw.startswith("From: 베리 <no-reply@xn--oy2b17c.kr>\r\n".encode())
    assert "베리 계정의 비밀번호 재설정 요청을 받았습니다" in received.text


async def test_words_in_korean_need_nothing_special(make_mail_server: MakeMailServer) -> None:
    """The sender's name and the subject are encoded where the server knows ASCII alone."""
    server = make_mail_server(utf8=False)
    settings = configured(server.url, service_name="베리", mail_from="베리 <no-reply@example.com>")
    await send(settings, mail(settings, ADA, "ko"))
    (received,) = server.received
    assert received.message["From"] == "베리 <no-reply@example.com>"
    assert received.message["Subject"] == "[베리] 새 비밀번호를 설정해 주세요"
    head, _, _ = received.raw.partition(b"\r\n\r\n")
    assert head.isascii()


async def test_an_international_domain_needs_nothing_special(
    make_mail_server: MakeMailServer,
) -> None:
    """A server without SMTPUTF8 takes it, in the spelling that the name system knows."""
    server = make_mail_server(utf8=False)
    settings = configured(server.url)
    await send(settings, mail(settings, "ada@bücher.example"))
    assert server.received[0].recipients == ["ada@xn--bcher-kva.example"]


async def test_an_address_that_the_server_cannot_write_is_given_up(
    make_mail_server: MakeMailServer,
) -> None:
    """Without SMTPUTF8 there is no way to name it."""
    refused = await refusal(make_mail_server(utf8=False), "사용자@example.com")
    assert (str(refused), refused.is_permanent) == (
        "the server takes no such address (SMTPUTF8)",
        True,
    )


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp://user@mail.example.com",
        "smtp://user:p@ss@mail.example.com",
        "smtps+plain://mail.example.com",
        "smtp://mail.example.com/?tls=no",
        "mail.example.com:587",
    ],
)
def test_a_url_that_says_something_else_is_refused(url: str) -> None:
    """And the message does not repeat it, since any part of it may be the password."""
    with pytest.raises(SettingsError) as refused:
        configured(url)
    assert str(refused.value) == (
        "AUTHBERRY_SMTP_URL: must be smtp://user:password@host:587 or"
        " smtps://user:password@host:465, the password percent-encoded"
    )
