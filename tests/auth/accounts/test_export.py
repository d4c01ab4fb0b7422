"""Everything stored about a person: whole, and nothing that could be used against them."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, PHONE, refresh
from rows import everything
from tortoise.models import Model
from viewers import viewer_of

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.accounts.export import ACCOUNT, EVENT, LINK, MAIL, SESSION, camel
from authberry.errors import TooManyAttempts
from authberry.mail.rendering import MailKind
from authberry.models import (
    OneTimeToken,
    OutboxMessage,
    RefreshToken,
    SecurityEvent,
    SigningKey,
    User,
)
from authberry.settings import LinkPurpose

MakeAuth = Callable[..., Awaitable[Auth]]

pytestmark = pytest.mark.one_process("each process has a store of its own")

BODY = RefreshTokenTransport.BODY
DOCS = Path(__file__).parents[3] / "docs" / "account-export.md"

EXPORTED: dict[type[Model], tuple[str, ...]] = {
    User: ACCOUNT,
    RefreshToken: SESSION,
    SecurityEvent: EVENT,
    OneTimeToken: LINK,
    OutboxMessage: MAIL,
    SigningKey: (),
}
LEFT_OUT = {
    "User.email_key": "the same as the address, folded",
    "OneTimeToken.email_key": "the same as the address, folded",
    "User.password_hash": "a secret's hash: `hasPassword` says whether there is one",
    "RefreshToken.token_hash": "a secret's hash",
    "RefreshToken.user_id": "the account's id, which stands at the top",
    "SecurityEvent.user_id": "likewise",
    "OneTimeToken.user_id": "likewise",
    "OneTimeToken.token_hash": "a secret's hash",
    "OneTimeToken.rests_on": "a digest over the password hash",
    "OneTimeToken.browser_hash": "a secret's hash",
    "OutboxMessage.payload": "encrypted; what is asked for is not yet written",
    "OutboxMessage.recipient_hash": "a digest of the address, which stands at the top",
    "SigningKey.kid": "of the service",
    "SigningKey.position": "likewise",
    "SigningKey.algorithm": "likewise",
    "SigningKey.public_jwk": "likewise",
    "SigningKey.encrypted_jwk": "likewise",
    "SigningKey.created_at": "likewise",
    "SigningKey.activates_at": "likewise",
}
"""Why each is not in the export."""


async def test_every_column_is_in_the_export_or_left_out_for_a_reason(auth: Auth) -> None:
    """Whoever adds one says here which."""
    assert {model.__name__ for model in EXPORTED} == set(await everything(auth))
    columns = {
        f"{model.__name__}.{column}": column in exported
        for model, exported in EXPORTED.items()
        for column in model._meta.fields_db_projection.values()
    }
    assert {name for name, is_in in columns.items() if not is_in} == set(LEFT_OUT)


def test_every_field_is_documented() -> None:
    """And nothing else is."""
    text = DOCS.read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    documented = {name.strip().strip("`") for name in rows}
    names = {"account": ACCOUNT, "sessions": SESSION, "events": EVENT, "links": LINK, "mails": MAIL}
    assert documented == {
        "format",
        "service",
        "exportedAt",
        "account.hasPassword",
        *(f"{part}.{camel(name)}" for part, columns in names.items() for name in columns),
    }


async def live(auth: Auth, clock: FrozenClock, email: str) -> tuple[User, Issued, Issued]:
    """Do some of everything that leaves a row; returns a session that ended and one that lives."""
    user = await auth.accounts.create(email, PASSWORD, "Ada", ("admin",), BROWSER)
    clock.tick(1)
    ended = await auth.logins.passwords.login(email, PASSWORD, PHONE, BODY)
    await auth.sessions.revocation.logout(None, [ended.refresh_token], PHONE)
    issued = await auth.logins.passwords.login(email, PASSWORD, BROWSER, BODY)
    await refresh(auth, issued.refresh_token)
    await auth.links.tokens.issue(user, LinkPurpose.VERIFY_EMAIL, email=f"new-{email}")
    with auth.database.use():
        await auth.outbox.put(MailKind.TEST, email, BROWSER, within=timedelta(hours=1))
        await auth.outbox.put(MailKind.TEST, f"new-{email}", BROWSER)
    return user, ended, issued


async def test_the_export_holds_every_row_of_the_person_and_of_nobody_else(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Ended sessions, refreshes, links and mails that wait; it is plain JSON."""
    auth = await make_auth(event_ttl=90 * 86400)
    await live(auth, clock, "ada@example.com")
    user, ended, issued = await live(auth, clock, "grace@example.com")

    exported = await auth.accounts.export.of_viewer(await viewer_of(auth, issued), BROWSER)

    assert json.loads(json.dumps(exported)) == exported
    assert (exported["format"], exported["service"]) == (1, "http://127.0.0.1:8000")
    assert exported["exportedAt"] == "2026-01-01T12:00:02.654Z"
    assert exported["account"] == {
        "id": str(user.id),
        "email": "grace@example.com",
        "emailVerified": False,
        "name": "Ada",
        "locale": None,
        "roles": ["admin"],
        "createdAt": "2026-01-01T12:00:01.654Z",
        "disabledAt": None,
        "deletesAt": None,
        "hasPassword": True,
    }
    assert {one["id"]: one["revokedReason"] for one in exported["sessions"]} == {
        str(ended.session.id): "logout",
        str(issued.session.id): None,
    }
    assert [event["kind"] for event in exported["events"]] == [
        "registered",
        "login_succeeded",
        "logged_out",
        "login_succeeded",
        "token_refreshed",
    ]
    assert exported["links"] == [
        {
            "id": exported["links"][0]["id"],
            "purpose": "verify_email",
            "email": "new-grace@example.com",
            "createdAt": "2026-01-01T12:00:02.654Z",
            "expiresAt": "2026-01-01T12:30:02.654Z",
        }
    ]
    assert [(mail["letter"], mail["attempts"]) for mail in exported["mails"]] == [("test", 0)] * 2
    events = await auth.history.all_of(user.id)
    assert [event.kind for event in events][-1] == "account_exported"


async def test_no_secret_and_no_hash_is_in_it(make_auth: MakeAuth) -> None:
    """Whoever finds the file can do nothing with it."""
    auth = await make_auth(event_ttl=90 * 86400)
    user = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)
    token = await auth.links.tokens.issue(user, LinkPurpose.LOGIN, browser_hash="b" * 64)
    text = json.dumps(await auth.accounts.export.of_user(user, BROWSER))
    rows = await everything(auth)
    hashes = [
        value
        for table in ("User", "RefreshToken", "OneTimeToken")
        for row in rows[table]
        for name, value in row.items()
        if name.endswith("_hash") or name == "rests_on"
    ]
    assert len(hashes) == 5
    for secret in (*hashes, token, issued.refresh_token, issued.access_token.value, PASSWORD):
        assert secret not in text


async def test_exports_are_throttled_by_the_person(make_auth: MakeAuth) -> None:
    """Each reads everything there is."""
    auth = await make_auth(session_attempts="2/hour")
    await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await auth.logins.passwords.login("ada@example.com", PASSWORD, BROWSER, BODY)
    viewer = await viewer_of(auth, issued)
    for _ in range(2):
        await auth.accounts.export.of_viewer(viewer, BROWSER)
    with pytest.raises(TooManyAttempts):
        await auth.accounts.export.of_viewer(viewer, BROWSER)
