"""`changePassword`: prove the old password and set a new one."""

import asyncio
import re
from datetime import timedelta
from unittest.mock import ANY
from uuid import UUID

from browser import Browser, cookie_set, data, errors
from documents import (
    ACCOUNT_EXPORT,
    CHANGE_PASSWORD,
    DELETE_ACCOUNT,
    LOGIN,
    ME,
    REAUTHENTICATE,
    REFRESH_TOKEN,
    REGENERATE_RECOVERY_CODES,
    REMOVE_FACTOR,
    RENAME_FACTOR,
    REQUEST_EMAIL_CHANGE,
    REVOKE_OTHER_SESSIONS,
    REVOKE_SESSION,
    REVOKE_TRUSTED_DEVICE,
    SECURITY_EVENTS,
    SESSION,
    SESSIONS,
    UPDATE_PROFILE,
)
from external_logins import IDENTITIES, UNLINK_IDENTITY
from frozen_clock import NOON, FrozenClock
from people import PASSWORD, PHONE, begin
from rows import changes, everything_but_events, session_row, user_row
from starlette.applications import Starlette

from authberry import Auth, Issued
from authberry.graph.schema import print_sdl
from authberry.models import User
from authberry.tokens.refresh_tokens import RefreshTokenCodec

NEW = "another horse, another staple"
CHANGE = {"currentPassword": PASSWORD, "newPassword": NEW}


async def test_a_new_password_ends_every_other_session_and_renews_this_one(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued, clock: FrozenClock
) -> None:
    """Whoever knew the old password is out; whoever changed it stays in."""
    user, row = await user_row(auth, in_browser.user), await session_row(auth, in_browser)
    other = await session_row(auth, issued)
    clock.tick(60)

    response = await browser.ask(CHANGE_PASSWORD, CHANGE, token=in_browser.access_token.value)

    assert data(response) == {
        "__typename": "AuthPayload",
        "accessToken": ANY,
        "tokenType": "Bearer",
        "expiresIn": 300,
        "expiresAt": "2026-01-01T12:06:00.000Z",
        "refreshToken": None,
        "user": {
            "id": str(in_browser.user.id),
            "email": "ada@example.com",
            "name": "Ada",
            "emailVerified": False,
            "roles": ["admin"],
            "createdAt": "2026-01-01T12:00:00.654Z",
        },
        "session": {
            "id": ANY,
            "current": True,
            "createdAt": "2026-01-01T12:00:00.654Z",
            "lastUsedAt": "2026-01-01T12:01:00.654Z",
            "expiresAt": "2026-01-15T12:01:00.654Z",
            "userAgent": "Firefox",
            "ipAddress": "192.0.2.1",
        },
    }
    token = RefreshTokenCodec(auth.settings.secrets).open(cookie_set(response).value)
    assert changes(user, await user_row(auth, in_browser.user)) == {"password_hash": ANY}
    minute_later = NOON + timedelta(minutes=1)
    assert changes(row, await session_row(auth, in_browser)) == {
        "revoked_at": minute_later,
        "revoked_reason": "renewed",
    }
    renewed = UUID(data(response)["session"]["id"])
    assert changes(row, await session_row(auth, renewed)) == {
        "id": token.session_id,
        "token_hash": token.hash,
        "authenticated_at": minute_later,
        "last_used_at": minute_later,
        "expires_at": minute_later + timedelta(days=14),
    }
    assert changes(other, await session_row(auth, issued)) == {
        "revoked_at": minute_later,
        "revoked_reason": "password changed",
    }


async def test_both_new_tokens_work_and_no_old_ones(
    auth: Auth, browser: Browser, in_browser: Issued, issued: Issued, clock: FrozenClock
) -> None:
    """What was issued before, of either kind, is not even good for the window: a thief has it."""
    changed = data(await browser.ask(CHANGE_PASSWORD, CHANGE, token=in_browser.access_token.value))

    me = await browser.ask(ME, token=changed["accessToken"])
    assert data(me)["email"] == "ada@example.com"
    assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"
    for former in (in_browser, issued):
        stolen = await browser.ask(REFRESH_TOKEN, refreshToken=former.refresh_token)
        assert data(stolen)["code"] == "SESSION_REVOKED"
        await is_refused_everywhere(auth, browser, former.access_token.value)
    assert data(await browser.ask(ME, token=changed["accessToken"]))["email"] == "ada@example.com"


NODE = "query Node($id: ID!) { node(id: $id) { id } }"
GUARDED: dict[str, dict[str, object]] = {
    ME: {},
    SESSION: {},
    SESSIONS: {},
    SECURITY_EVENTS: {},
    ACCOUNT_EXPORT: {},
    NODE: {"id": str(UUID(int=0))},
    UPDATE_PROFILE: {"name": "Eve"},
    REVOKE_SESSION: {"id": "1"},
    REVOKE_OTHER_SESSIONS: {"includeCurrent": True},
    CHANGE_PASSWORD: {"currentPassword": NEW, "newPassword": PASSWORD},
    REQUEST_EMAIL_CHANGE: {"newEmail": "eve@example.com", "password": NEW},
    DELETE_ACCOUNT: {"password": NEW},
    "{ factors { id } }": {},
    "{ recoveryCodesLeft }": {},
    "{ trustedDevices { id } }": {},
    "{ acceptedPasskeys { rpId } }": {},
    "{ factorReset { effectiveAt } }": {},
    REAUTHENTICATE: {"proof": {"password": NEW}},
    RENAME_FACTOR: {"id": "1", "name": "Eve"},
    REMOVE_FACTOR: {"id": "1"},
    REGENERATE_RECOVERY_CODES: {},
    REVOKE_TRUSTED_DEVICE: {"id": "1"},
    IDENTITIES: {},
    UNLINK_IDENTITY: {"id": "1"},
}
"""Every field that an access token opens."""


async def is_refused_everywhere(auth: Auth, browser: Browser, token: str) -> None:
    """Try it on each field; nothing changes."""
    before = await everything_but_events(auth)
    for document, variables in GUARDED.items():
        response = await browser.ask(document, variables, token=token)
        assert errors(response) == [
            (ANY, {"code": "UNAUTHENTICATED", "reason": "SESSION_REVOKED"})
        ], document
    assert await everything_but_events(auth) == before


def test_every_field_that_needs_somebody_is_among_those_that_are_tried() -> None:
    """A new one has to be added above."""
    guarded = re.findall(r"^  (\w+)[(:].*@authenticated", print_sdl(), re.MULTILINE)
    assert set(guarded) == {re.findall(r"{\s*(\w+)", text)[0] for text in GUARDED}


async def test_a_session_that_was_renewed_is_one_row_in_the_list(
    auth: Auth, browser: Browser, in_browser: Issued
) -> None:
    """Under its new id, as begun by the login."""
    changed = data(await browser.ask(CHANGE_PASSWORD, CHANGE, token=in_browser.access_token.value))
    assert changed["session"]["id"] != str(in_browser.session.id)
    shown = data(await browser.ask(SESSIONS, token=changed["accessToken"]))
    assert shown == [changed["session"]]
    assert shown[0]["createdAt"] == "2026-01-01T12:00:00.654Z"


async def test_a_tab_that_comes_late_leaves_the_new_cookie_alone(
    app: Starlette, auth: Auth, browser: Browser, in_browser: Issued, clock: FrozenClock
) -> None:
    """It is refused, and no theft: its answer may arrive behind that of the change."""
    await browser.ask(CHANGE_PASSWORD, CHANGE, token=in_browser.access_token.value)
    kept, before = browser.cookies, await everything_but_events(auth)

    late = {"Cookie": f"refresh_token={in_browser.refresh_token}"}
    tab = Browser(app)
    refused = await tab.ask(REFRESH_TOKEN, headers=late)

    assert data(refused)["code"] == "SESSION_REVOKED"
    assert "set-cookie" not in refused.headers
    assert await everything_but_events(auth) == before
    assert browser.cookies == kept
    assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"
    clock.tick(31)
    refused = await tab.ask(REFRESH_TOKEN, headers=late)
    assert cookie_set(refused)["max-age"] == "0"


async def test_the_fields_that_follow_in_the_request_are_in_the_renewed_session(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """To end the others does not end it."""
    document = CHANGE_PASSWORD.replace("\n}", "\n  revokeOtherSessions { count }\n}", 1)
    answer = (await browser.ask(document, CHANGE, token=issued.access_token.value)).json()["data"]
    assert answer["revokeOtherSessions"] == {"count": 0}
    token = answer["changePassword"]["accessToken"]
    assert data(await browser.ask(ME, token=token))["email"] == "ada@example.com"


async def test_the_new_password_logs_in_and_the_old_one_does_not(
    browser: Browser, issued: Issued
) -> None:
    """That is what it was about."""
    await browser.ask(CHANGE_PASSWORD, CHANGE, token=issued.access_token.value)
    old = await browser.ask(LOGIN, email="ada@example.com", password=PASSWORD)
    new = await browser.ask(LOGIN, email="ada@example.com", password=NEW)
    assert data(old)["code"] == "INVALID_CREDENTIALS"
    assert data(new)["__typename"] == "AuthPayload"


async def test_the_token_travels_as_it_did_at_login(browser: Browser, issued: Issued) -> None:
    """A client without a jar is given its token in the body, and no cookie."""
    response = await browser.ask(CHANGE_PASSWORD, CHANGE, token=issued.access_token.value)
    assert len(data(response)["refreshToken"]) == 91
    assert "set-cookie" not in response.headers


async def test_of_two_changes_at_once_one_is_made(auth: Auth, browser: Browser, ada: User) -> None:
    """The second finds its old password wrong, or its session ended; never both passwords."""
    sessions = [await begin(auth, ada), await begin(auth, ada, PHONE)]
    responses = await asyncio.gather(
        *(
            browser.ask(
                CHANGE_PASSWORD,
                {"currentPassword": PASSWORD, "newPassword": f"{NEW} {number}"},
                token=session.access_token.value,
            )
            for number, session in enumerate(sessions)
        )
    )
    kinds = [
        (response.json()["data"]["changePassword"] or {}).get("__typename")
        for response in responses
    ]
    assert kinds.count("AuthPayload") == 1, kinds
    winner = kinds.index("AuthPayload")
    new = await browser.ask(LOGIN, email="ada@example.com", password=f"{NEW} {winner}")
    assert data(new)["__typename"] == "AuthPayload"
