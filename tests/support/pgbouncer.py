"""A PgBouncer of our own, before a PostgreSQL of our own."""

import shutil
import tempfile
from pathlib import Path

from database_servers import Postgres
from debian_server import DebianServer

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


class PgBouncer(DebianServer):
    """One that pools as its manual has it, in a mode."""

    def __init__(self, postgres: Postgres, mode: str = "transaction") -> None:
        """Stand before `postgres`, once the block begins."""
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="authberry-pgbouncer-"))
        super().__init__(
            ["pgbouncer", "--quiet", self._folder / "pgbouncer.ini"],
            self._folder / "log",
            when_up="process up",
            user=unprivileged_user(),  # for it refuses to run as root
        )
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

    def stop(self) -> None:
        """End it, and forget everything."""
        super().stop()
        shutil.rmtree(self._folder)

    def url(self, url: str) -> str:
        """The URL of a database, through this."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{url.rpartition('/')[2]}"
