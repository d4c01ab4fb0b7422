"""The life of an account, told once from signing up to leaving, with real mail."""

from typing import Any

import pytest
from browser import data
from documents import (
    ACCOUNT_EXPORT,
    CONFIRM_EMAIL_CHANGE,
    DELETE_ACCOUNT,
    LOGIN,
    LOGIN_WITH_LINK,
    ME,
    REGISTER,
    REQUEST_EMAIL_CHANGE,
    REQUEST_LOGIN_LINK,
    REQUEST_PASSWORD_RESET,
    RESET_PASSWORD,
    UNDO_EMAIL_CHANGE,
    VERIFY_EMAIL,
)
from inbox import Inbox
from processes import OpenBrowser, Serve
from smtp import MailServer

ADA, NEW = "ada@example.com", "ada@example.org"
FIRST = "correct horse battery staple"
SECOND, THIRD = "another horse, another staple", "a third horse, and a staple"
SUBJECTS = {
    "en": "Confirm your e-mail address for Example",
    "ko": "[Example] 이메일 주소를 확인해 주세요",
}
CHANGED = {
    "en": "Your password for Example was changed",
    "ko": "[Example] 비밀번호가 변경되었습니다",
}
GONE = {"en": "cannot be undone", "ko": "삭제된 계정은 되돌릴 수 없습니다"}


@pytest.mark.parametrize("language", ["en", "ko"])
async def test_an_account_from_signing_up_to_leaving(
    serve: Serve, open_browser: OpenBrowser, mail_server: MailServer, language: str
) -> None:
    """Registered, verified, reset, moved, moved back, logged in to by link, exported, deleted."""
    server = serve(
        smtp_url=mail_server.url,
        mail_from="Example <no-reply@example.com>",
        email_verification="required",
        service_name="Example",
    )
    inbox, browser = Inbox(mail_server), open_browser(server)
    accepts: dict[str, str | None] = {"Accept-Language": language}

    async def ask(document: str, access_token: str | None = None, **variables: str) -> Any:
        return data(await browser.ask(document, variables, token=access_token, headers=accepts))

    async def open_link(to: str, page: str, document: str, **more: str) -> Any:
        token = (await inbox.link(to, page)).partition("#token=")[2]
        response = await browser.ask(document, {"token": token, **more}, headers=accepts)
        return data(response)

    # Register, and prove the address.
    assert await ask(REGISTER, email=ADA, password=FIRST) == {"__typename": "EmailSent"}
    assert (await ask(LOGIN, email=ADA, password=FIRST))["code"] == "EMAIL_NOT_VERIFIED"
    assert (await open_link(ADA, "verify", VERIFY_EMAIL))["user"]["emailVerified"] is True
    assert (await ask(LOGIN, email=ADA, password=FIRST))["__typename"] == "AuthPayload"

    # Register once more, by mistake: the mail says so, and its link is good for a new password.
    assert await ask(REGISTER, email=ADA, password="a" * 4 + FIRST) == {"__typename": "EmailSent"}
    assert (await open_link(ADA, "reset", RESET_PASSWORD, newPassword=SECOND))["ok"] is True
    assert (await ask(LOGIN, email=ADA, password=FIRST))["code"] == "INVALID_CREDENTIALS"

    # Forget the password.
    assert await ask(REQUEST_PASSWORD_RESET, email=ADA) == {"ok": True}
    assert (await open_link(ADA, "reset", RESET_PASSWORD, newPassword=THIRD))["ok"] is True
    session = await ask(LOGIN, email=ADA, password=THIRD)

    # Take another address, and take the former one back.
    moving = {"newEmail": NEW, "password": THIRD}
    assert (await ask(REQUEST_EMAIL_CHANGE, session["accessToken"], **moving))["ok"] is True
    moved = await open_link(NEW, "confirm-email", CONFIRM_EMAIL_CHANGE)
    assert moved["user"] == {"id": session["user"]["id"], "email": NEW, "emailVerified": True}
    back = await open_link(ADA, "undo-email", UNDO_EMAIL_CHANGE)
    assert back["user"] == {**moved["user"], "email": ADA}
    assert (await browser.ask(ME, token=session["accessToken"])).json()["data"] == {"me": None}
    assert (await open_link(ADA, "reset", RESET_PASSWORD, newPassword=SECOND))["ok"] is True

    # Log in by a link.
    assert await ask(REQUEST_LOGIN_LINK, email=ADA) == {"ok": True}
    by_link = await open_link(ADA, "login-link", LOGIN_WITH_LINK)
    assert by_link["user"] == {**session["user"], "emailVerified": True}

    # Take everything along, and leave.
    export = await ask(ACCOUNT_EXPORT, by_link["accessToken"])
    assert (export["account"]["id"], export["account"]["email"]) == (session["user"]["id"], ADA)
    assert len(export["sessions"]) == 3
    assert (await ask(DELETE_ACCOUNT, by_link["accessToken"], password=SECOND))["ok"] is True
    assert (await ask(LOGIN, email=ADA, password=SECOND))["code"] == "INVALID_CREDENTIALS"
    last = await inbox.mail(ADA, GONE[language])

    subjects = [str(mail.message["Subject"]) for mail in mail_server.received]
    assert subjects[0] == SUBJECTS[language]
    assert {mail.message["Content-Language"] for mail in mail_server.received} == {language}
    assert subjects[-1] == str(last.message["Subject"])
    assert len(subjects) == len(set(inbox.links)) + subjects.count(CHANGED[language]) + 1
    assert subjects.count(CHANGED[language]) == 3
    assert all(link.partition("#token=")[2] not in server.log for link in inbox.links)
