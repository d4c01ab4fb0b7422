"""A WebSocket to an application in this process, as an ASGI server would open it."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

TRANSPORT_WS = "graphql-transport-ws"
LEGACY_WS = "graphql-ws"
TIMEOUT = 60  # seconds for whatever is awaited


@dataclass(frozen=True)
class Closed:
    """The server has closed the socket, or not let it open."""

    code: int
    reason: str


class Socket:
    """Speaks JSON with `/graphql`."""

    def __init__(
        self,
        app: Any,
        *,
        protocol: str = TRANSPORT_WS,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a handshake."""
        self._app = app
        sent = {"host": "127.0.0.1:8000", **(headers or {})}
        self._scope = {
            "type": "websocket",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": "ws",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": ("192.0.2.1", 50_000),
            "server": ("127.0.0.1", 8000),
            "subprotocols": [protocol],
            "state": {},
        }
        self._to: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._from: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        """Shake hands."""
        self._running = asyncio.create_task(self._app(self._scope, self._to.get, self._send))
        await self._to.put({"type": "websocket.connect"})
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the socket."""
        await self._to.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self._running, TIMEOUT)

    async def send(self, **message: Any) -> None:
        """Send one message."""
        await self._to.put({"type": "websocket.receive", "text": json.dumps(message)})

    async def receive(self) -> dict[str, Any] | Closed:
        """Wait for the next message, or for the end."""
        while True:
            event = await asyncio.wait_for(self._from.get(), TIMEOUT)
            match event["type"]:
                case "websocket.close":
                    return Closed(event.get("code", 1000), event.get("reason") or "")
                case "websocket.send":
                    text = event.get("text") or event["bytes"].decode()
                    message: dict[str, Any] = json.loads(text)
                    return message

    async def connect(self, **payload: Any) -> dict[str, Any] | Closed:
        """Begin, with what the client has to say for itself."""
        await self.send(type="connection_init", payload=payload)
        return await self.receive()

    async def ask(self, document: str) -> dict[str, Any]:
        """Run one operation with one answer."""
        await self.send(id="ask", type="subscribe", payload={"query": document})
        answer = await self.receive()
        assert not isinstance(answer, Closed), answer
        assert await self.receive() == {"id": "ask", "type": "complete"}
        return dict(answer["payload"])

    async def _send(self, event: Any) -> None:
        await self._from.put(event)
