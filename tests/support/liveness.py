"""Whether a server on this machine answers, asked many times a second while it starts."""

from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

TIMEOUT = 60  # seconds, on a machine that is busy with other tests


def is_live(port: int, path: str = "") -> bool:
    """Ask once, below a path. httpx would get ready for TLS each time, which takes 18 ms."""
    connection = HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("GET", f"{path}/health/live")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
