"""A store of attempts that speaks TLS: Debian's `redis-server`, since Valkey's wheel cannot."""

from pathlib import Path

from debian_server import DebianServer

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


class StoreWithTls(DebianServer):
    """One server with three doors: a port without TLS, one with it, and a socket."""

    def __init__(self, folder: Path, certificate: tuple[Path, Path], authority: Path) -> None:
        """Serve with a certificate and its key, once the block begins."""
        self.port, self.tls_port = free_port(), free_port()
        self.socket = folder / "socket"
        configuration = folder / "store.conf"
        super().__init__(
            ["redis-server", configuration], folder / "log", when_up="eady to accept connections"
        )
        configuration.write_text(
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
