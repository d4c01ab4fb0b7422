"""An `Auth` that nobody has opened, and the README's block, which opens it."""

import re
import runpy
from pathlib import Path

import pytest
import strawberry
from browser import Browser, codes, data
from documents import LOGIN, ME
from hosts import host
from people import PASSWORD

from authberry import Auth, Settings
from authberry.graph import AuthMutation, AuthQuery

pytestmark = pytest.mark.one_process("the host holds one Auth")

README = Path(__file__).parents[3] / "README.md"
SCHEMA = strawberry.Schema(AuthQuery, AuthMutation)
ADA = {"email": "ada@example.com", "password": PASSWORD}
LINE = "async with auth: yield"


@pytest.fixture
def closed(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Auth:
    """One that its host has made, and not opened."""
    monkeypatch.chdir(tmp_path)
    return Auth(Settings.load(database_url=database_url, security_notices=False))


async def test_an_auth_that_nobody_opened_says_the_line_to_add(
    closed: Auth, integration: str, caplog: pytest.LogCaptureFixture
) -> None:
    """To the developer who asks, and in the log; opened it works, and closed it says so again."""
    browser = Browser(host(integration, SCHEMA, closed))
    for question, variables in ((LOGIN, ADA), (ME, None)):
        caplog.clear()
        answer = await browser.ask(question, variables)
        assert codes(answer) == ["INTERNAL_SERVER_ERROR"]
        assert answer.json()["errors"][0]["message"].endswith(LINE)
        assert any(LINE in record.getMessage() for record in caplog.records)
        assert "default_connection" not in caplog.text
    async with closed as opened:
        await opened.accounts.create("ada@example.com", PASSWORD, "Ada", ())
        assert data(await browser.ask(LOGIN, ADA))["__typename"] == "AuthPayload"
    assert (await browser.ask(ME)).json()["errors"][0]["message"].endswith(LINE)


async def test_its_rules_say_so_too(closed: Auth) -> None:
    """Where a host calls them itself."""
    with pytest.raises(RuntimeError, match=LINE):
        await closed.accounts.create("ada@example.com", PASSWORD, "Ada", ())
    closed.passwords.hasher.close()


def merge_block() -> str:
    """What the README says to write, as somebody pastes it."""
    text = README.read_text("utf-8").partition("**Merge**")[2]
    block = re.search(r"(?:^    .*\n)+", text, re.MULTILINE)
    assert block
    return re.sub(r"^    ", "", block[0], flags=re.MULTILINE)


def test_the_block_of_the_readme_is_short() -> None:
    """Whoever looks whether it is worth it reads all of it."""
    assert len(merge_block().splitlines()) < 15


async def test_the_block_of_the_readme_runs_as_pasted(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing added: the lifespan opens it, somebody logs in, and it is closed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AUTHBERRY_DATABASE_URL", database_url)
    file = tmp_path / "pasted.py"
    file.write_text(merge_block(), "utf-8")
    pasted = runpy.run_path(str(file))
    app, auth = pasted["app"], pasted["auth"]
    browser = Browser(app)
    async with app.router.lifespan_context(app):
        await auth.accounts.create("ada@example.com", PASSWORD, "Ada", ())
        answer = data(await browser.ask(LOGIN, ADA))
        assert data(await browser.ask(ME, token=answer["accessToken"]))["email"] == ADA["email"]
    assert not auth.is_open
