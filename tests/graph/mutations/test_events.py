"""The security log: what happens is one record, and says who, where and why."""

import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    REFRESH_TOKEN,
    REGISTER,
    REQUEST_PASSWORD_RESET,
    REVOKE_OTHER_SESSIONS,
    REVOKE_SESSION,
    VERIFY_EMAIL,
)
from frozen_clock import NOON, FrozenClock
from log_lines import LogLines
from people import PASSWORD, PHONE, begin, refresh

from authberry import Auth, Issued
from authberry.models import User

NEW = "another horse, another staple"
WHERE = {"address": "192.0.2.1"}


async def test_registering_is_an_event(browser: Browser, log: LogLines) -> None:
    """Whoever registers is logged in by the same act."""
    log.start()
    answer = data(await browser.ask(REGISTER, email="grace@example.com", password=PASSWORD))
    assert log.events == [
        {
            "event": "registered",
            "level": "info",
            "user_id": answer["user"]["id"],
            **WHERE,
        }
    ]


async def test_a_login_is_an_event(browser: Browser, ada: User, log: LogLines) -> None:
    """With the session that begins."""
    log.start()
    answer = data(await browser.ask(LOGIN, email="ada@example.com", password=PASSWORD))
    assert log.events == [
        {
            "event": "login_succeeded",
            "level": "info",
            "user_id": str(ada.id),
            "session_id": answer["session"]["id"],
            **WHERE,
        }
    ]


@pytest.mark.parametrize(
    ("email", "password", "reason", "is_known"),
    [
        ("unknown@example.com", PASSWORD, "unknown address", False),
        ("not an address", PASSWORD, "unknown address", False),
        ("ada@example.com", "wrong", "wrong password", True),
        ("gone@example.com", PASSWORD, "disabled", True),
        ("gone@example.com", "wrong", "wrong password", True),
        ("invited@example.com", PASSWORD, "wrong password", True),
    ],
)
async def test_the_log_knows_why_a_login_failed(
    auth: Auth,
    browser: Browser,
    ada: User,
    log: LogLines,
    email: str,
    password: str,
    reason: str,
    *,
    is_known: bool,
) -> None:
    """The client does not; nor is what was typed repeated: it may be a password."""
    gone = await person(auth, "gone@example.com")
    invited = await auth.accounts.create("invited@example.com", None)
    with auth.database.use():
        await User.filter(id=gone.id).update(disabled_at=NOON)
    ids = {user.email: str(user.id) for user in (ada, gone, invited)}
    log.start()

    await browser.ask(LOGIN, email=email, password=password)

    who = {"user_id": ids[email]} if is_known else {}
    assert log.events == [
        {"event": "login_failed", "level": "warning", "reason": reason, **who, **WHERE}
    ]


async def test_a_refresh_is_an_event_and_a_retry_a_quiet_one(
    browser: Browser, in_browser: Issued, log: LogLines
) -> None:
    """Tabs and lost answers are normal, and seen at DEBUG only."""
    log.start()
    await browser.ask(REFRESH_TOKEN)
    await browser.ask(REFRESH_TOKEN)
    session = {
        "user_id": str(in_browser.user.id),
        "session_id": str(in_browser.session.id),
        **WHERE,
    }
    assert log.events == [
        {"event": "token_refreshed", "level": "info", **session},
        {"event": "token_reissued", "level": "debug", **session},
    ]


async def test_reuse_is_an_alarm(
    auth: Auth, browser: Browser, issued: Issued, log: LogLines, clock: FrozenClock
) -> None:
    """Of all events the loudest."""
    await refresh(auth, issued.refresh_token)
    clock.tick(60)
    log.start()
    await browser.ask(REFRESH_TOKEN, refreshToken=issued.refresh_token)
    assert log.events == [
        {
            "event": "token_reused",
            "level": "error",
            "user_id": str(issued.user.id),
            "session_id": str(issued.session.id),
            **WHERE,
        }
    ]


async def test_a_disabled_person_s_refresh_is_an_event(
    auth: Auth, browser: Browser, issued: Issued, log: LogLines
) -> None:
    """They were not to come back, and tried."""
    with auth.database.use():
        await User.filter(id=issued.user.id).update(disabled_at=NOON)
    log.start()
    await browser.ask(REFRESH_TOKEN, refreshToken=issued.refresh_token)
    assert log.events == [
        {
            "event": "token_refused",
            "level": "warning",
            "reason": "disabled",
            "user_id": str(issued.user.id),
            "session_id": str(issued.session.id),
            **WHERE,
        }
    ]


async def test_a_logout_is_an_event_once(
    browser: Browser, in_browser: Issued, log: LogLines
) -> None:
    """The second one ends nothing."""
    log.start()
    for _ in range(2):
        await browser.ask(LOGOUT, refreshToken=in_browser.refresh_token)
    session = {
        "user_id": str(in_browser.user.id),
        "session_id": str(in_browser.session.id),
    }
    assert log.events == [{"event": "logged_out", "level": "info", **session, **WHERE}]


async def test_revoking_is_an_event(
    auth: Auth, browser: Browser, issued: Issued, log: LogLines
) -> None:
    """One session by its id, several by their number."""
    phone = await begin(auth, issued.user, PHONE)
    await begin(auth, issued.user, PHONE)
    token = issued.access_token.value
    log.start()
    await browser.ask(REVOKE_SESSION, id=str(phone.session.id), token=token)
    await browser.ask(REVOKE_OTHER_SESSIONS, token=token)
    revoked = {
        "event": "sessions_revoked",
        "level": "info",
        "user_id": str(issued.user.id),
        "count": 1,
        **WHERE,
    }
    assert log.events == [{**revoked, "session_id": str(phone.session.id)}, revoked]


async def test_a_change_of_password_is_an_event_and_so_is_a_failed_one(
    browser: Browser, issued: Issued, log: LogLines
) -> None:
    """With the session from which it was tried, and with the one in which it is renewed."""
    log.start()
    answers = [
        data(
            await browser.ask(
                CHANGE_PASSWORD,
                {"currentPassword": current, "newPassword": NEW},
                token=issued.access_token.value,
            )
        )
        for current in ("wrong", PASSWORD)
    ]
    before = {"user_id": str(issued.user.id), "session_id": str(issued.session.id), **WHERE}
    after = {**before, "session_id": answers[1]["session"]["id"]}
    assert log.events == [
        {"event": "password_change_failed", "level": "warning", **before},
        {"event": "password_changed", "level": "info", **after},
    ]


THROTTLED: dict[str, tuple[dict[str, object], str, dict[str, str]]] = {
    "login": (
        {"login_attempts": "1/hour"},
        LOGIN,
        {"email": "unknown@example.com", "password": "wrong"},
    ),
    "register": (
        {"register_attempts": "1/hour"},
        REGISTER,
        {"email": "ada@example.com", "password": PASSWORD},
    ),
    "refresh": ({"refresh_attempts": "1/hour"}, REFRESH_TOKEN, {"refreshToken": "garbage"}),
    "revoke": ({"session_attempts": "1/hour"}, REVOKE_SESSION, {"id": "garbage"}),
    "change": (
        {"login_attempts": "1/hour"},
        CHANGE_PASSWORD,
        {"currentPassword": "wrong", "newPassword": NEW},
    ),
    "mail": (
        {"mail_attempts_per_account": "1/hour"},
        REQUEST_PASSWORD_RESET,
        {"email": "unknown@example.com"},
    ),
    "link": ({"link_attempts": "1/hour"}, VERIFY_EMAIL, {"token": "garbage"}),
}


@pytest.mark.parametrize("act", THROTTLED)
async def test_an_exhausted_budget_is_an_event(make_app: MakeApp, log: LogLines, act: str) -> None:
    """Whatever was tried too often, it is said what."""
    settings, document, variables = THROTTLED[act]
    app = await make_app(**settings)
    auth: Auth = app.state.auth
    issued = await begin(auth, await person(auth, "ada@example.com"))
    browser = Browser(app)
    token = issued.access_token.value
    await browser.ask(document, variables, token=token)
    log.start()

    await browser.ask(document, variables, token=token)

    assert log.events == [
        {
            "event": "attempts_exceeded",
            "level": "warning",
            "reason": "login" if act == "change" else act,
            **WHERE,
        }
    ]
