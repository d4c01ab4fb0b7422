"""The notebook, as somebody uses it whose browser runs no scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

URL = "http://127.0.0.1:8000"
PASSWORD = "correct horse battery staple"
ADA = {"email": "ada@example.com", "password": PASSWORD}
EVIL = {"Origin": "https://evil.example"}


class Browser(TestClient):
    """Follows redirections and says where forms come from, as browsers do."""

    def login(self, **fields: str) -> str:
        return self.post("/login", data={**ADA, **fields}).text


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """The application, on a database with one administrator and one other."""
    folder: Path = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHBERRY_DATABASE_URL", f"sqlite://{folder}/notebook.db")
        from app import app, auth

        with Browser(app, base_url=URL, headers={"Origin": URL, "Accept": "text/html"}) as browser:
            assert browser.portal
            for name, roles in (("ada", ("admin",)), ("bob", ())):
                browser.portal.call(
                    auth.accounts.create, f"{name}@example.com", PASSWORD, name, roles
                )
            yield browser


@pytest.fixture
def browser(first: Browser) -> Browser:
    """A browser with an empty cookie jar."""
    first.cookies.clear()
    return first


def test_the_way_in_leads_to_where_somebody_wanted_to_go(browser: Browser) -> None:
    """And nowhere else, whatever a link says."""
    led = browser.get("/sessions")
    assert led.url == f"{URL}/login?next=%2Fsessions"
    assert "not right" not in led.text
    assert "(this one)" in browser.login(next="/sessions")
    browser.cookies.clear()
    assert "Write it down" in browser.login(next="//evil.example")


def test_a_wrong_password_is_said(browser: Browser) -> None:
    """Beside the form, which keeps the address."""
    said = browser.login(password="not this one")
    assert 'role="alert"' in said
    assert 'value="ada@example.com"' in said
    assert "Log in" in browser.get("/").text


def test_a_note_is_written_and_escaped(browser: Browser) -> None:
    """By the form, and by no form of another site."""
    browser.login()
    assert "&lt;b&gt;milk" in browser.post("/notes", data={"text": "<b>milk"}).text
    refused = browser.post("/notes", data={"text": "spam"}, headers=EVIL)
    assert refused.status_code == 403
    assert "spam" not in browser.get("/").text


def test_administrators_see_more(browser: Browser) -> None:
    """Others are refused."""
    browser.login()
    assert "notes in all" in browser.get("/admin").text
    browser.cookies.clear()
    browser.login(email="bob@example.com")
    assert browser.get("/admin").status_code == 403


def test_a_page_may_want_a_recent_login(browser: Browser) -> None:
    """Which a login of now is."""
    browser.login()
    assert "who has just proved it" in browser.get("/private").text
    assert "Is it you?" in browser.get("/login?next=/private").text
    wrong = browser.post("/prove", data={"password": "no", "next": "/private"})
    assert 'role="alert"' in wrong.text
    proved = browser.post("/prove", data={"password": PASSWORD, "next": "/private"})
    assert proved.url == f"{URL}/private"


def test_another_session_is_ended_and_then_this_one(browser: Browser) -> None:
    """Each at once."""
    browser.login()
    phone = browser.cookies["authberry_session"]
    browser.cookies.clear()
    browser.login()
    laptop = browser.cookies["authberry_session"]
    listed = browser.get("/sessions").text
    ids = [part.partition('"')[0] for part in listed.split('name="id" value="')[1:]]
    for other in ids:
        browser.post("/sessions/end", data={"id": other})
    assert browser.get("/sessions").text.count("<li>") == 1
    browser.cookies.set("authberry_session", phone)
    browser.cookies.clear()
    browser.cookies.set("authberry_session", phone, domain="127.0.0.1")
    assert browser.get("/").url == f"{URL}/login?next=%2F"
    browser.cookies.clear()
    browser.cookies.set("authberry_session", laptop, domain="127.0.0.1")
    assert browser.post("/logout").url == f"{URL}/login"
    assert "authberry_session" not in browser.cookies
