"""Settings are read in a folder that is the test's own."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what development mode makes in a folder of the test."""
    monkeypatch.chdir(tmp_path)
