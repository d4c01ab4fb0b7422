"""What `authberry doctor` looks at in tests, and what it finds."""

from collections.abc import Callable

import pytest

from authberry.doctor.findings import Finding

Configure = Callable[..., None]

REACHABLE = {"AUTHBERRY_DATABASE_URL": "sqlite://not-made-yet.db"}


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """`configure(AUTHBERRY_ENV="production")` sets the environment."""

    def to(**environment: str) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

    return to


def about(findings: list[Finding], setting: str) -> list[tuple[str, str]]:
    """How bad it is, and what, for one setting."""
    return [
        (finding.level, finding.problem)
        for finding in findings
        if finding.setting == f"AUTHBERRY_{setting}"
    ]
