"""What comes from elsewhere is what was looked at, and what is secret stays elsewhere."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = [
    str(path.relative_to(ROOT))
    for pattern in ("requirements/*.txt", "examples/*/requirements.txt")
    for path in sorted(ROOT.glob(pattern))
]

# What is found by its form. Ours have none, so they are looked for where they are set.
SECRETS = re.compile(
    r"-----BEGIN (?:\w+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"
    r"|\bAKIA[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bgithub_pat_\w{60}"
    r"|\bxox[abprs]-[0-9A-Za-z-]{20}"
    r"|\b(?:sk|rk)_live_[0-9A-Za-z]{20}"
    r"|\bpypi-AgEIcHlwaS5vcmc\w{40}"
    r"|\bnpm_[A-Za-z0-9]{36}\b"
    r"|AUTHBERRY_(?:SECRET|METRICS_TOKEN)=[\"']?[A-Za-z0-9_+/-]{32}"
    r"|\"d\": ?\"[A-Za-z0-9_-]{43}"
)
EXAMPLES = {"tests/auth/signing/test_environment_keys.py"}
"""RFC 8037 prints a private key, whose thumbprint is compared."""

FOUND = [
    "-----BEGIN EC PRIVATE KEY-----\n" + "MHcCAQEEI" * 8,
    "AUTHBERRY_SECRET=" + "k3JxQ8vN" * 6,
    "npm_" + "a1B2" * 9,
    '{"kty": "OKP", "d": "' + "nWGxne9" * 7 + '"}',
]


@pytest.mark.parametrize("lock", LOCKS)
def test_what_is_locked_is_locked_by_its_content(lock: str) -> None:
    """Each line has hashes: another file of the same version is not installed."""
    text = (ROOT / lock).read_text("utf-8")
    entries = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [one.split()[0] for one in entries if "--hash=sha256:" not in one] == []
    assert "://" not in text.replace("# https://", "")


def test_no_secret_is_in_the_repository() -> None:
    """Of any kind that has a form: not in the code, not in an example, not in a document."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    names = listed.stdout.split("\0")[:-1]
    assert "auth/tokens/jose.py" in names
    assert [
        name
        for name in names
        if name not in EXAMPLES and SECRETS.search((ROOT / name).read_text("utf-8", "replace"))
    ] == []


def test_a_secret_would_be_found() -> None:
    """What the test above would see if it were otherwise."""
    assert [text for text in FOUND if not SECRETS.search(text)] == []
