"""`nox -s storm`, which installs what it needs."""

from tests.storm.cli import app

app()
