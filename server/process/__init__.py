"""The server's processes: one or several on one listener, watched, replaced and drained.

`listen` opens the listener (`listen_at_path` a Unix socket, `listen_on_descriptor` takes over one
that is open), and `run` serves on it until told to stop. uvicorn does most of it. Where it is
extended, HTTP/1.1 gets bounds that uvicorn leaves open (`BoundedProtocol`), and no request fails
because a process stops or is replaced. `worker` is what uvicorn starts in each.
"""

from authberry.server.process.listener import (
    follow_listener,
    listen,
    listen_at_path,
    listen_on_descriptor,
)
from authberry.server.process.serving import run, sharing_metrics

__all__ = [
    "follow_listener",
    "listen",
    "listen_at_path",
    "listen_on_descriptor",
    "run",
    "sharing_metrics",
]
