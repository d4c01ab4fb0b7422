"""The store in which servers count attempts together: connected to, and why it cannot be used."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from limits.aio.storage import RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from valkey.asyncio import (
    Connection,
    ConnectionPool,
    SSLConnection,
    UnixDomainSocketConnection,
    Valkey,
)
from valkey.exceptions import (
    AuthenticationError,
    NoPermissionError,
    ResponseError,
    ValkeyError,
)
from valkey.exceptions import TimeoutError as ValkeyTimeoutError

from authberry.settings import StoreUrl

STORE_ERRORS = (StorageError, OSError)

_PLAIN_TO_TLS = "Begin the URL with valkeys:// if this is its port for TLS"
_TLS_TO_PLAIN = "Begin the URL with valkey:// if this is its port without TLS"
_ADDRESS = "Start it, or correct the host and the port"
_NO_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL"}


@dataclass(frozen=True, slots=True)
class StoreProblem:
    """Why a store cannot be used, and what to do; no address and no password."""

    problem: str
    remedy: str

    def __str__(self) -> str:
        """Both, on one line."""
        return f"{self.problem}. {self.remedy}"


class ThrottleStore:
    """Valkey, or what speaks its protocol."""

    def __init__(self, url: StoreUrl, timeout: float) -> None:
        """Remember where it is; the first attempt connects.

        Args:
            url: Where.
            timeout: Seconds to connect, and to wait for an answer, unless the URL says otherwise.
        """
        self._url = url
        self._pool = ConnectionPool(**_connection(url, timeout))
        self._client = Valkey(connection_pool=self._pool)
        options: dict[str, Any] = {"connection_pool": self._pool}
        store = RedisStorage("async+valkey://", wrap_exceptions=True, **options)
        self.limiter = MovingWindowRateLimiter(store)

    async def check(self) -> StoreProblem | None:
        """Ask whether it answers; None if it does."""
        try:
            await self._client.ping()
        except (ValkeyError, OSError) as error:
            return self.problem_of(error)
        return None

    def problem_of(self, error: BaseException) -> StoreProblem:
        """Say what an error of the client means."""
        causes = list(_causes(error))
        for cause in causes:
            if found := _refusal(cause) or self._trouble_with_tls(cause):
                return found
        if any(isinstance(cause, ValkeyTimeoutError | TimeoutError) for cause in causes):
            remedy = f"{_ADDRESS}. {_TLS_TO_PLAIN}" if self._url.is_tls else _ADDRESS
            return StoreProblem("it does not answer in time", remedy)
        for cause in causes:
            if isinstance(cause, OSError) and not isinstance(cause, ConnectionResetError):
                name = type(cause).__name__
                return StoreProblem(f"it cannot be reached ({name})", self._where())
        if isinstance(causes[0], ConnectionError | ValkeyError) and not self._url.is_tls:
            return StoreProblem("it closes the connection", f"{_PLAIN_TO_TLS}, or look at its log")
        return StoreProblem(f"it cannot be used ({type(causes[0]).__name__})", "Look at its log")

    async def close(self) -> None:
        """Close the connections; a later attempt opens them again."""
        await self._pool.disconnect()

    def _where(self) -> str:
        return "Start it, or correct the path of the socket" if self._url.socket else _ADDRESS

    def _trouble_with_tls(self, cause: BaseException) -> StoreProblem | None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return StoreProblem(
                f"its certificate is not trusted ({cause.verify_message.rstrip('.')})",
                "Name the host as its certificate does, and a private authority's certificate in"
                " ssl_ca_certs or SSL_CERT_FILE",
            )
        if not isinstance(cause, ssl.SSLError):
            return None
        if cause.reason in _NO_TLS:
            return StoreProblem("it does not speak TLS there", _TLS_TO_PLAIN)
        return StoreProblem(
            f"TLS fails ({cause.reason or type(cause).__name__})",
            "Look at its log: it may ask for a certificate, in ssl_certfile and ssl_keyfile",
        )


def _connection(url: StoreUrl, timeout: float) -> dict[str, Any]:
    common: dict[str, Any] = {
        "username": url.user,
        "password": url.password,
        "db": url.number,
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        **url.options,
    }
    if url.socket:
        return {**common, "connection_class": UnixDomainSocketConnection, "path": url.socket}
    place = {**common, "host": url.host, "port": url.port}
    if url.is_tls:
        return {**place, "connection_class": SSLConnection, "ssl_check_hostname": True}
    return {**place, "connection_class": Connection}


def _refusal(cause: BaseException) -> StoreProblem | None:
    """What the store itself has said, of which nothing is repeated."""
    if isinstance(cause, AuthenticationError):
        if "required" in str(cause):
            return StoreProblem("it asks for a password", "Write user:password@ before the host")
        return StoreProblem("it refuses the user or the password", "Correct them")
    if isinstance(cause, NoPermissionError):
        return StoreProblem(
            "it does not let this user do what is needed",
            "Let them read and write keys that begin with LIMITS:, and run scripts",
        )
    if isinstance(cause, ResponseError) and "DB index" in str(cause):
        return StoreProblem(
            "it has no database of this number", "Correct the number at the end of the URL"
        )
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        if isinstance(error, StorageError):
            error = error.storage_error
        yield error
        error = error.__cause__ or error.__context__
