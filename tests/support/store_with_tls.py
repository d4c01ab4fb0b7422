"""A store of attempts that speaks TLS: Debian's `redis-server`, since Valkey's wheel cannot."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from database_servers import START_TIMEOUT, stop_with_us

from bench.local_servers import free_port

CONFIGURATION = """
bind 127.0.0.1
port {plain_port}
tls-port {tls_port}
tls-cert-file {certificate}
tls-key-file {key}
tls-ca-cert-file {authority}
tls-auth-clients no
unixsocket {folder}/socket
requirepass topsecret
databases 4
save ""
logfile {folder}/log
dir {folder}
"""


class StoreWithTls:
    """One server with three doors: a port without TLS, one with it, and a socket."""

    def __init__(self, folder: Path, certificate: tuple[Path, Path], authority: Path) -> None:
        """Serve with a certificate and its key, once the block begins."""
        self.port, self.tls_port = free_port(), free_port()
        self.socket = folder / "socket"
        self._folder = folder
        (folder / "store.conf").write_text(
            CONFIGURATION.format(
                plain_port=self.port,
                tls_port=self.tls_port,
                certificate=certificate[0],
                key=certificate[1],
                authority=authority,
                folder=folder,
            ),
            "utf-8",
        )

    def __enter__(self) -> Self:
        """Start, and wait until it accepts connections."""
        program = shutil.which("redis-server", path=f"{os.environ['PATH']}:/usr/sbin")
        assert program, "there is no redis-server; `nox -s fleet` installs it where it may"
        self._process = subprocess.Popen([program, self._folder / "store.conf"])  # noqa: S603 - ours
        self._guard = stop_with_us(self._process.pid)
        deadline = time.monotonic() + START_TIMEOUT
        while "eady to accept connections" not in self._log:
            if self._process.poll() is not None or time.monotonic() > deadline:
                log = self._log
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
        """End it."""
        self._stop()

    def _stop(self) -> None:
        self._guard.kill()
        self._guard.communicate()
        self._process.terminate()
        self._process.wait(START_TIMEOUT)

    @property
    def _log(self) -> str:
        file = self._folder / "log"
        return file.read_text("utf-8") if file.exists() else ""
