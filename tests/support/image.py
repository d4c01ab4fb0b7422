"""What a Dockerfile says, done as root without a container engine, on the machine as base image.

Each stage is an overlay over the root of this machine, in a mount namespace of its own. What it
downloads comes by the network that `BUILD_NETWORK` names, a file of a network namespace.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from types import TracebackType
from typing import Self

from dockerfile_parse import DockerfileParser

CHECKOUT = Path(__file__).parents[2]
PYTHON = Path(sys.base_prefix) / "bin"
SYSTEM = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass
class Stage:
    """An image, or what one is made with."""

    root: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": f"{PYTHON}:{SYSTEM}"})
    folder: str = "/"
    user: str = "0:0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    healthcheck: list[str] = field(default_factory=list)


class Mounts:
    """A mount namespace, which goes away with all that is mounted in it."""

    def __init__(self, folder: Path) -> None:
        """Lay what is mounted below a folder."""
        self.folder = folder
        script = 'mount -t tmpfs layers "$0" && echo ready && exec sleep infinity'
        self._process = subprocess.Popen(
            ["unshare", "--mount", "--propagation=private", "sh", "-c", script, folder],
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == b"ready\n"

    def __enter__(self) -> Self:
        """Return what is to be taken away when the block ends."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Take everything away."""
        self._process.kill()
        self._process.communicate()

    def inside(self, script: str, *arguments: object, online: bool = False) -> list[str]:
        """Return the command that runs a script of the shell where the mounts are seen."""
        network = [f"--net={os.environ['BUILD_NETWORK']}"] if online else []
        enter = ["nsenter", f"--mount=/proc/{self._process.pid}/ns/mnt", *network]
        return [*enter, "sh", "-euc", script, *map(str, arguments)]

    def run(self, script: str, *arguments: object, online: bool = False) -> None:
        """Run a script of the shell; `$0` is the first argument."""
        subprocess.run(self.inside(script, *arguments, online=online), check=True)


class Build:
    """Follows a Dockerfile."""

    def __init__(self, mounts: Mounts, dockerfile: Path) -> None:
        """Build in a namespace."""
        self._mounts = mounts
        self._ignored = dockerfile.with_name(dockerfile.name + ".dockerignore")
        self._steps = DockerfileParser(fileobj=BytesIO(dockerfile.read_bytes())).structure
        self._stages: dict[str, Stage] = {}

    def image(self) -> Stage:
        """Do every step; returns the last stage."""
        stage = Stage(Path("/"))
        for step in self._steps:
            instruction, value = step["instruction"], step["value"]
            if instruction == "FROM":
                name = value.partition(" AS ")[2] or "last"
                stage = self._stages[name] = self._begin(name)
            elif instruction not in {"ARG", "COMMENT", "EXPOSE"}:
                getattr(self, f"_{instruction.lower()}")(stage, value)
        return stage

    def _begin(self, name: str) -> Stage:
        """Lay an empty layer over this machine, whose Python others than root may run there."""
        layer = self._mounts.folder / name
        self._mounts.run(
            'mkdir -p "$0/upper" "$0/work" "$0/root"\n'
            'mount -t overlay layer -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"\n'
            'mount --rbind /dev "$0/root/dev"\n'
            'mount -t proc proc "$0/root/proc"\n'
            'mount -t tmpfs tmp "$0/root/tmp"',
            layer,
        )
        for folder in PYTHON.parents[:-1]:
            self._mounts.run('chmod o+x "$0"', layer / "root" / folder.relative_to("/"))
        return Stage(layer / "root")

    def _run(self, stage: Stage, value: str) -> None:
        words = shlex.join(f"{name}={text}" for name, text in stage.environment.items())
        script = f"cd {stage.folder} && export {words} && {value}"
        self._mounts.run('chroot "$0" /bin/sh -ec "$1"', stage.root, script, online=True)

    def _copy(self, stage: Stage, value: str) -> None:
        *options, source, target = value.split()
        here = stage.root / stage.folder.lstrip("/")
        if options:
            origin = self._stages[options[0].removeprefix("--from=")].root / source.lstrip("/")
            target = str(stage.root / target.lstrip("/"))
            self._mounts.run('mkdir -p "$1" && cp -a "$0/." "$1"', origin, target)
        elif source == ".":
            self._mounts.run('cp -a "$0/." "$1"', self._context(), here / target)
        else:
            self._mounts.run('cp -a "$0" "$1"', CHECKOUT / source, here / target)

    def _context(self) -> Path:
        """Copy what `.dockerignore` lets through, as an engine sends it."""
        lines = self._ignored.read_text("utf-8").splitlines()
        assert "*" in lines
        left_out = shutil.ignore_patterns(*(line[3:] for line in lines if line[:3] == "**/"))
        context = self._mounts.folder.with_name("context")
        for name in (line[1:] for line in lines if line.startswith("!")):
            source, target = CHECKOUT / name, context / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=left_out)
            else:
                shutil.copy(source, target)
        return context

    def _env(self, stage: Stage, value: str) -> None:
        for word in shlex.split(value):
            name, _, text = word.partition("=")
            stage.environment[name] = text.replace("$PATH", stage.environment["PATH"])

    def _workdir(self, stage: Stage, value: str) -> None:
        stage.folder = value
        self._mounts.run('mkdir -p "$0"', stage.root / value.lstrip("/"))

    def _user(self, stage: Stage, value: str) -> None:
        stage.user = value

    def _healthcheck(self, stage: Stage, value: str) -> None:
        stage.healthcheck = json.loads(re.sub(r"^.*?CMD ", "", value))

    def _entrypoint(self, stage: Stage, value: str) -> None:
        stage.entrypoint = json.loads(value)

    def _cmd(self, stage: Stage, value: str) -> None:
        stage.command = json.loads(value)


@dataclass
class Container:
    """How an image is run: what is not said here is as it says itself."""

    mounts: Mounts
    image: Stage
    environment: dict[str, str]
    secrets: dict[str, Path]  # where it is seen, and where it is
    tmpfs: dict[str, str]  # where it is, and the mount's options
    hosts: tuple[str, ...] = ()  # names of this machine

    def start(self, command: list[str] | None = None) -> subprocess.Popen[bytes]:
        """Run it as process 1, without a capability, on a root that is read-only."""
        self._prepare()
        words = [*self.image.entrypoint, *(command or self.image.command)]
        return subprocess.Popen(
            self._command(words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )

    def run(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run it until it ends by itself."""
        self._prepare()
        words = self._command([*self.image.entrypoint, *command])
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)

    def execute(self, words: list[str]) -> "subprocess.CompletedProcess[str]":
        """Run something else beside it, as `docker exec` and health checks do."""
        return subprocess.run(
            self._command(words), capture_output=True, text=True, check=False, timeout=60
        )

    def _prepare(self) -> None:
        """Write what engines write before the root is read-only."""
        names = f"127.0.0.1 localhost {' '.join(self.hosts)}"
        script = 'mkdir -p "$0/run/secrets" && echo "$1" > "$0/etc/hosts"'
        self.mounts.run(script, self.image.root, names)

    def _command(self, words: list[str]) -> list[str]:
        root = self.image.root
        lines = [f"mount --bind {root} {root}", f"mount -o remount,bind,ro {root}"]
        lines.append(f"mount -t tmpfs secrets {root}/run/secrets")
        for seen, path in self.secrets.items():
            place = f"{root}{seen}"
            lines.append(f"mkdir -p {Path(place).parent} && touch {place}")
            lines.append(f"mount --bind -o ro {path} {place}")
        lines.append(f"mount -o remount,bind,ro {root}/run/secrets")
        lines += [f"mount -t tmpfs -o {how} tmp {root}{seen}" for seen, how in self.tmpfs.items()]
        lines += [f"mount -t proc proc {root}/proc", f"mount --rbind /dev {root}/dev"]
        user, _, group = self.image.user.partition(":")
        powerless = ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--clear-groups"]
        who = ["setpriv", f"--reuid={user}", f"--regid={group}", *powerless]
        environment = {**self.image.environment, **self.environment}
        said = [f"{name}={text}" for name, text in environment.items()]
        lines.append("exec " + shlex.join(["chroot", str(root), *who, "env", "-i", *said, *words]))
        script = " && ".join(lines)
        own = "exec unshare --mount --propagation=private --pid --fork --kill-child sh -euc"
        return self.mounts.inside(f"{own} {shlex.quote(script)}")
