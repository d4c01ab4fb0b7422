"""The nginx of `docs/nginx.conf`, before servers on this machine."""

import ipaddress
import os
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from browser import Browser
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from database_servers import stop_with_us
from processes import Server

from bench.local_servers import free_port

DOCUMENTED = (Path(__file__).parents[2] / "docs/nginx.conf").read_text("utf-8")
DOCUMENTED_SERVERS = ("10.0.0.11:8000", "10.0.0.12:8000")
START_TIMEOUT = 60  # seconds

MAIN_CONFIGURATION = """
pid {folder}/pid;
error_log {folder}/error.log warn;
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    scgi_temp_path {folder}/scgi;
    uwsgi_temp_path {folder}/uwsgi;
    include {folder}/authberry.conf;
}}
"""


class Nginx:
    """An nginx of our own, with a certificate of its own, on a free port."""

    def __init__(self, folder: Path, port: int) -> None:
        """Serve at `port`, once it is started."""
        self.url = f"https://127.0.0.1:{port}"
        self.url_by_ipv6 = f"https://[::1]:{port}"
        self._folder = folder
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        _certify(folder)
        self._trust = ssl.create_default_context(cafile=folder / "cert.pem")

    def __enter__(self) -> Self:
        """Return what is to be stopped when the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop."""
        if self._process and self._guard:
            self._guard.kill()
            self._guard.communicate()
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(START_TIMEOUT)

    def start(self, servers: Sequence[Server], **others: str) -> Self:
        """Serve, and return when connections are accepted.

        `others` are directives that are to say something else, also where they are behind a `#`.
        """
        changes = dict(
            zip(DOCUMENTED_SERVERS, (f"127.0.0.1:{one.port}" for one in servers), strict=True)
        ) | {
            "listen 443": f"listen 127.0.0.1:{self._port}",
            "listen [::]:443": f"listen [::1]:{self._port}",
            "/etc/ssl/auth.example.com.pem": f"{self._folder}/cert.pem",
            "/etc/ssl/auth.example.com.key": f"{self._folder}/key.pem",
        }
        text = DOCUMENTED
        for documented, here in changes.items():
            assert text.count(documented) == 1
            text = text.replace(documented, here)
        for name, value in others.items():
            line = re.compile(rf"^( *)#?{name} .*;$", re.MULTILINE)
            text, count = line.subn(rf"\1{name} {value};", text)
            assert count == 1
        (self._folder / "authberry.conf").write_text(text, "utf-8")
        (self._folder / "nginx.conf").write_text(
            MAIN_CONFIGURATION.format(folder=self._folder), "utf-8"
        )
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        assert nginx, "there is no nginx; `nox -s fleet` installs it where it may"
        # Root would become somebody who may not read the test's folder.
        directives = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        self._process = subprocess.Popen(  # noqa: S603 - ours
            [nginx, "-p", self._folder, "-c", self._folder / "nginx.conf", "-g", directives]
        )
        self._guard = stop_with_us(self._process.pid)
        deadline = time.monotonic() + START_TIMEOUT
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self.log)
            time.sleep(0.02)
        return self

    @property
    def log(self) -> str:
        """What it complained of."""
        return (self._folder / "error.log").read_text("utf-8")

    async def request(self, url: str, method: str = "POST", **options: Any) -> httpx.Response:
        """Send one request, as no browser would have to."""
        async with httpx.AsyncClient(verify=self._trust, timeout=60) as client:
            return await client.request(method, url, **options)

    def browser(self, address: str = "127.0.0.2") -> Browser:
        """Open a browser at another address than nginx has."""
        transport = httpx.AsyncHTTPTransport(
            verify=self._trust,
            limits=httpx.Limits(max_connections=None),
            local_address=address,
        )
        return Browser(None, url=self.url, transport=transport)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/live", verify=self._trust, timeout=30).is_success
        except httpx.TransportError:
            return False


def nginx_in(folder: Path) -> Nginx:
    """Choose a port."""
    return Nginx(folder, free_port())


def _certify(folder: Path) -> None:
    """Make a key, and a certificate for 127.0.0.1 that it signs itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [x509.IPAddress(ipaddress.ip_address(one)) for one in ("127.0.0.1", "::1")]
            ),
            critical=False,
        )
        .sign(key, SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
