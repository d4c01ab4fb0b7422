"""The shop, as its customers see it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

ADA = {"email": "ada@example.com", "password": "correct horse battery staple"}
REGISTER = """
    mutation ($email: String!, $password: String!) {
      register(email: $email, password: $password) {
        ... on AuthPayload { accessToken user { email nickname } }
      }
    }
"""


class Browser(TestClient):
    """Asks `/graphql`, with a token once it has one."""

    def ask(self, document: str, **variables: str) -> dict:
        return self.post("/graphql", json={"query": document, "variables": variables}).json()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The application, on tables that Tortoise's command has made, ours and its own."""
    folder = tmp_path_factory.mktemp("shop")
    os.environ.setdefault("DATABASE_URL", f"sqlite://{folder}/shop.db")
    command = [sys.executable, "-m", "tortoise", "-c", "settings.TORTOISE_ORM"]
    for word in ("makemigrations", "migrate"):
        here = Path(__file__).parent
        done = subprocess.run(
            [*command, word], cwd=here, check=True, capture_output=True, text=True
        )
        assert word == "migrate" or "No changes detected" in done.stdout
    from app import app

    with Browser(app, base_url="http://127.0.0.1:8000") as browser:
        yield browser


def test_the_shop_is_still_a_shop(browser: Browser) -> None:
    """Its own fields need nothing."""
    assert browser.ask("{ openingHours }") == {"data": {"openingHours": "9 to 5"}}


def test_a_nickname_needs_a_login(browser: Browser) -> None:
    """Its guarded ones say so, and why."""
    (error,) = browser.ask('mutation { chooseNickname(nickname: "A") { email } }')["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED", "reason": "TOKEN_MISSING"}


def test_a_customer_is_a_person_with_a_nickname(browser: Browser) -> None:
    """One row of the shop's for each of ours, seen wherever the person is."""
    payload = browser.ask(REGISTER, **ADA)["data"]["register"]
    assert payload["user"] == {"email": ADA["email"], "nickname": None}
    browser.headers["Authorization"] = f"Bearer {payload['accessToken']}"
    chosen = browser.ask('mutation { chooseNickname(nickname: "Countess") { nickname } }')
    assert chosen == {"data": {"chooseNickname": {"nickname": "Countess"}}}
    del browser.headers["Authorization"]
    refreshed = browser.ask(
        "mutation { refreshToken { ... on AuthPayload { accessToken user { nickname } } } }"
    )["data"]["refreshToken"]
    assert refreshed["user"] == {"nickname": "Countess"}
    browser.headers["Authorization"] = f"Bearer {refreshed['accessToken']}"
    assert browser.ask("{ me { email nickname } }") == {
        "data": {"me": {"email": ADA["email"], "nickname": "Countess"}}
    }
