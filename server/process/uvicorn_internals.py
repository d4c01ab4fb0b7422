"""Everything that this room uses of uvicorn and that uvicorn does not document, in one place.

The classes of this room that replace parts of uvicorn's derive from the ones below, which also name
what is used of its attributes. It was read from the version in `READ_FROM`. When another version
has changed any of it, `tests/server/process/test_uvicorn_internals.py` fails and names the place.
"""

import asyncio
import socket

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors.multiprocess import Multiprocess, Process

__all__ = [
    "READ_FROM",
    "STARTUP_FAILURE",
    "UvicornProtocol",
    "UvicornServer",
    "UvicornSupervisor",
    "UvicornWorker",
]

READ_FROM = "0.54.0"


class UvicornProtocol(HttpToolsProtocol):
    """One connection.

    To be overridden are asyncio's callbacks (`connection_made`, `data_received`,
    `connection_lost`), the parser's (`on_message_begin`, `on_headers_complete`,
    `on_message_complete`), and uvicorn's own (`on_response_complete`, `send_400_response`,
    `shutdown`). To be used are `loop`, `transport` and what is below.
    """

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        # There is no cycle before the first request, whatever its type says.
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]

    @property
    def is_answered_early(self) -> bool:
        """Whether the answer is complete, and the request's body is not."""
        return self.cycle.response_complete and self.cycle.more_body

    def state_of_server(self, name: str) -> object:
        """Look up what `UvicornServer.set_state` has said."""
        return self.app_state.get(name)

    def hosts(self) -> list[bytes]:
        """Every `Host` header of the request whose head is being read."""
        return [value for name, value in self.headers if name == b"host"]

    def http_version(self) -> str:
        """The version of the request whose head is being read: `1.1` or `1.0`."""
        return self.parser.get_http_version()

    def close_after_answer(self) -> None:
        """Make the present answer the last of the connection."""
        self.cycle.keep_alive = False

    def close_unless_used_within(self, seconds: float) -> None:
        """Wait for the first byte of a request as between two requests, and then close."""
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            seconds, self.timeout_keep_alive_handler
        )


class UvicornServer(uvicorn.Server):
    """What serves in one process; `handle_exit`, `on_tick` and `shutdown` may be overridden.

    `on_tick` is called ten times a second and says whether to stop; `should_exit` makes it say so.
    """

    def set_state(self, name: str, *, value: bool) -> None:
        """Let each connection, and each request that begins from now on, read this value."""
        self.lifespan.state[name] = value

    def stop_listening(self) -> None:
        """Close what listens in this process; `shutdown` may do so again."""
        for server in self.servers:
            server.close()

    async def serve_connection(self, connection: socket.socket) -> None:
        """Serve a connection that was accepted elsewhere, as one of the listener's."""

        def make_protocol() -> asyncio.Protocol:
            return self.config.http_protocol_class(  # type: ignore[call-arg]
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
            )

        await asyncio.get_running_loop().connect_accepted_socket(make_protocol, connection)


class UvicornWorker(Process):
    """One process, as its supervisor sees it; `target` and `server` are of the process."""

    @property
    def is_running(self) -> bool:
        """Whether the process exists, even if it does not answer."""
        return self.process.is_alive()

    def close_pipe(self) -> None:
        """Close the pipe that the health checks go through."""
        self.parent_conn.close()
        self.child_conn.close()


class UvicornSupervisor(Multiprocess):
    """Several processes; how they are started, replaced, added and stopped may be overridden.

    To be used are `config`, `sockets`, `processes`, `should_exit` and what is below.
    """

    @property
    def wanted(self) -> int:
        """How many processes there should be."""
        return self.processes_num

    @wanted.setter
    def wanted(self, number: int) -> None:
        self.processes_num = number

    def waiting_signals(self) -> list[int]:
        """The signals that are still to be handled."""
        return self.signal_queue
