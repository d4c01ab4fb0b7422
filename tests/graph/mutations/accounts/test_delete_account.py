"""`deleteAccount` and `accountExport`: leaving, and what one takes along."""

from pathlib import Path

import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, codes, cookie_set, data
from deleted_account import templates
from documents import ACCOUNT_EXPORT, DELETE_ACCOUNT, LOGIN, ME, REFRESH_TOKEN
from people import PASSWORD
from rows import everything, user_row
from starlette.applications import Starlette

from authberry import Auth, Issued

ADA = {"email": "ada@example.com", "password": PASSWORD}


@pytest.fixture
async def app(make_app: MakeApp, tmp_path: Path) -> Starlette:
    """An application whose mail templates are a line each."""
    return await make_app(mail_templates=templates(tmp_path))


async def test_the_right_password_deletes_the_account_and_the_cookie(
    auth: Auth, browser: Browser, in_browser: Issued
) -> None:
    """The browser has nothing left, and nor have we."""
    response = await browser.ask(
        DELETE_ACCOUNT, token=in_browser.access_token.value, password=PASSWORD
    )
    assert data(response) == {"__typename": "AccountDeleted", "ok": True, "deletesAt": None}
    assert cookie_set(response)["max-age"] == "0"
    assert browser.cookies == {}
    assert (await everything(auth))["User"] == []
    me = await browser.ask(ME, token=in_browser.access_token.value)
    assert me.json()["errors"][0]["extensions"]["reason"] == "SESSION_REVOKED"
    refused = await browser.ask(REFRESH_TOKEN, refreshToken=in_browser.refresh_token)
    assert data(refused)["code"] == "REFRESH_TOKEN_INVALID"
    assert data(await browser.ask(LOGIN, ADA))["code"] == "INVALID_CREDENTIALS"


async def test_a_program_without_cookies_is_sent_none(browser: Browser, issued: Issued) -> None:
    """It has none to delete."""
    response = await browser.ask(DELETE_ACCOUNT, token=issued.access_token.value, password=PASSWORD)
    assert data(response)["ok"]
    assert "set-cookie" not in response.headers


async def test_a_wrong_password_is_data_and_changes_nothing(
    auth: Auth, browser: Browser, in_browser: Issued
) -> None:
    """The cookie stays."""
    before = await everything(auth)
    response = await browser.ask(
        DELETE_ACCOUNT, token=in_browser.access_token.value, password="wrong"
    )
    assert data(response) == {
        "__typename": "InvalidCredentials",
        "code": "INVALID_CREDENTIALS",
        "message": "The e-mail address or the password is wrong.",
    }
    assert "set-cookie" not in response.headers
    assert await everything(auth) == before


async def test_too_many_wrong_ones_are_data_too(browser: Browser, issued: Issued) -> None:
    """With the seconds to wait."""
    for _ in range(5):
        await browser.ask(DELETE_ACCOUNT, token=issued.access_token.value, password="wrong")
    response = await browser.ask(DELETE_ACCOUNT, token=issued.access_token.value, password=PASSWORD)
    assert data(response)["code"] == "TOO_MANY_ATTEMPTS"
    assert int(response.headers["retry-after"]) == data(response)["retryAfter"]


async def test_a_page_of_another_site_deletes_nothing(
    auth: Auth, browser: Browser, in_browser: Issued
) -> None:
    """Even with a stolen access token it could not clear the cookie."""
    before = await everything(auth)
    response = await browser.ask(
        DELETE_ACCOUNT,
        {"password": PASSWORD},
        token=in_browser.access_token.value,
        headers={"Origin": "https://evil.example.com"},
    )
    assert codes(response) == ["CROSS_SITE_REQUEST"]
    assert await everything(auth) == before


async def test_with_grace_the_answer_says_when(make_app: MakeApp, tmp_path: Path) -> None:
    """Until then a login keeps the account."""
    app = await make_app(mail_templates=templates(tmp_path / "more"), deletion_grace=7 * 86400)
    auth, browser = app.state.auth, Browser(app)
    ada = await person(auth, "ada@example.com")
    token = data(await browser.ask(LOGIN, ADA))["accessToken"]
    response = await browser.ask(DELETE_ACCOUNT, token=token, password=PASSWORD)
    assert data(response) == {
        "__typename": "AccountDeleted",
        "ok": True,
        "deletesAt": "2026-01-08T12:00:00.654Z",
    }
    assert browser.cookies == {}
    assert data(await browser.ask(LOGIN, ADA))["__typename"] == "AuthPayload"
    assert (await user_row(auth, ada))["deletes_at"] is None


async def test_production_without_a_mail_server_deletes_too(make_app: MakeApp) -> None:
    """There is only nobody to write to."""
    app = await make_app(**PRODUCTION)
    auth, browser = app.state.auth, Browser(app, url="https://auth.example.com")
    await person(auth, "ada@example.com")
    token = data(await browser.ask(LOGIN, ADA))["accessToken"]
    assert data(await browser.ask(DELETE_ACCOUNT, token=token, password=PASSWORD))["ok"]
    assert (await everything(auth))["OutboxMessage"] == []


async def test_the_export_is_json_about_the_person_asking(browser: Browser, issued: Issued) -> None:
    """What stands in it is tested with the rule."""
    exported = data(await browser.ask(ACCOUNT_EXPORT, token=issued.access_token.value))
    assert exported["format"] == 1
    assert exported["account"]["id"] == str(issued.user.id)
    assert [one["id"] for one in exported["sessions"]] == [str(issued.session.id)]
