"""The club, as its readers see it."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

ADA = {"email": "ada@example.com", "password": "correct horse battery staple"}
REGISTER = """
    mutation ($email: String!, $password: String!) {
      register(email: $email, password: $password) { ... on AuthPayload { accessToken } }
    }
"""


class Browser(TestClient):
    """Asks `/graphql`, with a token once it has one."""

    def ask(self, document: str, **variables: str) -> dict[str, Any]:
        answer = self.post("/graphql", json={"query": document, "variables": variables})
        return dict(answer.json())


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The application, on an empty database."""
    folder = tmp_path_factory.mktemp("club")
    os.environ.setdefault("DATABASE_URL", f"sqlite://{folder}/club.db")
    from app import app

    with Browser(app, base_url="http://127.0.0.1:8000") as browser:
        yield browser


def test_the_club_is_still_a_club(browser: Browser) -> None:
    """Its public fields need nothing."""
    assert browser.ask("{ motto }") == {"data": {"motto": "One more chapter"}}


@pytest.mark.parametrize("field", ["query { myBooks }", 'mutation { readBook(title: "Emma") }'])
def test_everything_else_needs_a_login(browser: Browser, field: str) -> None:
    """And says so."""
    (error,) = browser.ask(field)["errors"]
    assert error["extensions"] == {"code": "UNAUTHENTICATED", "reason": "TOKEN_MISSING"}


def test_a_book_is_read_by_whoever_logged_in(browser: Browser) -> None:
    """The club's rows are keyed by our ids."""
    registered = browser.ask(REGISTER, **ADA)["data"]["register"]
    browser.headers["Authorization"] = f"Bearer {registered['accessToken']}"
    assert browser.ask('mutation { readBook(title: "Emma") }') == {"data": {"readBook": "Emma"}}
    assert browser.ask("{ myBooks me { email } }") == {
        "data": {"myBooks": ["Emma"], "me": {"email": ADA["email"]}}
    }
