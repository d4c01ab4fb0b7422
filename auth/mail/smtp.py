"""Sending by an SMTP server.

`smtp://user:password@host:587` goes on only over TLS (STARTTLS, RFC 3207), `smtps://` begins with
it (RFC 8314, section 3.3), and `smtp+plain://` does without. Certificates are verified as Python
does by default, so that `SSL_CERT_FILE` names a private authority.
"""

import asyncio
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from ipaddress import ip_address
from typing import cast
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from authberry.mail.mailer import SENDING_TIMEOUT, Undeliverable
from authberry.settings import PREFIX, Settings

PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
STEP = 30.0  # seconds to wait for one answer
CHECKING, PARTING = 5.0, 2.0  # seconds, to ask whether anybody is still there, and to say good-bye

REFUSED = {
    SMTPRecipientRefused: "recipient",
    SMTPDataError: "message",
    SMTPSenderRefused: "sender",
    SMTPAuthenticationError: "log-in",
}
REMEDIES = {
    "recipient": "Check the address, and whether this server sends mail to everywhere for us",
    "sender": f"Set {PREFIX}MAIL_FROM to an address that the server lets this user send from",
    "log-in": f"Correct user and password in {PREFIX}SMTP_URL, both percent-encoded",
    "message": "Ask whoever runs the server why",
    "connection": "Try again later, or ask whoever runs the server why",
}
CHECK_ADDRESS = f"Correct host and port in {PREFIX}SMTP_URL, and look for a firewall"
CHECK_CERTIFICATE = (
    f"Name the host in {PREFIX}SMTP_URL as its certificate does, and a private authority's"
    " certificate in SSL_CERT_FILE"
)
CHECK_SCHEME = (
    f"Begin {PREFIX}SMTP_URL with smtps:// if the server begins with TLS (port 465), with smtp://"
    " if it has STARTTLS (587)"
)
FINAL = {"recipient", "message"}
"""What the server judges by itself; the rest is how it is configured, or we are."""
PERMANENT = 500
NOT_LOGGED_IN = {530, 534, 535, 538}
"""Trouble with who we are, whenever it is said (RFC 4954, section 6)."""
_ENHANCED = re.compile(r"[245]\.(\d{1,3})\.\d{1,3}(?!\S)")
POLICY = "7"
"""The subject of enhanced codes that say we may not, rather than that it cannot be (RFC 3463)."""


class _Connection(SMTP):
    """One that is over at once when it is closed: TLS would wait for the server's answer."""

    def close(self) -> None:
        """Break off; whatever was to be said has been answered, or failed."""
        if self.transport:
            cast("asyncio.Transport", self.transport).abort()
        super().close()


class Smtp:
    """Sends by the server that `AUTHBERRY_SMTP_URL` names."""

    def __init__(self, settings: Settings) -> None:
        """Read where to; connects when there is something to send."""
        url = urlsplit(settings.smtp_url)
        self._scheme, self._host = url.scheme, url.hostname or ""
        self._port = url.port or PORTS[url.scheme]
        self._user = unquote(url.username) if url.username else None
        self._password = unquote(url.password or "")
        self._name = _greeting(urlsplit(settings.public_url).hostname or "localhost")
        self._tls: ssl.SSLContext | None = None
        self._idle: list[_Connection] = []

    async def send(self, message: EmailMessage) -> str:
        """Return what the server said once it has taken the mail; raises `Undeliverable`."""
        with _explained():
            async with asyncio.timeout(SENDING_TIMEOUT.total_seconds()):
                connection = await self._connection()
                try:
                    _, said = await connection.send_message(message)
                except BaseException:
                    connection.close()
                    raise
        self._idle.append(connection)
        return said

    async def check(self) -> None:
        """Connect and log in, and send nothing; raises `Undeliverable`."""
        with _explained():
            async with asyncio.timeout(SENDING_TIMEOUT.total_seconds()):
                self._idle.append(await self._connect())
        await self.disconnect()

    async def disconnect(self) -> None:
        """Close the connections that are idle."""
        while self._idle:
            connection = self._idle.pop()
            with suppress(SMTPException, OSError):
                await connection.quit(timeout=PARTING)
            connection.close()

    async def _connection(self) -> _Connection:
        """One that was used just now, if the server has kept it, or a new one."""
        while self._idle:
            connection = self._idle.pop()
            with suppress(SMTPException, OSError):
                await connection.rset(timeout=CHECKING)
                return connection
            connection.close()
        return await self._connect()

    async def _connect(self) -> _Connection:
        if self._tls is None:
            # It reads every authority there is, which takes a while.
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        connection = _Connection(
            hostname=self._host,
            port=self._port,
            username=self._user,
            password=self._password if self._user else None,
            local_hostname=self._name,
            timeout=STEP,
            use_tls=self._scheme == "smtps",
            start_tls=self._scheme == "smtp",
            tls_context=self._tls,
        )
        await connection.connect()
        return connection


def _greeting(host: str) -> str:
    """How EHLO names a host (RFC 5321, section 4.1.3)."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return f"[{'IPv6:' if address.version == 6 else ''}{address}]"  # noqa: PLR2004 - IPv6


@contextmanager
def _explained() -> Iterator[None]:
    """Turn whatever goes wrong into `Undeliverable`."""
    try:
        yield
    except (SMTPException, OSError, ValueError) as error:
        raise _undeliverable(error) from None


def _undeliverable(error: Exception) -> Undeliverable:
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPResponseException):
        return _refused(error)
    if isinstance(error, SMTPNotSupported):
        return Undeliverable(
            "the server takes no such address (SMTPUTF8)",
            is_permanent=True,
            remedy="Use a server that does",
        )
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return Undeliverable("no address to send to", is_permanent=True)
    if isinstance(error, TimeoutError):
        return Undeliverable("no answer in time", remedy=f"{CHECK_ADDRESS}. {CHECK_SCHEME}")
    return _connection_problem(error)


def _refused(refusal: SMTPResponseException) -> Undeliverable:
    """Name the codes, and not the words behind them, which may be an address."""
    what = next((name for kind, name in REFUSED.items() if isinstance(refusal, kind)), "connection")
    enhanced = _ENHANCED.match(refusal.message)
    is_about_us = refusal.code in NOT_LOGGED_IN or (enhanced and enhanced[1] == POLICY)
    return Undeliverable(
        f"{what} refused: {refusal.code} {enhanced[0] if enhanced else ''}".strip(),
        is_permanent=what in FINAL and refusal.code >= PERMANENT and not is_about_us,
        said=f"{refusal.code} {refusal.message}",
        remedy=REMEDIES[what],
    )


def _connection_problem(error: Exception) -> Undeliverable:
    """What the network or the library says: a certificate's problem, a refused connection."""
    cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        reason = f"certificate not trusted: {cause.verify_message}"
        return Undeliverable(reason, remedy=CHECK_CERTIFICATE)
    if isinstance(cause, SMTPException):
        return Undeliverable(cause.message.rstrip("."), remedy=CHECK_SCHEME)
    reason = getattr(cause, "strerror", None) or type(cause).__name__
    is_tls = isinstance(cause, ssl.SSLError)
    return Undeliverable(
        f"no connection: {reason}", remedy=CHECK_SCHEME if is_tls else CHECK_ADDRESS
    )
