"""`updateProfile`: a name, and the language of mails."""

import pytest
from browser import Browser, codes, data
from documents import ME, REQUEST_PASSWORD_RESET, UPDATE_PROFILE
from log_lines import LogLines
from mailed_links import ADA
from people import BROWSER
from rows import changes, everything, user_row
from sent_mail import mails

from authberry import Auth, Issued


async def test_what_is_named_is_changed_and_nothing_else(
    auth: Auth, browser: Browser, issued: Issued, log: LogLines
) -> None:
    """Trimmed; the answer is the person as they are now, and it is one event."""
    before, token = await user_row(auth, issued.user), issued.access_token.value
    log.start()
    answer = data(await browser.ask(UPDATE_PROFILE, {"name": " Ada Lovelace "}, token=token))
    assert answer == {
        "__typename": "User",
        "id": str(issued.user.id),
        "name": "Ada Lovelace",
        "locale": None,
    }
    assert changes(before, await user_row(auth, issued.user)) == {"name": "Ada Lovelace"}
    assert log.events == [
        {
            "event": "profile_changed",
            "level": "info",
            "user_id": str(issued.user.id),
            "session_id": str(issued.session.id),
            "address": "192.0.2.1",
        }
    ]
    assert data(await browser.ask(ME, token=token))["name"] == "Ada Lovelace"


@pytest.mark.parametrize("blank", [None, "", "   "])
async def test_null_or_blank_clears(
    auth: Auth, browser: Browser, issued: Issued, blank: str | None
) -> None:
    """Either of them."""
    token = issued.access_token.value
    await browser.ask(UPDATE_PROFILE, {"locale": "ko"}, token=token)
    answer = data(await browser.ask(UPDATE_PROFILE, {"name": blank, "locale": blank}, token=token))
    assert (answer["name"], answer["locale"]) == (None, None)


async def test_what_is_left_out_stays(
    auth: Auth, browser: Browser, issued: Issued, log: LogLines
) -> None:
    """To ask for nothing changes nothing, and is no event."""
    before = await everything(auth)
    log.start()
    answer = data(await browser.ask(UPDATE_PROFILE, {}, token=issued.access_token.value))
    assert answer["name"] == "Ada"
    assert await everything(auth) == before
    assert log.events == []


@pytest.mark.parametrize(
    ("wanted", "field", "message"),
    [
        ({"name": "a\0b"}, "name", "A name may not have control characters."),
        ({"name": "a\ud800"}, "name", "A name may not have control characters."),
        ({"name": "a" * 201}, "name", "A name may have 200 characters at most."),
        ({"locale": "xx"}, "locale", "Mails are written in these languages: en, ko."),
        ({"locale": "../en"}, "locale", "Mails are written in these languages: en, ko."),
        ({"locale": "e\0n"}, "locale", "Mails are written in these languages: en, ko."),
        (
            {"name": "Grace", "locale": "\ud800"},
            "locale",
            "Mails are written in these languages: en, ko.",
        ),
    ],
)
async def test_what_cannot_be_stored_is_refused_and_nothing_changes(
    auth: Auth,
    browser: Browser,
    issued: Issued,
    wanted: dict[str, str],
    field: str,
    message: str,
) -> None:
    """All of it or nothing, by the name of the argument."""
    before = await everything(auth)
    answer = data(await browser.ask(UPDATE_PROFILE, wanted, token=issued.access_token.value))
    assert answer == {
        "__typename": "InvalidInput",
        "code": "INVALID_INPUT",
        "message": message,
        "field": field,
    }
    assert await everything(auth) == before


async def test_mails_are_written_in_the_language_that_was_chosen(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """Whatever the request accepts; without a choice the request decides."""
    token = issued.access_token.value
    languages = []
    for locale in ("KO", "en", None):
        await browser.ask(UPDATE_PROFILE, {"locale": locale}, token=token)
        accepts: dict[str, str | None] = {"Accept-Language": "ko" if locale != "KO" else "en"}
        await browser.ask(REQUEST_PASSWORD_RESET, {"email": ADA}, headers=accepts)
        languages.append((await mails(auth))[-1]["Content-Language"])
    assert languages == ["ko", "en", "ko"]


async def test_nobody_known_changes_nothing(auth: Auth, browser: Browser, issued: Issued) -> None:
    """An ended session does not either."""
    await auth.sessions.revocation.revoke_all(issued.user.id, BROWSER, reason="operator")
    before = await everything(auth)
    for token in (None, issued.access_token.value):
        response = await browser.ask(UPDATE_PROFILE, {"name": "Eve"}, token=token)
        assert codes(response) == ["UNAUTHENTICATED"]
        assert response.json()["data"] == {"updateProfile": None}
    assert await everything(auth) == before
