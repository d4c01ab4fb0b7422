"""The socket at which a server listens, and the URL at which it is then found.

It is an address of the network, a Unix socket at a path, or one that somebody else has opened and
passed on: systemd, which then keeps it open while servers come and go.
"""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from authberry import Settings
from authberry.settings import PREFIX

BACKLOG = 2048  # connections
UDS_MODE = 0o660
"""Who may connect at a path: our user and our group, for they may say for whom they ask."""
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - where to reach them from here


class CannotListen(OSError):
    """The address, the path or the descriptor cannot be used, with the reason."""


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address; port 0 takes one that is free.

    Raises:
        CannotListen: the port is taken, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        is_about_port = error.errno in {errno.EADDRINUSE, errno.EACCES}
        reason = "it is taken" if error.errno == errno.EADDRINUSE else str(error.strerror)
        reason = reason.partition(" (")[0]
        reason += f". Choose another with {'--port' if is_about_port else '--host'}"
        raise CannotListen(f"cannot listen at {host} port {port}: {reason}") from None


@contextmanager
def listen_at_path(path: Path) -> Iterator[socket.socket]:
    """Listen at a Unix socket, which is removed at the end of the block.

    Raises:
        CannotListen: somebody listens there, there is something else, or it cannot be made.
    """
    listener = socket.socket(socket.AF_UNIX)
    try:
        _remove_unused(path)
        listener.bind(str(path))
        path.chmod(UDS_MODE)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = error.strerror or error
        raise CannotListen(
            f"cannot listen at {path}: {reason}. Choose another with --uds"
        ) from None
    made = path.stat().st_ino
    try:
        with listener:
            yield listener
    finally:
        with suppress(OSError):
            if path.stat().st_ino == made:  # and not that of a server which came after
                path.unlink()


def listen_on_descriptor(number: int) -> socket.socket:
    """Take over a socket that listens already, by the number of its descriptor.

    Raises:
        CannotListen: there is none of this number, or it does not listen.
    """
    try:
        listener = socket.socket(fileno=number)
        listens = listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise _not_listening(number, str(error.strerror)) from None
    if not listens or listener.type != socket.SOCK_STREAM:
        listener.detach()
        raise _not_listening(number, "it is no socket that listens")
    return listener


def _not_listening(number: int, reason: str) -> CannotListen:
    return CannotListen(
        f"cannot listen on descriptor {number}: {reason}. Name with --fd one that listens"
    )


def _remove_unused(path: Path) -> None:
    """Remove what a server has left that was killed."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.stat().st_mode):
            raise CannotListen("there is something else")
        with socket.socket(socket.AF_UNIX) as probe, suppress(ConnectionRefusedError):
            probe.connect(str(path))
            raise CannotListen("it is taken")
        path.unlink()


def follow_listener(settings: Settings, listener: socket.socket, host: str = "") -> Settings:
    """Let the public URL of a development server be where it listens, if it is not set.

    Other processes, which are told nothing else, read it from the environment. A Unix socket has no
    URL: whoever is in front of it has, and that is to be set.

    Args:
        settings: Of the server.
        listener: Where it listens.
        host: The name by which it was told to listen there, if it was.
    """
    if settings.is_production or "public_url" in settings.model_fields_set:
        return settings
    if listener.family == socket.AF_UNIX:
        return settings
    address, port, *_ = listener.getsockname()
    host = host or address
    name = ANYWHERE.get(host, f"[{host}]" if ":" in host else host)
    os.environ[f"{PREFIX}PUBLIC_URL"] = f"http://{name}" + (f":{port}" if port != 80 else "")  # noqa: PLR2004
    return Settings.load()
