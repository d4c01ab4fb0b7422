"""`requestLoginLink` and `loginWithLink`: log in without a password, where it was asked for."""

from unittest.mock import ANY
from uuid import UUID

import httpx
import jwt
import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, codes, data
from documents import LOGIN_WITH_LINK, ME, REFRESH_TOKEN, REQUEST_LOGIN_LINK
from frozen_clock import FrozenClock
from log_lines import LogLines
from mailed_links import ADA, REFUSED
from rows import changes, everything, session_row, user_row
from sent_mail import everything_when_idle, mails, token_to
from table_rows import HOUR, unsaved

from authberry import Auth
from authberry.models import RefreshToken, User
from authberry.models.statements import SURPLUS_PAGE

PROGRAM: dict[str, str | None] = {"Origin": None}
"""What a program without a browser does not send."""
COOKIE = "login_link"


def cookies_set(response: httpx.Response) -> dict[str, str]:
    """Each cookie that a response sets, by name."""
    headers = response.headers.get_list("set-cookie")
    return {header.partition("=")[0]: header.partition("=")[2] for header in headers}


async def ask(auth: Auth, browser: Browser, headers: dict[str, str | None] | None = None) -> str:
    """Have a link mailed to Ada; returns its token."""
    response = await browser.ask(REQUEST_LOGIN_LINK, {"email": ADA}, headers=headers)
    assert data(response) == {"ok": True}
    return await token_to(auth, ADA)


async def has_proved_it(auth: Auth) -> None:
    """Let Ada's address be proved; else a first proof is more than a login."""
    with auth.database.use():
        await User.filter(email=ADA).update(email_verified=True)


async def test_a_link_logs_in_and_proves_the_address(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """As a login does, with a session whose row says how; the browser's secret has served."""
    before = await user_row(auth, ada)
    token = await ask(auth, browser)

    response = await browser.ask(LOGIN_WITH_LINK, {"token": token})

    answer = data(response)
    assert answer == {
        "__typename": "AuthPayload",
        "accessToken": ANY,
        "tokenType": "Bearer",
        "expiresIn": 300,
        "expiresAt": "2026-01-01T12:05:00.000Z",
        "refreshToken": None,
        "user": {
            "id": str(ada.id),
            "email": ADA,
            "name": "Ada",
            "emailVerified": True,
            "roles": ["admin"],
            "createdAt": "2026-01-01T12:00:00.654Z",
        },
        "session": {
            "id": ANY,
            "current": True,
            "createdAt": "2026-01-01T12:00:00.654Z",
            "lastUsedAt": "2026-01-01T12:00:00.654Z",
            "expiresAt": "2026-01-15T12:00:00.654Z",
            "userAgent": "Firefox",
            "ipAddress": "192.0.2.1",
        },
    }
    assert changes(before, await user_row(auth, ada)) == {
        "email_verified": True,
        "password_hash": None,
    }
    row = await session_row(auth, UUID(answer["session"]["id"]))
    assert (row["amr"], row["transport"], row["generation"]) == ("otp", "COOKIE", 0)
    assert set(cookies_set(response)) == {"refresh_token", COOKIE, "device"}
    assert "Max-Age=0" in cookies_set(response)[COOKIE]
    assert list(browser.cookies) == ["refresh_token"]
    assert data(await browser.ask(ME, token=answer["accessToken"]))["email"] == ADA


async def test_the_access_token_says_that_it_was_a_link(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """Also after a refresh (RFC 8176)."""
    token = await ask(auth, browser)
    answer = data(await browser.ask(LOGIN_WITH_LINK, {"token": token}))
    clock.tick(60)
    refreshed = data(await browser.ask(REFRESH_TOKEN))
    for one in (answer, refreshed):
        claims = jwt.decode(one["accessToken"], options={"verify_signature": False})
        assert claims["amr"] == ["otp"]


async def test_whoever_asks_is_given_a_secret_for_as_long_as_the_link_lives(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """Out of reach of scripts; the row has its digest, and the same for nobody as for somebody."""
    responses = [
        await browser.ask(REQUEST_LOGIN_LINK, {"email": email})
        for email in (ADA, "nobody@example.com")
    ]
    for response in responses:
        (cookie,) = cookies_set(response).items()
        assert cookie[0] == COOKIE
        value, *attributes = cookie[1].split("; ")
        assert len(value) == 43
        assert attributes == ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=strict"]
    await mails(auth)
    rows = await everything(auth)
    assert str(browser.cookies[COOKIE]) not in repr(rows)
    (row,) = rows["OneTimeToken"]
    assert len(row["browser_hash"]) == 64


async def test_two_links_asked_for_in_one_browser_both_work(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """The first mail was slow, so that it was asked for again; the secret is kept."""
    await has_proved_it(auth)
    tokens = [await ask(auth, browser) for _ in range(2)]
    secret = browser.cookies[COOKIE]
    for token in tokens:
        browser.keep(COOKIE, secret or "")
        answer = data(await browser.ask(LOGIN_WITH_LINK, {"token": token}))
        assert answer["__typename"] == "AuthPayload"


async def test_a_link_opens_nothing_in_another_browser(
    auth: Auth, browser: Browser, app: object, ada: User
) -> None:
    """Without a cookie, with one of another link, or with what is none; it stays good at home."""
    token = await ask(auth, browser)
    strangers = [Browser(app) for _ in range(3)]
    await strangers[1].ask(REQUEST_LOGIN_LINK, {"email": "nobody@example.com"})
    strangers[2].keep(COOKIE, "garbage")
    await mails(auth)
    before = await everything_when_idle(auth)
    for stranger in strangers:
        response = await stranger.ask(LOGIN_WITH_LINK, {"token": token})
        assert data(response) == REFUSED
        assert "set-cookie" not in response.headers
    assert await everything(auth) == before
    answer = data(await browser.ask(LOGIN_WITH_LINK, {"token": token}))
    assert answer["__typename"] == "AuthPayload"


async def test_a_link_that_a_program_asked_for_works_in_programs_only(
    auth: Auth, browser: Browser, app: object, ada: User
) -> None:
    """Else somebody could log a browser in to their own account by a link (login CSRF)."""
    token = await ask(auth, browser, PROGRAM)
    assert browser.cookies == {}
    victim = Browser(app)
    await victim.ask(REQUEST_LOGIN_LINK, {"email": "nobody@example.com"})
    await mails(auth)
    before = await everything_when_idle(auth)
    same_origin: dict[str, str | None] = {"Origin": None, "Sec-Fetch-Site": "same-origin"}
    for headers in (None, same_origin):
        response = await victim.ask(LOGIN_WITH_LINK, {"token": token}, headers=headers)
        assert data(response) == REFUSED
    assert await everything(auth) == before
    response = await browser.ask(
        LOGIN_WITH_LINK, {"token": token, "transport": "BODY"}, headers=PROGRAM
    )
    assert len(data(response)["refreshToken"]) == 91
    assert "set-cookie" not in response.headers


async def test_a_program_does_not_use_a_browser_s_link(
    auth: Auth, browser: Browser, app: object, ada: User
) -> None:
    """Whoever reads the mail has not the secret."""
    token = await ask(auth, browser)
    answer = data(
        await Browser(app).ask(
            LOGIN_WITH_LINK, {"token": token, "transport": "BODY"}, headers=PROGRAM
        )
    )
    assert answer == REFUSED


@pytest.mark.parametrize("document", [REQUEST_LOGIN_LINK, LOGIN_WITH_LINK])
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": None, "Sec-Fetch-Site": "cross-site"}],
)
async def test_another_site_neither_asks_nor_logs_in(
    auth: Auth, browser: Browser, ada: User, document: str, headers: dict[str, str | None]
) -> None:
    """As with the refresh token cookie: it is not given, and not looked at."""
    token = await ask(auth, browser)
    before = await everything_when_idle(auth)
    values = {"email": ADA} if document is REQUEST_LOGIN_LINK else {"token": token}
    for more in ({}, {"transport": "BODY"}):
        if document is REQUEST_LOGIN_LINK and more:
            continue
        response = await browser.ask(document, {**values, **more}, headers=headers)
        assert codes(response) == ["CROSS_SITE_REQUEST"]
        assert "set-cookie" not in response.headers
    assert await everything(auth) == before


async def test_over_https_the_cookie_is_the_host_s_alone(make_app: MakeApp) -> None:
    """By its name no other host of the domain can have set it."""
    app = await make_app(**PRODUCTION, smtp_url="smtp://localhost:1", mail_from="a@example.com")
    browser = Browser(app, url="https://auth.example.com")
    response = await browser.ask(REQUEST_LOGIN_LINK, {"email": ADA})
    (header,) = response.headers.get_list("set-cookie")
    assert header.startswith("__Host-login_link=")
    assert "Secure" in header.split("; ")
    assert "Path=/" in header.split("; ")


async def test_nobody_and_the_disabled_get_no_mail(auth: Auth, browser: Browser, ada: User) -> None:
    """The answers are the same to the byte, but for the secret."""
    gone = await person(auth, "gone@example.com")
    with auth.database.use():
        await User.filter(id=gone.id).update(disabled_at=auth.clock.now())
    seen = set()
    for email in (ADA, "gone@example.com", "nobody@example.com"):
        response = await browser.ask(REQUEST_LOGIN_LINK, {"email": email})
        headers = {
            name: value
            for name, value in response.headers.items()
            if name not in {"x-request-id", "set-cookie"}
        }
        seen.add((response.status_code, tuple(sorted(headers.items())), response.content))
    assert len(seen) == 1
    assert [mail["To"] for mail in await mails(auth)] == [ADA]


async def test_where_verification_is_required_a_link_is_enough(make_app: MakeApp) -> None:
    """It came by mail."""
    app = await make_app(email_verification="required")
    auth: Auth = app.state.auth
    await person(auth, ADA)
    browser = Browser(app)
    answer = data(await browser.ask(LOGIN_WITH_LINK, {"token": await ask(auth, browser)}))
    assert answer["user"]["emailVerified"] is True


async def test_a_login_by_link_is_one_event(
    auth: Auth, browser: Browser, ada: User, log: LogLines
) -> None:
    """With the session, and how."""
    await has_proved_it(auth)
    token = await ask(auth, browser)
    log.start()
    answer = data(await browser.ask(LOGIN_WITH_LINK, {"token": token}))
    assert log.events == [
        {
            "event": "login_succeeded",
            "level": "info",
            "reason": "link",
            "user_id": str(ada.id),
            "session_id": answer["session"]["id"],
            "address": "192.0.2.1",
        }
    ]


async def test_the_oldest_session_gives_way(make_app: MakeApp) -> None:
    """As at any login."""
    app = await make_app(sessions_per_user=2)
    auth: Auth = app.state.auth
    await person(auth, ADA)
    browser = Browser(app)
    for _ in range(3):
        await browser.ask(LOGIN_WITH_LINK, {"token": await ask(auth, browser)})
    rows = (await everything(auth))["RefreshToken"]
    assert sorted(str(row["revoked_reason"]) for row in rows) == [
        "None",
        "None",
        "too many sessions",
    ]


async def test_a_limit_that_is_much_lower_holds_from_a_login_by_link_too(
    make_app: MakeApp, clock: FrozenClock
) -> None:
    """What was too much for its transaction is ended before the answer."""
    app = await make_app(sessions_per_user=2)
    auth: Auth = app.state.auth
    ada = await person(auth, ADA)
    with auth.database.use():
        await RefreshToken.bulk_create(
            [unsaved(ada, expires_at=clock.now() + HOUR) for _ in range(SURPLUS_PAGE + 7)]
        )
    browser = Browser(app)
    await has_proved_it(auth)
    await browser.ask(LOGIN_WITH_LINK, {"token": await ask(auth, browser)})
    assert len(await auth.sessions.live(ada.id)) == 2
