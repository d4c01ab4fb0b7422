"""A proxy in front of a server, which keeps the requests, and can hold them or refuse them."""

from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

PATIENCE = 60  # seconds


@dataclass(frozen=True)
class Recorded:
    """A request that has come by."""

    headers: dict[str, str]
    body: bytes


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class RecordingProxy:
    """Hands every POST on."""

    def __init__(self, target: str) -> None:
        """Hand everything on to the server at this URL."""
        self.requests: list[Recorded] = []
        self._host = urlsplit(target).netloc
        self._arrived = Condition()
        self._gate = Event()
        self._gate.set()
        self._is_away = False
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                proxy.hand_on(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Listen."""
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close."""
        self._gate.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def headers(self) -> list[dict[str, str]]:
        """Of each request; their names in small letters."""
        return [one.headers for one in self.requests]

    def forget(self) -> None:
        """Forget what was sent so far."""
        self.requests.clear()

    def hold(self) -> None:
        """Hand nothing on before `release`; nothing has been held so far."""
        self.forget()
        self._gate.clear()

    def until_held(self, number: int) -> None:
        """Wait until so many requests are held."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.requests) >= number, PATIENCE)

    def release(self) -> None:
        """Hand on what was held, and whatever comes."""
        self._gate.set()

    def be_away(self, *, is_away: bool) -> None:
        """Answer that the service is not there, as a balancer does; or hand on again."""
        self._is_away = is_away

    def hand_on(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request with what the server answers."""
        body = handler.rfile.read(int(handler.headers["content-length"]))
        with self._arrived:
            headers = {name.lower(): value for name, value in handler.headers.items()}
            self.requests.append(Recorded(headers, body))
            self._arrived.notify_all()
        self._gate.wait()
        if self._is_away:
            handler.send_response(503)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        connection = HTTPConnection(self._host)
        connection.request("POST", handler.path, body, dict(handler.headers))
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        handler.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "transfer-encoding"}:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(content)
