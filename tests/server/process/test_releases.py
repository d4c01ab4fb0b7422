"""The release before this one, on the tables of this one, beside it: so a fleet is updated."""

import asyncio
import os
import shutil
import subprocess
import sys
import tarfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, codes, data
from command_line import PRODUCTION
from documents import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    ME,
    REFRESH_TOKEN,
    REGISTER,
    REVOKE_OTHER_SESSIONS,
    SESSIONS,
)
from people import PASSWORD
from processes import OpenBrowser, Serve, Server

pytestmark = pytest.mark.one_process("its servers are told apart")

PREVIOUS_RELEASE = "d253d35e5460912aada1104a9a4db2d328d193b3"
ROOMS = {"auth": "", "graph": "graph", "models": "models", "server": "server"}
ADA = {"email": "ada@example.com", "password": PASSWORD}
BOB = {**ADA, "email": "bob@example.com"}
REPOSITORY = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def previous_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its source, out of git, laid out as the package is."""
    folder = tmp_path_factory.mktemp("previous")
    archive = subprocess.run(  # noqa: S603 - ours
        ["git", "archive", "--format=tar", PREVIOUS_RELEASE, *ROOMS],  # noqa: S607
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    with tarfile.open(fileobj=BytesIO(archive.stdout)) as source:
        source.extractall(folder / "source", filter="data")
    for room, package in ROOMS.items():
        target = folder / "path" / "authberry" / package
        shutil.copytree(folder / "source" / room, target, dirs_exist_ok=True)
    return folder / "path"


@pytest.fixture
def releases(serve: Serve, previous_release: Path) -> tuple[Server, Server]:
    """The previous and the present one, on one database that the present one has migrated."""
    settings = {key.removeprefix("AUTHBERRY_").lower(): PRODUCTION[key] for key in PRODUCTION}
    present, previous = serve(**settings), serve(**settings, is_launched=False)
    previous.environment["PYTHONPATH"] = str(previous_release)
    return previous.launch(), present


def test_it_is_the_previous_release_that_runs(previous_release: Path) -> None:
    """Although the present one is installed."""
    found = subprocess.run(
        [sys.executable, "-c", "from authberry.server import cli; print(cli.__file__)"],
        env={**os.environ, "PYTHONPATH": str(previous_release)},
        capture_output=True,
        check=True,
        text=True,
    )
    assert Path(found.stdout.strip()) == previous_release / "authberry/server/cli.py"


async def test_two_releases_on_one_database_are_one_service(
    releases: tuple[Server, Server], open_browser: OpenBrowser
) -> None:
    """Whatever one of them does, the other knows at once."""
    one, other = map(open_browser, releases)

    ada = data(await one.ask(REGISTER, ADA, transport="BODY"))
    bob = data(await other.ask(REGISTER, BOB, transport="BODY"))
    for here, there, begun in ((one, other, ada), (other, one, bob)):
        await is_good_everywhere(begun, here, there)
        # Rotated by one, asked for again of the other: one and the same successor.
        renewed = await renew(here, begun)
        assert (await renew(there, begun))["refreshToken"] == renewed["refreshToken"]
        await is_good_everywhere(renewed, here, there)

    # Ended by one, ended for the other.
    phone = data(await other.ask(LOGIN, ADA, transport="BODY"))
    assert len(data(await one.ask(SESSIONS, token=phone["accessToken"]))) == 2
    assert data(await one.ask(REVOKE_OTHER_SESSIONS, token=phone["accessToken"]))["count"] == 1
    await is_over_everywhere(ada, one, other)
    await is_good_everywhere(phone, one, other)
    assert data(await other.ask(LOGOUT, token=phone["accessToken"]))["ok"] is True
    await is_over_everywhere(phone, one, other)

    # A password changed by one is the password for the other.
    passwords = {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"}
    changed = data(await one.ask(CHANGE_PASSWORD, passwords, token=bob["accessToken"]))
    assert changed["__typename"] == "AuthPayload"
    login = {**BOB, "password": passwords["newPassword"], "transport": "BODY"}
    for browser in (one, other):
        assert data(await browser.ask(LOGIN, login))["__typename"] == "AuthPayload"
    for server in releases:
        assert '"level": "error"' not in server.log


async def renew(browser: Browser, session: dict[str, Any]) -> dict[str, Any]:
    """Refresh with a session's token."""
    answer: dict[str, Any] = data(
        await browser.ask(REFRESH_TOKEN, refreshToken=session["refreshToken"])
    )
    assert answer["__typename"] == "AuthPayload", answer
    return answer


async def is_good_everywhere(session: dict[str, Any], *browsers: Browser) -> None:
    """Each server says who is asking."""
    answers = await asyncio.gather(
        *(browser.ask(ME, token=session["accessToken"]) for browser in browsers)
    )
    assert [data(answer)["id"] for answer in answers] == [session["user"]["id"]] * len(browsers)


async def is_over_everywhere(session: dict[str, Any], *browsers: Browser) -> None:
    """Each server refuses both tokens."""
    for browser in browsers:
        assert codes(await browser.ask(ME, token=session["accessToken"])) == ["UNAUTHENTICATED"]
        refused = await browser.ask(REFRESH_TOKEN, refreshToken=session["refreshToken"])
        assert data(refused)["__typename"] == "SessionRevoked"
