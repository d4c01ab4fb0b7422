"""A PgBouncer of our own, before a PostgreSQL of our own."""

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from database_servers import START_TIMEOUT, Postgres, stop_with_us

from bench.local_servers import free_port, unprivileged_user

CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server_port}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
logfile = {folder}/log
pidfile = {folder}/pid
"""

SIZES = {"transaction": 5, "session": 40}
"""How many connections to the server; in session mode, each of a client's has one."""


class PgBouncer:
    """One that pools as its manual has it, in a mode."""

    def __init__(self, postgres: Postgres, mode: str = "transaction") -> None:
        """Stand before `postgres`, once the block begins."""
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="authberry-pgbouncer-"))
        self._user = unprivileged_user()  # for it refuses to run as root
        (self._folder / "users").write_text('"postgres" ""\n', "utf-8")
        (self._folder / "pgbouncer.ini").write_text(
            CONFIGURATION.format(
                folder=self._folder,
                port=self.port,
                server_port=postgres.port,
                mode=mode,
                size=SIZES[mode],
            ),
            "utf-8",
        )
        if self._user:
            for path in (self._folder, *self._folder.iterdir()):
                shutil.chown(path, self._user)

    def __enter__(self) -> Self:
        """Start, and wait until connections are accepted."""
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "there is no pgbouncer; `nox -s fleet` installs it where it may"
        self._process = subprocess.Popen(  # noqa: S603 - ours
            [program, "--quiet", self._folder / "pgbouncer.ini"],
            user=self._user,
            start_new_session=True,
        )
        self._guard = stop_with_us(self._process.pid)
        deadline = time.monotonic() + START_TIMEOUT
        while "process up" not in self.log:
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = self.log
                self._stop()
                raise RuntimeError(log)
            time.sleep(0.02)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, and forget everything."""
        self._stop()

    def _stop(self) -> None:
        self._guard.kill()
        self._guard.communicate()
        self._process.terminate()
        self._process.wait(START_TIMEOUT)
        shutil.rmtree(self._folder)

    @property
    def log(self) -> str:
        """What it has said."""
        file = self._folder / "log"
        return file.read_text("utf-8") if file.exists() else ""

    def url(self, url: str) -> str:
        """The URL of a database, through this."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{url.rpartition('/')[2]}"
