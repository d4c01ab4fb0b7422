"""`authberry sessions`."""

import json
from datetime import timedelta
from uuid import uuid4

from command_line import (
    CommandLine,
    refused,
)
from frozen_clock import NOON
from people import PHONE, begin
from rows import session_row

from authberry import Auth, Client
from authberry.models import RefreshToken, User


async def test_sessions_are_listed_without_anything_that_could_fool_a_terminal(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """A browser calls itself what it likes; live sessions only, newest use first."""
    over = await begin(rules, ada)
    await rules.sessions.revocation.revoke_by_id(over.session.id, PHONE)
    first = (await begin(rules, ada, PHONE)).session
    with rules.database.use():
        await RefreshToken.filter(id=first.id).update(user_agent="\x1b[2J\u202eevil\nline")
    second = (await begin(rules, ada, Client("192.0.2.1", "[bold]Firefox[/bold]"))).session

    table = await authberry("sessions", "list", ada.email)
    _, *rows = table.out.splitlines()
    assert [row.split()[0] for row in rows] == [str(second.id), str(first.id)]
    assert rows[0].rstrip().endswith("192.0.2.1     [bold]Firefox[/bold]")
    assert rows[1].rstrip().endswith(r"198.51.100.7  \x1b[2J\u202eevil\nline")

    listed = (await authberry("sessions", "list", ada.email, "--json")).json
    assert listed[0] == {
        "id": str(second.id),
        "created_at": second.created_at.isoformat(),
        "last_used_at": second.last_used_at.isoformat(),
        "expires_at": second.expires_at.isoformat(),
        "transport": "BODY",
        "ip_address": "192.0.2.1",
        "user_agent": "[bold]Firefox[/bold]",
    }
    assert [one["id"] for one in listed] == [str(second.id), str(first.id)]


async def test_every_session_is_listed_once_however_many(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """Also those that were used at one moment, newest use first."""
    first = (await begin(rules, ada)).session
    with rules.database.use():
        facts = (await RefreshToken.filter(id=first.id).values())[0]
        used = [NOON + timedelta(days=36500, seconds=one // 2) for one in range(600)]
        rows = [RefreshToken(**{**facts, "id": uuid4(), "last_used_at": at}) for at in used]
        await RefreshToken.bulk_create(rows)
    expected = sorted(rows, key=lambda one: one.id.bytes)
    expected.sort(key=lambda one: one.last_used_at, reverse=True)
    outcome = await authberry("sessions", "list", ada.email, "--jsonl")
    listed = [json.loads(line)["id"] for line in outcome.out.splitlines()]
    assert listed == [str(one.id) for one in (*expected, first)]


async def test_one_session_is_ended_by_its_id(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """Once: afterwards there is no such live session."""
    session, other = [(await begin(rules, ada)).session.id for _ in range(2)]
    outcome = await authberry("sessions", "revoke", str(session))
    assert (outcome.code, outcome.out) == (0, "Ended 1 session.\n")
    assert "sessions_revoked" in outcome.err
    assert (await session_row(rules, session))["revoked_reason"] == "operator"
    assert (await session_row(rules, other))["revoked_at"] is None
    again = await authberry("sessions", "revoke", str(session))
    assert refused(again, f"there is no live session {session}")


async def test_every_session_of_a_person_is_ended_at_once(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """And nobody else's."""
    hers = [(await begin(rules, ada)).session.id for _ in range(2)]
    bob = await rules.accounts.create("bob@example.com", None)
    his = (await begin(rules, bob)).session.id
    outcome = await authberry("sessions", "revoke", "--user", ada.email)
    assert (outcome.code, outcome.out) == (0, "Ended 2 sessions.\n")
    reasons = [(await session_row(rules, one))["revoked_reason"] for one in (*hers, his)]
    assert reasons == ["operator", "operator", None]


async def test_every_session_there_is_is_ended_at_once(
    authberry: CommandLine, rules: Auth, ada: User
) -> None:
    """As after a backup was restored: nobody comes back who had logged out meanwhile."""
    bob = await rules.accounts.create("bob@example.com", None)
    issued = [await begin(rules, user) for user in (ada, ada, bob)]
    await rules.sessions.revocation.revoke_by_id(issued[0].session.id, Client())
    outcome = await authberry("sessions", "revoke", "--everyone")
    assert (outcome.code, outcome.out) == (0, "Ended 2 sessions.\n")
    for one in issued:
        assert (await session_row(rules, one))["revoked_reason"] == "operator"
    outcome = await authberry("sessions", "revoke", "--everyone", "--user", ada.email)
    assert outcome.code == 2
