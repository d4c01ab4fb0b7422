"""What third-party scanners find in a server: `nox -s surface`, and nothing else."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from apps import PRODUCTION
from command_line import AUTHBERRY
from processes import Serve, Server, serve

__all__ = ["serve"]

UNLIMITED = dict.fromkeys(
    (
        *("register_attempts", "refresh_attempts", "session_attempts", "login_attempts"),
        *("login_attempts_per_account", "login_attempts_per_address", "login_attempts_in_all"),
        *("mail_attempts_per_account", "mail_attempts_per_address", "mail_attempts_in_all"),
        *("link_attempts", "change_attempts", "export_attempts"),
    ),
    "1000000/minute",
)
"""It is about what is answered: strangers who are throttled see less of it."""

MAIL = {"smtp_url": "smtp+plain://127.0.0.1:1", "mail_from": "no-reply@example.com"}
"""A mail server that is never there: mail can be asked for, and waits."""

ServeUnthrottled = Callable[..., Server]


@pytest.fixture
def tools() -> Path:
    """The programs of an environment of their own, where schemathesis and clairvoyance are."""
    return Path(os.environ["TEST_SURFACE"])


@pytest.fixture
def effort() -> Callable[[int, int], int]:
    """Choose the first where a minute has to do, and the second where there is time."""
    return lambda quick, full: quick if "SURFACE_QUICK" in os.environ else full


@pytest.fixture
def serve_unthrottled(serve: Serve) -> ServeUnthrottled:
    """Start a server that throttles nobody, in one mode or the other."""

    def start(mode: str, **settings: object) -> Server:
        settings |= {**UNLIMITED, **MAIL, **(PRODUCTION if mode == "production" else {})}
        server = serve(is_launched=False, log_level="error", **settings)
        # Production leaves it to whoever runs it when the tables change.
        environment = {**os.environ, **server.environment}
        subprocess.run([*AUTHBERRY, "migrate"], env=environment, capture_output=True, check=True)  # noqa: S603 - ours
        return server.start()

    return start
