"""Servers on PostgreSQL and Valkey, behind nginx: what `nox -s fleet` runs, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from apps import database_url, tables
from nginx import Nginx, nginx_in
from processes import open_browser, rules, serve

__all__ = ["database_url", "nginx", "open_browser", "rules", "serve", "tables"]


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    """One nginx, which serves once it is told where the servers are."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    with nginx_in(folder) as nginx:
        yield nginx
