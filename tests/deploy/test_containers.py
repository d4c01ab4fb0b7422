"""The image as `compose.yaml` and `kubernetes.yaml` run it."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from apps import SECRET
from database_servers import Postgres, Valkey
from image import CHECKOUT, Container, Mounts, Stage
from waiting import until

URL = "http://127.0.0.1:8000"
PUBLIC_URL = "https://auth.example.com"
HERE = ("postgres", "valkey")


@pytest.fixture(params=["compose", "kubernetes"])
def orchestrator(request: pytest.FixtureRequest) -> str:
    """Which of the two runs it."""
    return str(request.param)


@pytest.fixture
def written(orchestrator: str) -> dict[str, Any]:
    """What the file says of one container: environment, commands, paths of mounts."""
    text = (CHECKOUT / f"deploy/{orchestrator}.yaml").read_text("utf-8")
    return _compose(text) if orchestrator == "compose" else _kubernetes(text)


def _compose(text: str) -> dict[str, Any]:
    services = yaml.safe_load(re.sub(r"\$\{AUTHBERRY_PUBLIC_URL:\?.*\}", PUBLIC_URL, text))
    migrate, serve = (services["services"][name] for name in ("migrate", "authberry"))
    assert all(one["read_only"] and one["cap_drop"] == ["ALL"] for one in (migrate, serve))
    return {
        "environment": serve["environment"],
        "migrate": migrate["command"],
        "serve": serve["command"],
        "tmpfs": dict(mount.split(":") for mount in serve["tmpfs"]),
        "secret": "/run/secrets/authberry",
        "database": "/run/secrets/database",
    }


def _kubernetes(text: str) -> dict[str, Any]:
    configuration, deployment, _service = yaml.safe_load_all(text)
    pod = deployment["spec"]["template"]["spec"]
    (migrate,), (serve,) = pod["initContainers"], pod["containers"]
    assert pod["enableServiceLinks"] is False
    for one in (migrate, serve):
        assert one["securityContext"]["readOnlyRootFilesystem"]
        assert one["securityContext"]["capabilities"]["drop"] == ["ALL"]
    folder, tmp = (mount["mountPath"] for mount in serve["volumeMounts"])
    return {
        "environment": configuration["data"],
        "migrate": migrate["args"],
        "serve": serve["args"],
        "tmpfs": {tmp: "mode=1777"},
        "user": f"{pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}",
        "secret": f"{folder}/secret",
        "database": f"{folder}/database-url",
        "probes": [
            serve[f"{kind}Probe"]["httpGet"]["path"]
            for kind in ("startup", "liveness", "readiness")
        ],
    }


@pytest.fixture
def container(
    mounts: Mounts,
    image: Stage,
    written: dict[str, Any],
    postgres: Postgres,
    valkey: Valkey,
    tmp_path: Path,
) -> Container:
    """A container as it is written down, beside PostgreSQL and Valkey on ports of their own."""
    secret, database = tmp_path / "secret", tmp_path / "database"
    secret.write_text(SECRET + "\n", "utf-8")
    name = postgres.create_database().rpartition("/")[2]
    database.write_text(f"postgresql://postgres@postgres:{postgres.port}/{name}\n", "utf-8")
    for path in (secret, database):
        os.chown(path, *map(int, image.user.split(":")))
        path.chmod(0o400)
    environment = dict(written["environment"])
    throttle = environment["AUTHBERRY_THROTTLE_URL"]
    environment["AUTHBERRY_THROTTLE_URL"] = throttle.replace("6379", str(valkey.port))
    return Container(
        mounts,
        replace(image, user=written.get("user", image.user)),
        environment,
        {written["secret"]: secret, written["database"]: database},
        written["tmpfs"],
        HERE,
    )


@pytest.fixture
def server(container: Container, written: dict[str, Any]) -> Iterator["subprocess.Popen[bytes]"]:
    """It serves, once its tables are made."""
    migrated = container.run(written["migrate"])
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    process = container.start(written["serve"])
    yield process
    if process.poll() is None:
        os.kill(first_process(process), signal.SIGKILL)
    process.communicate()


def first_process(server: "subprocess.Popen[bytes]") -> int:
    """Find process 1 of the container, as this machine counts."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text("ascii")
    return int(children.split()[0])


def powers(pid: int) -> dict[str, str]:
    """Say who a process is and what it may, as proc(5) has it."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)


def status(path: str) -> int:
    """Ask as a probe does, by an address and not by the public name."""
    try:
        return httpx.get(URL + path, trust_env=False).status_code
    except httpx.TransportError:
        return 0


async def test_it_serves_as_it_is_written_down(
    server: "subprocess.Popen[bytes]", container: Container, written: dict[str, Any]
) -> None:
    """Health check and probes say so, a person registers, and nobody in it can write."""
    await until(lambda: server.poll() is None and status("/health/ready") == 200)
    assert container.execute(container.image.healthcheck).returncode == 0
    assert [status(path) for path in written.get("probes", [])] == [200] * len(
        written.get("probes", [])
    )
    document = (
        'mutation { register(email: "ada@example.com", password: "correct horse battery") '
        "{ __typename } }"
    )
    headers = {"X-Forwarded-Proto": "https", "Origin": PUBLIC_URL}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{URL}/graphql", json={"query": document}, headers=headers)
    assert answer.json()["data"]["register"]["__typename"] in {"AuthPayload", "RegistrationPending"}
    facts = powers(first_process(server))
    assert (facts["Uid"].split(), facts["Gid"].split()) == (["10001"] * 4, ["10001"] * 4)
    assert (facts["CapEff"], facts["CapBnd"], facts["NoNewPrivs"]) == ("0" * 16, "0" * 16, "1")
    for place in ("/", "/opt/authberry", "/run/secrets"):
        tried = container.execute(["touch", f"{place}/anything"])
        assert tried.returncode == 1, place
        assert "Read-only file system" in tried.stderr or "Permission denied" in tried.stderr


async def test_it_stops_when_it_is_told_to(server: "subprocess.Popen[bytes]") -> None:
    """It is process 1, whom the kernel sends no signal that it has not asked for."""
    await until(lambda: status("/health/ready") == 200)
    os.kill(first_process(server), signal.SIGTERM)
    out, _ = server.communicate(timeout=60)
    assert server.returncode == 0, out.decode()
    assert '"stopped"' in out.decode().splitlines()[-1]


async def test_the_health_check_says_no_where_nobody_serves(container: Container) -> None:
    """An engine goes by the exit status."""
    assert container.execute(container.image.healthcheck).returncode == 1


async def test_the_links_of_a_service_are_refused(
    container: Container, written: dict[str, Any], orchestrator: str
) -> None:
    """Kubernetes would put them there: `enableServiceLinks: false` has its reason."""
    if orchestrator == "compose":
        return
    container.environment["AUTHBERRY_PORT"] = "tcp://10.0.0.1:80"
    said = container.run(written["serve"])
    assert said.returncode == 1
    assert "AUTHBERRY_PORT" in said.stdout + said.stderr
