"""What is loaded when: whoever only verifies installs, and waits for, next to nothing."""

import ast
import json
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import authberry

ROOT = Path(__file__).parents[2]
STORY = """
import json, sys
before = {name.partition(".")[0] for name in sys.modules}
import MODULE
after = {name.partition(".")[0] for name in sys.modules} - before
print(json.dumps(sorted(after - sys.stdlib_module_names - {"authberry"})))
"""
LOGIN = """
import asyncio, sys
from authberry import Settings
from authberry.server.app import create_app
from browser import Browser, data
from documents import LOGIN, ME, REGISTER

WHO = {"email": "ada@example.com", "password": "correct horse battery staple"}

async def story():
    settings = Settings(database_url="sqlite://login.db", secret=("x" * 48,))
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        browser = Browser(app)
        assert data(await browser.ask(REGISTER, WHO))["__typename"] == "AuthPayload"
        payload = data(await browser.ask(LOGIN, WHO))
        assert data(await browser.ask(ME, token=payload["accessToken"]))["email"] == WHO["email"]

asyncio.run(story())
print(*sorted({"webauthn", "pyotp", "segno", "cbor2"} & {*sys.modules}))
"""
CRYPTOGRAPHY = {"_cffi_backend", "_openssl", "cryptography", "jwt"}


def loaded(module: str) -> set[str]:
    """The libraries that an interpreter loads to import a module, and that not all do."""
    ran = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", STORY.replace("MODULE", module)],
        capture_output=True,
        check=True,
        text=True,
    )
    return set(json.loads(ran.stdout))


def test_the_package_loads_nothing_by_itself() -> None:
    """What it has is looked for when somebody asks."""
    assert loaded("authberry") == set()


@pytest.mark.parametrize("module", ["tokens", "server.verify.refusals"])
def test_to_verify_loads_only_what_reads_signatures(module: str) -> None:
    """No database, no settings, no GraphQL, and no HTTP before there is something to fetch."""
    assert loaded(f"authberry.{module}") <= CRYPTOGRAPHY


@pytest.mark.parametrize(
    ("adapter", "never"),
    [
        ("starlette", {"fastapi", "strawberry"}),
        ("fastapi", {"strawberry"}),
        ("strawberry", {"fastapi"}),
    ],
)
def test_an_adapter_loads_its_own_framework_only(adapter: str, never: set[str]) -> None:
    """And nothing of the server."""
    server = {"argon2", "nacl", "pydantic_settings", "tortoise", "typer", "uvicorn"}
    found = loaded(f"authberry.server.verify.{adapter}")
    assert adapter in found
    assert not found & (server | never)


@pytest.mark.parametrize(
    "module", ["server.app", "server.entry", "graph", "factors", "logins", "auth"]
)
def test_no_library_of_a_factor_is_loaded_before_there_is_one(module: str) -> None:
    """Neither that of passkeys nor that of codes: most processes serve logins by password."""
    assert not loaded(f"authberry.{module}") & {"webauthn", "pyotp", "segno", "cbor2"}


def test_to_log_in_without_a_factor_loads_none_of_their_libraries(tmp_path: Path) -> None:
    """From the start of a server to an answer for somebody who is logged in."""
    support = str(ROOT / "tests" / "support")
    ran = subprocess.run(  # noqa: S603 - ours
        [sys.executable, "-c", LOGIN],
        capture_output=True,
        check=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": support},
    )
    assert ran.stdout == "\n"


def test_every_name_of_the_package_is_where_it_says() -> None:
    """For type checkers and at run time alike: one table, read twice."""
    tree = ast.parse((ROOT / "auth" / "__init__.py").read_text("utf-8"))
    typed = {
        alias.name: str(node.module).removeprefix("authberry.")
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("authberry.")
        for alias in node.names
    }
    assert typed == authberry._HOMES
    assert sorted(typed) == sorted(authberry.__all__)
    for name, home in typed.items():
        module = import_module(f"authberry.{home}")
        assert getattr(authberry, name) is getattr(module, name)
        assert name in dir(authberry)


def test_a_name_that_is_not_there_is_not_there() -> None:
    """As in any module."""
    assert not hasattr(authberry, "Autberry")
