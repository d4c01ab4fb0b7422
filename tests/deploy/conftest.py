"""What `nox -s deploy` runs, and nothing else: what `deploy/` says, without a container engine."""

from collections.abc import Iterator

import pytest
from image import CHECKOUT, Build, Mounts, Stage


@pytest.fixture(scope="session")
def mounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mounts]:
    """Where overlays are laid."""
    folder = tmp_path_factory.mktemp("image") / "layers"
    folder.mkdir()
    with Mounts(folder) as mounts:
        yield mounts


@pytest.fixture(scope="session")
def image(mounts: Mounts) -> Stage:
    """Build what the Dockerfile says."""
    return Build(mounts, CHECKOUT / "deploy/Dockerfile").image()
