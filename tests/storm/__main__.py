"""`nox -s storm`, which installs what it needs."""

from surroundings import put_back

from tests.storm.cli import app

put_back()
app()
