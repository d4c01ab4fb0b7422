"""`authberry prune`."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from anyio.to_thread import run_sync
from command_line import (
    SECRET,
    CommandLine,
    Outcome,
    at_a_terminal,
)
from factor_rows import (
    add_app,
    add_factor_reset,
    add_pending_login,
    add_spent_challenge,
    add_trusted_device,
)
from people import begin
from rows import everything

from authberry import Auth
from authberry.models import RefreshToken, SigningKey, User
from authberry.server.terminal import format_count

NOTHING_MORE = "0 events, 0 accounts, 0 links, 0 pending logins, 0 trusted devices, 0 challenges"
NOTHING_ELSE = f"{NOTHING_MORE} and 0 signing keys."


async def test_prune_deletes_what_is_over_and_says_how_much(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """Sessions dead for a day, and keys of which no token can be good; nothing that lives."""
    dead, live = [(await begin(rules, ada)).session.id for _ in range(2)]
    long_ago = datetime.now(UTC) - timedelta(days=2)
    await rules.signing.keys.rotate(immediately=True)
    with rules.database.use():
        await RefreshToken.filter(id=dead).update(expires_at=long_ago)
        await SigningKey.all().update(activates_at=long_ago)

    outcome = await authberry("prune")

    assert outcome == Outcome(0, f"Deleted 1 session, {NOTHING_MORE} and 1 signing key.\n", "")
    rows = await everything(rules)
    assert [row["id"] for row in rows["RefreshToken"]] == [live]
    assert len(rows["SigningKey"]) == 1


async def test_prune_takes_factors_off_whose_owners_have_waited(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """It says so, and what was left of logins is gone as well."""
    await add_app(rules, ada)
    await add_factor_reset(rules, ada, -timedelta(seconds=1))
    await add_pending_login(rules, ada, -timedelta(seconds=1))
    await add_trusted_device(rules, ada, -timedelta(seconds=1))
    await add_spent_challenge(rules, -timedelta(hours=1))

    outcome = await authberry("prune")

    assert outcome.code == 0
    assert outcome.out == (
        "Deleted 0 sessions, 0 events, 0 accounts, 0 links, 1 pending login, 1 trusted device,"
        " 1 challenge and 0 signing keys.\nCarried out 1 factor reset.\n"
    )
    rows = await everything(rules)
    for table in ("Totp", "FactorReset", "PendingLogin", "TrustedDevice", "SpentChallenge"):
        assert rows[table] == []


async def test_prune_shows_how_far_it_is_and_can_be_interrupted(
    authberry: CommandLine, rules: Auth, ada: User, database_url: str, tmp_path: Path
) -> None:
    """It then says what it did, and the next one does the rest; what lives is never touched."""
    live = (await begin(rules, ada)).session.id
    await make_dead(rules, ada, 5000)

    code, screen = await run_sync(
        lambda: at_a_terminal(
            "prune",
            answers=[],
            folder=tmp_path,
            environment={"AUTHBERRY_DATABASE_URL": database_url, "AUTHBERRY_SECRET": SECRET},
            interrupt_at="250 sessions seen",
        )
    )

    assert code == 130
    assert "Traceback" not in screen
    assert re.search(r"Pruning .+ \d%.* \d+ sessions seen, \d+ deleted", screen)
    left = len((await everything(rules))["RefreshToken"])
    assert 1 < left < 5001
    assert f"Deleted {5001 - left} sessions, {NOTHING_ELSE}" in screen
    outcome = await authberry("prune")
    assert outcome.out == f"Deleted {format_count(left - 1, 'session')}, {NOTHING_ELSE}\n"
    assert [row["id"] for row in (await everything(rules))["RefreshToken"]] == [live]


async def make_dead(rules: Auth, user: User, number: int) -> None:
    """Write sessions that expired two days ago."""
    times = dict.fromkeys(
        ("authenticated_at", "created_at", "last_used_at", "expires_at", "absolute_expires_at"),
        datetime.now(UTC) - timedelta(days=2),
    )
    facts = {"user": user, "token_hash": "0" * 64, "transport": "BODY", **times}
    with rules.database.use():
        await RefreshToken.bulk_create(RefreshToken(id=uuid4(), **facts) for _ in range(number))
