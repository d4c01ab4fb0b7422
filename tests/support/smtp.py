"""A mail server that accepts mails, or stalls, refuses and disconnects at a chosen step."""

import asyncio
import logging
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal, Protocol
from urllib.parse import quote

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from bench.local_servers import free_port

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # what it says is not ours

Encryption = Literal["none", "starttls", "smtps"]
STALL, DROP, SILENT = "stall", "drop", "silent"
SCHEMES = {"none": "smtp+plain", "starttls": "smtp", "smtps": "smtps"}


@dataclass(frozen=True)
class Received:
    """A mail that the server has taken."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    raw: bytes = field(repr=False)
    is_encrypted: bool
    user: str | None

    @property
    def text(self) -> str:
        """What it says in plain text."""
        return self._part("plain")

    @property
    def html(self) -> str:
        """What it says as a page."""
        return self._part("html")

    def _part(self, kind: str) -> str:
        body = self.message.get_body((kind,))
        assert body
        return str(body.get_content()).replace("\r\n", "\n")


class MailServer:
    """Listens on a port of the loopback interface, the same after each start."""

    def __init__(
        self,
        encryption: Encryption = "none",
        *,
        certificate: trustme.LeafCert | None = None,
        login: tuple[str, str] | None = None,
        utf8: bool = True,
    ) -> None:
        """Listen once it is started.

        Args:
            encryption: From the start, once asked, or none.
            certificate: To show.
            login: The name and the password without which it takes nothing.
            utf8: Whether it knows SMTPUTF8.
        """
        self.port = free_port()
        self.received: list[Received] = []
        self.connections = 0
        self._encryption = encryption
        self._login = login
        self._utf8 = utf8
        self._tls = None
        if certificate:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            certificate.configure_cert(self._tls)
        self._answers: dict[tuple[str, str | None], str] = {}
        self._logins: dict[Session, str] = {}
        self._stalled: set[asyncio.Event] = set()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """What to set `AUTHBERRY_SMTP_URL` to."""
        login = ":".join(quote(part, safe="") for part in self._login or ())
        return f"{SCHEMES[self._encryption]}://{login}{'@' if login else ''}localhost:{self.port}"

    def answer(self, step: str, answer: str | None, to: str | None = None) -> None:
        """Answer a step (`MAIL`, `RCPT`, `DATA`) with a line, `STALL` or `DROP`; None as usual.

        `SILENT` takes a mail (`DATA`) and does not say so. Where a recipient is named, only what is
        addressed there is answered so.
        """
        if answer is None:
            self._answers.pop((step, to), None)
        else:
            self._answers[step, to] = answer

    def start(self) -> None:
        """Listen."""
        tls = {"starttls": {"tls_context": self._tls}, "smtps": {"ssl_context": self._tls}}
        options: dict[str, Any] = dict(tls.get(self._encryption, {}))
        if self._login:
            options |= {
                "authenticator": self._authenticate,
                "auth_required": True,
                "auth_require_tls": self._encryption == "starttls",
            }
        self._controller = Controller(
            self,
            hostname="localhost",
            port=self.port,
            enable_SMTPUTF8=self._utf8,
            **options,
        )
        self._controller.start()
        self.connections = 0

    def stop(self) -> None:
        """Refuse connections, and break off those there are."""
        if self._controller:
            self._controller.stop()
            self._controller = None

    @property
    def stalled(self) -> int:
        """How many wait for an answer."""
        return len(self._stalled)

    def release(self) -> None:
        """Go on with whatever is stalled, as usual."""
        assert self._controller
        for event in list(self._stalled):
            self._controller.loop.call_soon_threadsafe(event.set)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's names
        self, _server: SMTP, session: Session, _envelope: Envelope, name: str, answers: list[str]
    ) -> list[str]:
        """Greet."""
        self.connections += 1
        session.host_name = name
        return answers

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Take a sender."""
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return await self._answer("MAIL", server, None) or "250 2.1.0 Ok"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take a recipient."""
        if refusal := await self._answer("RCPT", server, address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Take a mail."""
        to = envelope.rcpt_tos[0]
        if self._rule("DATA", to) == SILENT:
            self._keep(session, envelope)
            await self._answer("DATA", server, to)
        elif refusal := await self._answer("DATA", server, to):
            return refusal
        else:
            self._keep(session, envelope)
        return "250 2.0.0 Ok: queued as 4F1"

    def _keep(self, session: Session, envelope: Envelope) -> None:
        raw = envelope.original_content
        assert raw is not None
        self.received.append(
            Received(
                sender=str(envelope.mail_from),
                recipients=list(envelope.rcpt_tos),
                message=message_from_bytes(raw, policy=policy.default),
                raw=raw,
                is_encrypted=bool(session.ssl) or self._encryption == "smtps",
                user=self._logins.get(session),
            )
        )

    def _rule(self, step: str, to: str | None) -> str | None:
        return self._answers.get((step, to)) or self._answers.get((step, None))

    async def _answer(self, step: str, server: SMTP, to: str | None) -> str | None:
        answer = self._rule(step, to)
        if answer == DROP:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "421 4.0.0 gone"
        if answer in {STALL, SILENT}:
            event = asyncio.Event()
            self._stalled.add(event)
            try:
                await event.wait()
            finally:
                self._stalled.discard(event)
            return None
        return answer

    def _authenticate(
        self, _server: SMTP, session: Session, _envelope: Envelope, _mechanism: str, data: object
    ) -> AuthResult:
        assert self._login
        assert isinstance(data, LoginPassword)
        is_right = (data.login.decode(), data.password.decode()) == self._login
        self._logins[session] = data.login.decode()
        return AuthResult(success=is_right, handled=False, auth_data=data)


class MakeMailServer(Protocol):
    """Starts a mail server, which is stopped when the test ends."""

    def __call__(
        self,
        encryption: Encryption = "none",
        *,
        login: tuple[str, str] | None = None,
        utf8: bool = True,
    ) -> MailServer:
        """Start one whose certificate the test's authority has signed."""


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A private certificate authority."""
    return trustme.CA()


@pytest.fixture
def trust(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Trust the private authority, as an operator does: by `SSL_CERT_FILE`."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


@pytest.fixture
def make_mail_server(authority: trustme.CA) -> Iterator[MakeMailServer]:
    """Start mail servers."""
    with ExitStack() as stack:

        def make(
            encryption: Encryption = "none",
            *,
            login: tuple[str, str] | None = None,
            utf8: bool = True,
        ) -> MailServer:
            certificate = None if encryption == "none" else authority.issue_cert("localhost")
            server = MailServer(encryption, certificate=certificate, login=login, utf8=utf8)
            server.start()
            stack.callback(server.stop)
            return server

        yield make


@pytest.fixture
def mail_server(make_mail_server: MakeMailServer) -> MailServer:
    """A mail server without TLS."""
    return make_mail_server()
