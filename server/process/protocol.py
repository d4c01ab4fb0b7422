"""HTTP/1.1 with bounds that uvicorn leaves open: how long a request's head may take, and be."""

import json
import re
from asyncio import TimerHandle, Transport
from http import HTTPStatus

import httptools

from authberry.errors import BadRequest
from authberry.graph.errors import as_error
from authberry.server.process.uvicorn_internals import UvicornProtocol

MAX_HEAD_BYTES = 32 * 1024
HEAD_TIMEOUT = 10  # seconds from the connection, or from the first byte, to the last header
LINGER_TIMEOUT = 5  # seconds for a body to end that was answered before it had
KEEP_ALIVE_TIMEOUT = 75  # seconds between requests: longer than a proxy's (60)
LAST_REQUEST_TIMEOUT = 2  # seconds for a request that was on its way when the server stopped

HOST = re.compile(rb"(?:[A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
"""What may stand in `Host`: nothing that could be taken for a path, a query or somebody's name."""

CLOSING = "closing"
"""The part of the server's state that says that each connection's next answer is its last."""


class BoundedProtocol(UvicornProtocol):
    """Closes a connection whose head is endless, be it in bytes or in time.

    So it does with a body that goes on long after its refusal: time enough to read the answer.

    Between two requests of a connection uvicorn's own keep-alive timer runs. Heads are counted in
    whole reads, so that a body which arrives in the same read costs nothing.
    """

    _head_timer: TimerHandle | None = None
    _linger_timer: TimerHandle | None = None
    _head_bytes = 0
    _has_begun = False

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Begin to wait for a first request."""
        super().connection_made(transport)
        self._await_head()
        if self.state_of_server(CLOSING):
            self.shutdown()  # accepted in the last moment

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._end_head()
        self._end_body()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the head is not too long."""
        super().data_received(data)
        if self._head_timer is not None and not self.transport.is_closing():
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD_BYTES:
                self._refuse(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too long."
                )

    def on_message_begin(self) -> None:
        """Begin with a head."""
        super().on_message_begin()
        self._has_begun = True
        if self._head_timer is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """End with the head; without one good `Host` the request is none."""
        if not self._names_one_host():
            raise httptools.HttpParserError("The request names no host, or several.")
        self._end_head()
        super().on_headers_complete()
        if self.state_of_server(CLOSING):
            self.close_after_answer()

    def on_message_complete(self) -> None:
        """End with the body."""
        self._end_body()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Do not wait for ever for a body that nobody reads."""
        super().on_response_complete()
        if self.is_answered_early:
            self._linger_timer = self.loop.call_later(LINGER_TIMEOUT, self.transport.close)

    def shutdown(self) -> None:
        """Answer what is being asked, or what is on its way and will be there soon; then close."""
        if self.is_idle and self.state_of_server(CLOSING):
            self.close_unless_used_within(LAST_REQUEST_TIMEOUT)
        else:
            super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in JSON, like everything else."""
        self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def _names_one_host(self) -> bool:
        """RFC 9112, section 3.2. Health checks of HTTP/1.0 may name none."""
        hosts = self.hosts()
        if not hosts:
            return self.http_version() == "1.0"
        return len(hosts) == 1 and HOST.fullmatch(hosts[0]) is not None

    def _await_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_TIMEOUT, self._refuse_slow)

    def _end_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _end_body(self) -> None:
        if self._linger_timer is not None:
            self._linger_timer.cancel()
            self._linger_timer = None

    def _refuse_slow(self) -> None:
        if not self._has_begun:
            # Nothing was sent at all: browsers open connections that they may want later.
            self.transport.close()
        else:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The headers did not arrive in time.")

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        self._end_head()
        error = as_error(BadRequest(message)).formatted
        body = json.dumps({"errors": [error]}).encode("ascii")
        head = (
            f"HTTP/1.1 {status.value} {status.phrase}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n"
        )
        self.transport.write(head.encode("ascii") + body)
        self.transport.close()
