"""`authberry mail test`, and what the doctor says of mail."""

from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import PRODUCTION, CommandLine, authberry, quiet_logging
from empty_database import database_url
from smtp import MailServer, MakeMailServer

from authberry.doctor.diagnosis import diagnose

__all__ = ["authberry", "database_url", "quiet_logging"]

Configure = Callable[..., None]
PASSWORD = "sentinel p@ssword"


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """`configure(SMTP_URL=...)` sets the environment."""

    def to(**environment: str) -> None:
        monkeypatch.setenv("AUTHBERRY_MAIL_FROM", "Example <no-reply@example.com>")
        monkeypatch.setenv("AUTHBERRY_SERVICE_NAME", "Example")
        for name, value in environment.items():
            monkeypatch.setenv(f"AUTHBERRY_{name}", value)

    return to


async def findings(setting: str) -> list[tuple[str, str, str]]:
    """What the doctor says of one setting."""
    return [
        (one.level, one.problem, one.remedy)
        for one in await diagnose()
        if one.setting == f"AUTHBERRY_{setting}"
    ]


async def test_a_test_mail_is_sent_at_once(
    authberry: CommandLine, configure: Configure, mail_server: MailServer
) -> None:
    """And the command says what the server said."""
    configure(SMTP_URL=mail_server.url)
    outcome = await authberry("mail", "test", "Ada@Example.com", "--language", "ko")
    assert outcome.code == 0
    assert outcome.out == "The mail server took it, and said: 2.0.0 Ok: queued as 4F1\n"
    (received,) = mail_server.received
    assert received.recipients == ["ada@example.com"]
    assert received.message["Subject"] == "[Example] 테스트 메일입니다"
    assert received.message["Content-Language"] == "ko"


async def test_it_needs_no_database(
    authberry: CommandLine, configure: Configure, mail_server: MailServer
) -> None:
    """Whoever sets mail up may not have come to that yet."""
    configure(
        SMTP_URL=mail_server.url, DATABASE_URL="postgres://ada:sentinel@127.0.0.1:1/authberry"
    )
    assert (await authberry("mail", "test", "ada@example.com")).code == 0
    assert len(mail_server.received) == 1


async def test_without_a_server_a_development_mail_is_printed(
    authberry: CommandLine, configure: Configure
) -> None:
    """In production there is nothing that it could leave by, which is said."""
    configure()
    outcome = await authberry("mail", "test", "ada@example.com")
    assert outcome.code == 0
    assert outcome.out == "Printed, since AUTHBERRY_SMTP_URL names no mail server.\n"
    assert "--- mail to ada@example.com: A test mail from Example\n" in outcome.err


async def test_what_the_server_refuses_is_said_with_what_to_do(
    authberry: CommandLine, configure: Configure, mail_server: MailServer
) -> None:
    """Its own words too: this is the operator's terminal, and no log."""
    mail_server.answer("RCPT", "554 5.7.1 <ada@example.com>: relay access denied")
    configure(SMTP_URL=mail_server.url)
    outcome = await authberry("mail", "test", "ada@example.com")
    assert outcome.code == 1
    assert outcome.out == (
        "The mail server said: 554 5.7.1 <ada@example.com>: relay access denied\n"
    )
    assert outcome.err == (
        "error: recipient refused: 554 5.7.1. Check the address, and whether this server sends"
        " mail to everywhere for us.\n"
    )


@pytest.mark.parametrize(
    ("url", "problem", "remedy"),
    [
        ("smtp://127.0.0.1:1", "no connection: ", "Correct host and port in AUTHBERRY_SMTP_URL"),
        ("{plain}", "SMTP STARTTLS extension not supported by server", "Begin AUTHBERRY_SMTP_URL"),
        ("{wrong}", "log-in refused: 535 5.7.8", "Correct user and password"),
        ("{untrusted}", "certificate not trusted: IP address mismatch", "Name the host in"),
    ],
    ids=["away", "plain", "wrong", "untrusted"],
)
async def test_whatever_is_wrong_the_command_and_the_doctor_say_what_to_do(
    authberry: CommandLine,
    configure: Configure,
    make_mail_server: MakeMailServer,
    trust: Path,
    url: str,
    problem: str,
    remedy: str,
) -> None:
    """Both end with 1, and neither says the password."""
    strict = make_mail_server("starttls", login=("someone", PASSWORD))
    url = url.format(
        plain=make_mail_server().url.replace("smtp+plain", "smtp"),
        wrong=strict.url.replace("p%40ss", "wrong"),
        untrusted=strict.url.replace("localhost", "127.0.0.1"),
    )
    configure(SMTP_URL=url)
    outcome = await authberry("mail", "test", "ada@example.com")
    assert outcome.code == 1
    assert problem in outcome.err
    assert f". {remedy}" in outcome.err
    (found,) = await findings("SMTP_URL")
    assert found[0] == "danger"
    assert found[1].startswith(f"names a mail server that cannot be used ({problem}")
    assert found[2].startswith(remedy)
    doctor = await authberry("doctor")
    assert doctor.code == 1
    for said in (*found, *outcome.err.splitlines(), *doctor.out.splitlines()):
        assert "sentinel" not in said


async def test_a_server_that_can_be_logged_in_to_is_in_order(
    configure: Configure, make_mail_server: MakeMailServer, trust: Path, authberry: CommandLine
) -> None:
    """The doctor sends nothing."""
    server = make_mail_server("smtps", login=("someone", PASSWORD))
    configure(SMTP_URL=server.url)
    assert await findings("SMTP_URL") == []
    assert server.connections == 1
    assert server.received == []


async def test_production_without_a_mail_server_is_advised_of_it(
    configure: Configure, authberry: CommandLine
) -> None:
    """It starts all the same: not everybody sends mail. And `mail test` says that there is none."""
    configure(**{name.removeprefix("AUTHBERRY_"): value for name, value in PRODUCTION.items()})
    assert await findings("SMTP_URL") == [
        (
            "advice",
            "is not set, so that nothing is mailed and nobody can set a forgotten password anew",
            "Set it and AUTHBERRY_MAIL_FROM",
        )
    ]
    outcome = await authberry("mail", "test", "ada@example.com")
    assert (outcome.code, outcome.out) == (1, "")


@pytest.mark.parametrize(
    ("url", "is_danger"),
    [
        ("smtp+plain://mail.example.com", True),
        ("smtp+plain://10.0.0.1:25", True),
        ("smtp+plain://localhost:1", False),
        ("smtp+plain://127.0.0.1:1", False),
        ("smtp+plain://[::1]:1", False),
        ("smtp://mail.example.com", False),
    ],
)
async def test_mail_without_tls_stays_on_this_machine(
    configure: Configure, authberry: CommandLine, url: str, *, is_danger: bool
) -> None:
    """In production nothing starts that would send links over the network for all to read."""
    configure(
        SMTP_URL=url,
        **{name.removeprefix("AUTHBERRY_"): value for name, value in PRODUCTION.items()},
    )
    outcome = await authberry("prune")
    said = "AUTHBERRY_SMTP_URL: sends mails, with their links, over the network without TLS."
    assert (said in outcome.err) == is_danger


async def test_the_doctor_finds_broken_templates(
    configure: Configure, authberry: CommandLine, tmp_path: Path
) -> None:
    """Before a mail depends on them: each by its file and line, once."""
    folder = tmp_path / "templates"
    for language in ("en", "de"):
        (folder / language).mkdir(parents=True)
    (folder / "en" / "login_link.txt").write_text("Log in\n{{ lnk }}")
    (folder / "de" / "new_device.html").write_text("{{ address.upper() }}")
    (folder / "de" / "new_device.txt").write_text("Neues Gerät")
    (folder / "de" / "test.txt").write_text("{% if")
    (folder / "de" / "test.html").write_text("gut")
    configure(MAIL_TEMPLATES=str(folder))
    problems = [problem for _, problem, _ in await findings("MAIL_TEMPLATES")]
    # In German too, English is what a letter goes out in that is not there.
    broken = [
        "en/login_link.txt line 2: 'lnk' is undefined",
        "de/new_device.html line 1: 'None' has no attribute 'upper'",
        "de/test.txt line 1: unexpected 'end of template'",
    ]
    assert problems == [f"holds a template that is broken ({one})" for one in broken]
