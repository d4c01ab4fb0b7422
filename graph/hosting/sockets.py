"""Subscriptions: a WebSocket that carries an access token, and closes when its session ends.

Where it was opened with the session's cookie, that is enough. The token comes in the payload of
`connection_init`, and a fresh one in that of a `ping` (graphql-transport-ws) or of another
`connection_init` (graphql-ws, the older protocol).
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from authberry.errors import ErrorCode, Unauthenticated
from authberry.graph.context import (
    TRY_AGAIN_LATER,
    ConnectionRejected,
    SocketContext,
    context_of,
)
from authberry.graph.strawberry_internals import (
    BaseGraphQLTransportWSHandler,
    BaseGraphQLWSHandler,
    ConnectionInitMessage,
    LegacyConnectionInitMessage,
    PingMessage,
)
from authberry.models import DatabaseUnavailable

CHECK_INTERVAL = 1  # seconds within which the end of a session closes its sockets


class _Handler(ABC):
    """What both protocols have in common."""

    context: Any
    websocket: Any
    _watching: "asyncio.Task[None] | None" = None

    async def handle(self) -> None:
        """Serve the socket until it closes."""
        try:
            await super().handle()  # type: ignore[misc]
        finally:
            if self._watching is not None:
                self._watching.cancel()

    async def _admits(self, message: Mapping[str, Any]) -> bool:
        """Take the token of a message; returns whether the socket stays open."""
        context = context_of(self.context)
        assert isinstance(context, SocketContext)  # noqa: S101 - this is a WebSocket
        payload = message.get("payload")
        try:
            await context.admit(payload if isinstance(payload, dict) else {})
        except ConnectionRejected as rejection:
            await self._close(rejection)
            return False
        except DatabaseUnavailable:
            await self._close(
                ConnectionRejected(TRY_AGAIN_LATER, ErrorCode.SERVICE_UNAVAILABLE.value)
            )
            return False
        if context.is_somebody and self._watching is None:
            self._watching = asyncio.create_task(self._watch(context))
        return True

    async def _watch(self, context: SocketContext) -> None:
        while True:
            await asyncio.sleep(CHECK_INTERVAL)
            try:
                await context.viewer()
            except Unauthenticated as refusal:
                await self._close(ConnectionRejected.for_refusal(refusal))
                return
            except DatabaseUnavailable:
                continue  # nobody is known to have left

    async def _close(self, rejection: ConnectionRejected) -> None:
        await self._end_operations()
        await self.websocket.close(code=rejection.code, reason=rejection.reason)

    @abstractmethod
    async def _end_operations(self) -> None:
        """End what runs on the socket, as the protocol's own handler does."""


class TransportWSHandler(_Handler, BaseGraphQLTransportWSHandler[Any, Any]):
    """graphql-transport-ws, the protocol of the library `graphql-ws`."""

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Connect; a second `connection_init` is against the protocol, which the parent says."""
        if self.connection_init_received or await self._admits(message):
            await super().handle_connection_init(message)

    async def handle_ping(self, message: PingMessage) -> None:
        """Answer, and take the fresh token that may come with it."""
        if self.connection_acknowledged and not await self._admits(message):
            return
        await super().handle_ping(message)

    async def _end_operations(self) -> None:
        for operation_id in list(self.operations):
            await self.cleanup_operation(operation_id)


class LegacyWSHandler(_Handler, BaseGraphQLWSHandler[Any, Any]):
    """graphql-ws, the protocol of the library `subscriptions-transport-ws`."""

    async def handle_connection_init(self, message: LegacyConnectionInitMessage) -> None:
        """Connect, or take a fresh token."""
        if await self._admits(message):
            await super().handle_connection_init(message)

    async def _end_operations(self) -> None:
        await self.cleanup()
