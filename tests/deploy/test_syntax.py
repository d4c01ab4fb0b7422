"""The files in `deploy/` are what their readers understand, as the readers' own tools say."""

import subprocess
import sys
from pathlib import Path

import pytest
from image import CHECKOUT

DEPLOY = CHECKOUT / "deploy"
BIN = Path(sys.executable).parent


def run(*command: object) -> "subprocess.CompletedProcess[str]":
    """Run a tool to its end."""
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    "command",
    [
        (BIN / "hadolint", DEPLOY / "Dockerfile"),
        (BIN / "check-jsonschema", "--builtin-schema=vendor.compose-spec", DEPLOY / "compose.yaml"),
        (BIN / "kubernetes-validate", "--strict", DEPLOY / "kubernetes.yaml"),
    ],
    ids=["hadolint", "compose-spec", "kubernetes"],
)
def test_a_file_is_as_its_format_is_specified(command: tuple[object, ...]) -> None:
    """Every key is known, and what it holds is of the right kind."""
    said = run(*command)
    assert said.returncode == 0, said.stdout + said.stderr


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """With a program where the unit says that there is one, not a word is said."""
    text = (DEPLOY / "authberry.service").read_text("utf-8")
    assert text.count("/opt/authberry/bin/authberry ") == 2
    unit = tmp_path / "authberry.service"
    unit.write_text(text.replace("/opt/authberry/bin/authberry ", f"{sys.executable} "), "utf-8")
    said = run("systemd-analyze", "verify", "--recursive-errors=no", unit)
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_the_unit_leaves_the_server_little() -> None:
    """From 0, nothing, to 10, everything; a service that says nothing of it has 9.6."""
    offline = ("--offline=true", "--threshold=15", "--no-pager")
    said = run("systemd-analyze", "security", *offline, DEPLOY / "authberry.service")
    assert said.returncode == 0, said.stdout + said.stderr
