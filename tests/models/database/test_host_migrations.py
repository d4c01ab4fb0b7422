"""A host's `tortoise` command and ours, on one database and one record of what was applied."""

import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import tortoise_host
from anyio.to_thread import run_sync
from people import begin, refresh
from rows import ALL
from tortoise import Tortoise
from tortoise_host import Profile, open_host, tortoise_url

from authberry import Auth
from authberry.models import Database
from authberry.models.change_notifications import COUNT_TRIGGERS, TRIGGERS
from authberry.models.database.migration_runner import known_migrations

MakeAuth = Callable[..., Awaitable[Auth]]
PRODUCTION = {"env": "production", "public_url": "https://auth.example.com"}
CONFIGURATION = """
import os
from authberry.models import tortoise_apps

TORTOISE_ORM = {
    "connections": {"default": os.environ["DATABASE_URL"]},
    "apps": {"shop": {"models": ["models"], "migrations": "migrations"}, **tortoise_apps()},
}
"""
CASCADES = {
    "sqlite": "SELECT 1 FROM pragma_foreign_key_list('profile')"
    " WHERE \"table\" = 'authberry_user' AND on_delete = 'CASCADE'",
    "postgres": "SELECT 1 FROM pg_constraint WHERE conrelid = 'profile'::regclass"
    " AND confrelid = 'authberry_user'::regclass AND confdeltype = 'c'",
}


class Project:
    """A host's folder, with packages called `models` and `migrations`, and its command."""

    def __init__(self, folder: Path, url: str) -> None:
        """Write it: the models are those of `shop`."""
        self.folder = folder
        self._environment = {**os.environ, "DATABASE_URL": tortoise_url(url)}
        for package in ("models", "migrations"):
            (folder / package).mkdir()
        (folder / "migrations/__init__.py").touch()
        (folder / "models/__init__.py").write_text(Path(tortoise_host.__file__).read_text("utf-8"))
        (folder / "settings.py").write_text(CONFIGURATION)

    async def tortoise(self, *words: str) -> str:
        """Run a command of Tortoise's; returns what it said."""
        command = [sys.executable, "-m", "tortoise", "-c", "settings.TORTOISE_ORM", *words]
        return await run_sync(self._run, command)

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(  # noqa: S603 - ours
            command,
            cwd=self.folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def migrations(self) -> list[str]:
        """What the command has written."""
        return sorted(file.name for file in (self.folder / "migrations").glob("0*.py"))


@pytest.fixture
def project(tmp_path: Path, database_url: str) -> Project:
    """A host with nothing applied or even written."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder, database_url)


async def test_the_hosts_command_writes_its_migrations_and_none_of_ours(project: Project) -> None:
    """What points at our table comes after it, says so, and by our name; written once."""
    assert "Created shop.0001_initial" in await project.tortoise("makemigrations")
    written = (project.folder / "migrations/0001_initial.py").read_text("utf-8")
    assert f"dependencies = [('authberry', '{ALL[-1]}')]" in written
    assert "'user', fields.OneToOneField('authberry.User'" in written
    assert "No changes detected" in await project.tortoise("makemigrations")
    assert project.migrations == ["0001_initial.py"]
    assert known_migrations() == ALL


async def test_the_hosts_command_applies_ours_with_its_own(
    project: Project, make_auth: MakeAuth, database_url: str
) -> None:
    """Triggers and all: production then starts, development adds nothing, a foreign key holds."""
    await project.tortoise("makemigrations")
    said = await project.tortoise("migrate")
    assert [line.split()[1] for line in said.splitlines() if "APPLY" in line] == [
        *(f"authberry.{name}" for name in ALL),
        "shop.0001_initial",
    ]
    await make_auth(**PRODUCTION)
    auth = await make_auth()
    assert await auth.database.applied_migrations() == ALL
    on_sqlite = auth.database.is_sqlite
    with auth.database.use():
        assert await auth.database.fetch(CASCADES["sqlite" if on_sqlite else "postgres"])
        if not on_sqlite:
            assert [[*row.values()] for row in await auth.database.fetch(COUNT_TRIGGERS)] == [
                [TRIGGERS]
            ]
    async with open_host(database_url):
        ada = await auth.accounts.create("ada@example.com", None, "Ada", ())
        await refresh(auth, (await begin(auth, ada)).refresh_token)
        await Profile.create(user=ada, nickname="Countess")
        await ada.delete()
        assert await Profile.all().count() == 0
    assert "No migrations to apply" in await project.tortoise("migrate")


async def test_the_hosts_command_sees_what_ours_applied(
    project: Project, make_auth: MakeAuth
) -> None:
    """And applies the rest."""
    await make_auth()
    await project.tortoise("makemigrations")
    said = await project.tortoise("migrate")
    assert [line.split()[1] for line in said.splitlines() if "APPLY" in line] == [
        "shop.0001_initial"
    ]
    history = await project.tortoise("history")
    assert [line.split()[-1] for line in history.splitlines() if "- " in line] == [
        *ALL,
        "0001_initial",
    ]


async def test_what_needs_no_migrations_comes_after_ours(
    make_auth: MakeAuth, database_url: str
) -> None:
    """`generate_schemas` leaves our tables as they are, and makes no second index."""
    auth = await make_auth()
    query = (
        "SELECT name FROM sqlite_master WHERE tbl_name LIKE 'authberry%' ORDER BY name"
        if auth.database.is_sqlite
        else "SELECT indexname AS name FROM pg_indexes WHERE tablename LIKE 'authberry%' ORDER BY 1"
    )
    with auth.database.use():
        before = [row["name"] for row in await auth.database.fetch(query)]
        async with open_host(database_url):
            await Tortoise.generate_schemas()
        assert [row["name"] for row in await auth.database.fetch(query)] == before
    database = Database(database_url)
    await database.open()
    try:
        assert await database.migrate() == []
    finally:
        await database.close()
