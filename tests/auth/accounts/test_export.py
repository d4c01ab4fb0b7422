"""Everything stored about a person: whole, and nothing that could be used against them."""

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from factor_rows import (
    add_app,
    add_factor_reset,
    add_passkey,
    add_pending_login,
    add_recovery_code,
    add_trusted_device,
)
from frozen_clock import FrozenClock
from many_rows import add_events, most_in_a_turn, most_in_memory, turns
from people import BROWSER, PASSWORD, PHONE, log_in, refresh
from rows import everything
from tortoise.models import Model
from viewers import viewer_of

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.accounts.export import ACCOUNT, MOST
from authberry.accounts.stored_rows import PAGE, SECTIONS, camel
from authberry.errors import InvalidInput, TooManyAttempts
from authberry.mail.rendering import MailKind
from authberry.models import (
    SecurityEvent,
    SigningKey,
    SpentChallenge,
    User,
)
from authberry.settings import LinkPurpose
from authberry.signing import Proof

MakeAuth = Callable[..., Awaitable[Auth]]

pytestmark = pytest.mark.one_process("each process has a store of its own")

BODY = RefreshTokenTransport.BODY
DOCS = Path(__file__).parents[3] / "docs" / "account-export.md"

EXPORTED: dict[type[Model], tuple[str, ...]] = {
    User: ACCOUNT,
    SigningKey: (),
    SpentChallenge: (),
    **{section.model: section.columns for section in SECTIONS},
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
    "Totp.user_id": "likewise",
    "Totp.sealed_seed": "a secret",
    "Totp.last_step": "when a code was last used, which `lastUsedAt` says",
    "Passkey.user_id": "likewise",
    "Passkey.credential_hash": "a digest of the credential's id, which is there",
    "RecoveryCode.user_id": "likewise",
    "RecoveryCode.slot": "what a secret begins with",
    "RecoveryCode.code_hash": "a secret's hash",
    "TrustedDevice.user_id": "likewise",
    "TrustedDevice.token_hash": "a secret's hash",
    "TrustedDevice.rests_on": "a digest over the password hash",
    "PendingLogin.user_id": "likewise",
    "PendingLogin.secret_hash": "a secret's hash",
    "PendingLogin.rests_on": "a digest over the password hash",
    "PendingLogin.sealed_payload": "encrypted; the hash of a new password",
    "FactorReset.user_id": "likewise",
    "SpentChallenge.challenge_hash": "of nobody",
    "SpentChallenge.expires_at": "likewise",
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
    names = {"account": ACCOUNT, **{section.name: section.columns for section in SECTIONS}}
    assert documented == {
        "format",
        "service",
        "exportedAt",
        "account.hasPassword",
        "next",
        *(f"{part}.{camel(name)}" for part, columns in names.items() for name in columns),
    }


async def live(auth: Auth, clock: FrozenClock, email: str) -> tuple[User, Issued, Issued]:
    """Do some of everything that leaves a row; returns a session that ended and one that lives."""
    user = await auth.accounts.create(email, PASSWORD, "Ada", ("admin",), BROWSER)
    clock.tick(1)
    ended = await log_in(auth, email, client=PHONE)
    await auth.sessions.revocation.logout(None, [ended.refresh_token], PHONE)
    issued = await log_in(auth, email)
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
    assert exported["next"] is None
    await auth.resources.events.flush()
    events = (await everything(auth))["SecurityEvent"]
    assert [event["kind"] for event in events][-1] == "account_exported"


async def test_factors_are_in_it_and_what_they_were_proved_with(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Each row says what it is, and nothing that proves anything; none is of anybody else."""
    auth = await make_auth()
    issued = []
    for name in ("ada", "grace"):
        user = await auth.accounts.create(f"{name}@example.com", PASSWORD)
        proof = Proof(("pwd", "otp", "mfa"), "aal2")
        issued.append(await auth.sessions.begin(user, BROWSER, BODY, proof=proof))
        for add in (add_recovery_code, add_trusted_device, add_pending_login, add_factor_reset):
            await add(auth, user)
        await add_app(auth, user, f"Phone of {name}")
        await add_passkey(auth, user, f"Laptop of {name}")

    exported = await auth.accounts.export.of_viewer(await viewer_of(auth, issued[1]), BROWSER)

    assert json.loads(json.dumps(exported)) == exported
    (session,) = exported["sessions"]
    assert session["proofs"] == {"amr": ["pwd", "otp", "mfa"], "acr": "aal2"}
    now, in_three_days = "2026-01-01T12:00:00.654Z", "2026-01-04T12:00:00.654Z"
    passkeys = exported["passkeys"]
    assert passkeys[0].pop("credentialId") == f"credential-{passkeys[0]['id']}"
    without_ids = {
        section.name: [{**row, "id": None} for row in exported[section.name]]
        for section in SECTIONS[4:]
    }
    used = {"createdAt": now, "lastUsedAt": None}
    assert without_ids == {
        "authenticatorApps": [{"id": None, "name": "Phone of grace", **used}],
        "passkeys": [
            {
                "id": None,
                "name": "Laptop of grace",
                "userHandle": "a handle",
                "publicKey": "a public key",
                "signCount": 3,
                "aaguid": "00000000-0000-0000-0000-000000000000",
                "transports": "internal,hybrid",
                "backupEligible": True,
                "backedUp": True,
                "userVerified": True,
                **used,
            }
        ],
        "recoveryCodes": [{"id": None, "createdAt": now, "usedAt": None}],
        "trustedDevices": [
            {
                "id": None,
                "userAgent": "Firefox",
                "ipAddress": "192.0.2.1",
                "createdAt": now,
                "lastUsedAt": now,
                "expiresAt": "2026-01-31T12:00:00.654Z",
            }
        ],
        "pendingLogins": [
            {
                "id": None,
                "purpose": "login",
                "transport": "COOKIE",
                "proofs": {"amr": ["pwd"], "acr": "aal1"},
                "attempts": 0,
                "createdAt": now,
                "expiresAt": "2026-01-01T12:05:00.654Z",
            }
        ],
        "factorResets": [{"id": None, "createdAt": now, "effectiveAt": in_three_days}],
    }


async def test_no_secret_and_no_hash_is_in_it(make_auth: MakeAuth) -> None:
    """Whoever finds the file can do nothing with it."""
    auth = await make_auth(event_ttl=90 * 86400)
    user = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await log_in(auth, "ada@example.com")
    token = await auth.links.tokens.issue(user, LinkPurpose.LOGIN, browser_hash="b" * 64)
    for add in (add_app, add_recovery_code, add_pending_login, add_trusted_device, add_passkey):
        await add(auth, user)
    text = str([row async for row in auth.accounts.export.of_user(user, BROWSER).rows])
    text += json.dumps(await auth.accounts.export.of_viewer(await viewer_of(auth, issued), BROWSER))
    rows = await everything(auth)
    hashes = [
        value
        for table in rows
        for row in rows[table]
        for name, value in row.items()
        if name.endswith("_hash") or name.startswith("sealed_") or name == "rests_on"
    ]
    assert len(hashes) == 5 + 1 + 1 + 3 + 2 + 1
    for secret in (*hashes, token, issued.refresh_token, issued.access_token.value, PASSWORD):
        assert secret not in text


async def test_an_answer_holds_so_many_rows_and_says_how_to_go_on(make_auth: MakeAuth) -> None:
    """All the answers together hold each row once, oldest first; they are one event."""
    auth = await make_auth(event_ttl=90 * 86400)
    user = await auth.accounts.create("ada@example.com", PASSWORD)
    viewers = [
        await viewer_of(auth, await log_in(auth, user.email, client=one))
        for one in (BROWSER, PHONE)
    ]
    await auth.links.tokens.issue(user, LinkPurpose.VERIFY_EMAIL)
    await auth.resources.events.flush()
    await add_events(auth, user, 2 * MOST)
    before = await everything(auth)

    answers: list[dict[str, Any]] = []
    after = None
    while not answers or after:
        answers.append(await auth.accounts.export.of_viewer(viewers[0], BROWSER, after=after))
        after = answers[-1]["next"]

    assert [sum(len(one[section.name]) for section in SECTIONS) for one in answers] == [
        MOST,
        MOST,
        2 + 3 + 1,
    ]
    for section, rows in (("sessions", "RefreshToken"), ("events", "SecurityEvent")):
        ids = [row["id"] for one in answers for row in one[section]]
        assert sorted(ids) == [str(row["id"]) for row in before[rows]]
    events = [row for one in answers for row in one["events"]]
    assert events == sorted(events, key=lambda row: row["id"])
    assert len([row for one in answers for row in one["links"]]) == 1
    assert {one["account"]["email"] for one in answers} == {"ada@example.com"}
    await auth.resources.events.flush()
    kinds = [row["kind"] for row in (await everything(auth))["SecurityEvent"]]
    assert kinds.count("account_exported") == 1


@pytest.mark.parametrize(
    "after",
    ["x", "\0", "bnVsbA", "W10", "WyJ1c2VycyIsICIwIiwgbnVsbF0", "WyJzZXNzaW9ucyIsICIwIiwgMV0", "é"],
)
async def test_what_is_no_cursor_is_said_to_be_none(auth: Auth, issued: Issued, after: str) -> None:
    """Whatever it is; nothing is counted for it."""
    with pytest.raises(InvalidInput, match="no cursor of an export"):
        await auth.accounts.export.of_viewer(await viewer_of(auth, issued), BROWSER, after=after)


async def test_an_export_lets_others_have_their_turn_and_holds_a_page_in_memory(
    make_auth: MakeAuth,
) -> None:
    """However much there is: a page is read, and the loop goes on."""
    auth = await make_auth(event_ttl=90 * 86400)
    user = await auth.accounts.create("ada@example.com", None)
    await add_events(auth, user, 3 * PAGE)
    export = auth.accounts.export
    assert await most_in_a_turn(export.of_user(user, BROWSER).rows) <= PAGE
    walk = export.of_user(user, BROWSER).rows
    assert await most_in_memory(walk, SecurityEvent) <= 2 * PAGE
    issued = await auth.sessions.begin(user, BROWSER, BODY)
    viewer = await viewer_of(auth, issued)
    async with turns() as counted:
        exported = await auth.accounts.export.of_viewer(viewer, BROWSER)
    assert len(exported["events"]) // PAGE <= counted.number


async def test_exports_are_throttled_by_the_person(make_auth: MakeAuth) -> None:
    """Each page of them counts."""
    auth = await make_auth(export_attempts="2/hour")
    await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await log_in(auth, "ada@example.com")
    viewer = await viewer_of(auth, issued)
    for _ in range(2):
        await auth.accounts.export.of_viewer(viewer, BROWSER)
    with pytest.raises(TooManyAttempts):
        await auth.accounts.export.of_viewer(viewer, BROWSER)
