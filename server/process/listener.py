"""The socket at which a server listens, and the URL at which it is then found."""

import errno
import os
import socket

from authberry import Settings
from authberry.settings import PREFIX

BACKLOG = 2048  # connections
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - where to reach them from here


class CannotListen(OSError):
    """The address or the port cannot be used, with the reason."""


def listen(host: str, port: int) -> socket.socket:
    """Listen at an address; port 0 takes one that is free.

    Raises:
        CannotListen: the port is taken, or the address is not of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = "it is taken. Choose another with --port"
        else:
            reason = str(error.strerror).partition(" (")[0]
        raise CannotListen(f"cannot listen at {host} port {port}: {reason}") from None


def follow_listener(settings: Settings, host: str, port: int) -> Settings:
    """Let the public URL of a development server be where it listens, if it is not set.

    Other processes, which are told nothing else, read it from the environment.
    """
    if settings.is_production or "public_url" in settings.model_fields_set:
        return settings
    name = ANYWHERE.get(host, f"[{host}]" if ":" in host else host)
    os.environ[f"{PREFIX}PUBLIC_URL"] = f"http://{name}" + (f":{port}" if port != 80 else "")  # noqa: PLR2004
    return Settings.load()
