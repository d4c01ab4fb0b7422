"""Peers, installed from their own locks into folders that git does not see."""

import hashlib
import json
import shutil
import subprocess
import sys
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.contestants import PASSWORD, PEOPLE, Contestant, Kind, Login, Place, Sessions
from bench.loads import Load
from bench.postgres import Postgres
from bench.processes import CannotRun, Command, clean_environment

HERE = Path(__file__).parent
BUILT = HERE.parent / ".built"
PATH = {"PYTHONPATH": str(HERE)}
"""Where both Django peers find what they share."""


class Peer(Contestant):
    """A rival, in a folder of its own beside this file."""

    role = "peer"

    def __init__(
        self,
        name: str,
        login: Login,
        loads: Mapping[str, Load],
        *,
        remark: str,
        folder: str | None = None,
        databases: tuple[Kind, ...] = ("sqlite", "postgres"),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Name it; several may share a folder."""
        self.name = name
        self.loads = loads
        self.remark = remark
        self.databases = databases
        self._login = login
        self._settings = settings or {}
        self._source = HERE / (folder or name)
        self._built = BUILT / (folder or name)

    def prepare(self, kind: Kind, postgres: Postgres | None) -> None:
        """Install it, unless what is there is what the lock says."""
        del kind, postgres
        stamp = self._built / "stamp"
        wanted = self._digest()
        if stamp.exists() and stamp.read_text("utf-8") == wanted:
            return
        shutil.rmtree(self._built, ignore_errors=True)
        self._built.mkdir(parents=True)
        self.install()
        stamp.write_text(wanted, "utf-8")

    def command(self, place: Place, settings: Mapping[str, str]) -> Command:
        """Serve on a fresh database."""
        url = place.database() if place.kind == "postgres" else f"sqlite://{place.folder}/peer.db"
        environment = {
            "BENCH_DATABASE": url,
            "BENCH_PORT": str(place.port),
            "BENCH_PEOPLE": str(PEOPLE),
            "BENCH_PASSWORD": PASSWORD,
            **self._settings,
            **settings,
        }
        return self.serve(place.port, environment)

    def sessions(self, url: str, kind: Kind) -> Sessions:
        """Log everybody in."""
        del kind
        return self._login.all(url)

    @abstractmethod
    def install(self) -> None:
        """Install it into an empty folder."""

    @abstractmethod
    def serve(self, port: int, environment: Mapping[str, str]) -> Command:
        """Say how it is started."""

    def _digest(self) -> str:
        digest = hashlib.sha256(sys.version.encode())
        for file in sorted(self._source.iterdir()):
            if file.is_file():
                digest.update(file.read_bytes())
        return digest.hexdigest()

    def _run(self, *words: str | Path) -> None:
        done = subprocess.run(  # noqa: S603 - pip and npm
            words, cwd=self._built, env=clean_environment(), capture_output=True, check=False
        )
        if done.returncode:
            last = done.stderr.decode(errors="replace").strip().splitlines()[-3:]
            raise CannotRun(f"installing {self.name}: {' '.join(last)}")


class NodePeer(Peer):
    """One that runs on Node.js."""

    tools = ("node", "npm")
    program = "server.mjs"
    options: Sequence[str] = ()

    def install(self) -> None:
        """Install what package-lock.json says; the program stands beside it."""
        for name in ("package.json", "package-lock.json", self.program):
            shutil.copy(self._source / name, self._built)
        self._run("npm", "ci", "--no-audit", "--no-fund", "--omit=dev", *self.options)

    def serve(self, port: int, environment: Mapping[str, str]) -> Command:
        """Run the program."""
        del port
        own = {"NODE_ENV": "production", "BETTER_AUTH_TELEMETRY": "0"}
        return Command(["node", self._built / self.program], {**environment, **own}, self._built)

    def versions(self) -> Mapping[str, str]:
        """Read what it asks for, which is pinned, and the Node.js that runs it."""
        package = json.loads((self._source / "package.json").read_text("utf-8"))
        node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)  # noqa: S607
        return {**package["dependencies"], "node": node.stdout.strip()}


class PythonPeer(Peer):
    """One that runs on Python, in a virtual environment of its own."""

    def install(self) -> None:
        """Install what requirements.txt says, hash by hash."""
        self._run(sys.executable, "-m", "venv", self._built / "venv")
        pip = (self._bin("python"), "-m", "pip", "install", "--quiet", "--require-hashes")
        self._run(*pip, "--requirement", self._source / "requirements.txt")

    def versions(self) -> Mapping[str, str]:
        """Read what it asks for, which is pinned."""
        lines = (self._source / "requirements.in").read_text("utf-8").splitlines()
        pins = (line.partition("==") for line in lines if line)
        return {name: version for name, _, version in pins}

    def _bin(self, name: str) -> Path:
        return self._built / "venv" / "bin" / name


class AsgiPeer(PythonPeer):
    """One that uvicorn serves."""

    def serve(self, port: int, environment: Mapping[str, str]) -> Command:
        """Serve `app.app`, as our own is."""
        words: list[str | Path] = [
            *(self._bin("uvicorn"), "app:app", "--port", str(port), "--workers", "1"),
            *("--loop", "uvloop", "--http", "httptools", "--no-access-log"),
            *("--log-level", "warning"),
        ]
        return Command(words, environment, self._source)


class DjangoPeer(PythonPeer):
    """One that gunicorn serves, with threads: its plain worker has no keep-alive."""

    def serve(self, port: int, environment: Mapping[str, str]) -> Command:
        """Seed, then serve."""
        seeding, serving = self.seeding(environment), self.serving(port, environment)
        both = f'"{seeding.words[0]}" -c "{seeding.words[2]}" && exec "$@"'
        words = ["sh", "-c", both, "sh", *serving.words]
        return Command(words, serving.environment, serving.folder)

    def seeding(self, environment: Mapping[str, str]) -> Command:
        """Make the tables and the people."""
        words = (self._bin("python"), "-c", "import app; app.seed()")
        return Command(words, {**environment, **PATH}, self._source)

    def serving(self, port: int, environment: Mapping[str, str]) -> Command:
        """Serve `app.application`, on a database that is there."""
        words = [
            *(str(self._bin("gunicorn")), "app:application", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "1", "--worker-class", "gthread", "--threads", "4"),
            *("--keep-alive", "75", "--log-level", "warning"),
        ]
        return Command(words, {**environment, **PATH}, self._source)
