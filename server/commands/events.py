"""`authberry events`."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from authberry import Auth
from authberry.events import Event
from authberry.models import SecurityEvent
from authberry.server.commands.services import run
from authberry.server.commands.user_argument import find_user
from authberry.server.terminal import print_json, print_json_line, print_table

LATE = timedelta(seconds=10)
"""How long after it happened an event may still be written, by a server that is busy."""
POLL = 1.0  # seconds between two looks
KINDS = {event.value[0] for event in Event}


def events(
    user: Annotated[
        str | None, typer.Option(help="Only of this person: an address or an id.")
    ] = None,
    kind: Annotated[
        list[str] | None, typer.Option(help="Only of this kind; may be repeated.")
    ] = None,
    since: Annotated[datetime | None, typer.Option(help="Only from this time on, in UTC.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what happens; a JSON line each.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list for a script.")] = False,
) -> None:
    """Show the newest security events, the newest last."""
    kinds = kind or []
    if unknown := sorted(set(kinds) - KINDS):
        raise typer.BadParameter(f"no such kind: {', '.join(unknown)}", param_hint="'--kind'")
    at = since and since.replace(tzinfo=UTC)
    if follow:
        run(_follow, user, kinds, at, limit)
        return
    found = run(_newest, user, kinds, at, limit)
    if as_json:
        print_json([_facts(event) for event in found])
    else:
        print_table(
            ("TIME", "EVENT", "USER", "SESSION", "ADDRESS", "BROWSER", "REASON", "COUNT"),
            (
                (one.occurred_at, one.kind, one.user_id, one.session_id, one.ip_address,
                 one.user_agent, one.reason, one.count)
                for one in found
            ),
        )  # fmt: skip


async def _newest(
    auth: Auth, user: str | None, kinds: Sequence[str], since: datetime | None, limit: int
) -> list[SecurityEvent]:
    user_id = (await find_user(auth, user)).id if user else None
    found = await auth.history.newest(limit, user_id=user_id, kinds=kinds, since=since)
    return found[::-1]


async def _follow(
    auth: Auth, user: str | None, kinds: Sequence[str], since: datetime | None, limit: int
) -> None:
    """Print what there is and then what comes, also what is written a little late."""
    user_id = (await find_user(auth, user)).id if user else None
    seen: dict[UUID, datetime] = {}
    while True:
        found = await auth.history.newest(limit, user_id=user_id, kinds=kinds, since=since)
        for event in reversed(found):
            if event.id not in seen:
                print_json_line(_facts(event))
                seen[event.id] = event.occurred_at
        since, limit = auth.clock.now() - LATE, 10_000
        seen = {event_id: at for event_id, at in seen.items() if at > since - LATE}
        await asyncio.sleep(POLL)


def _facts(event: SecurityEvent) -> dict[str, object]:
    return {
        "id": event.id,
        "kind": event.kind,
        "occurred_at": event.occurred_at,
        "user_id": event.user_id,
        "session_id": event.session_id,
        "client_id": event.client_id,
        "reason": event.reason,
        "count": event.count,
        "ip_address": event.ip_address,
        "user_agent": event.user_agent,
        "request_id": event.request_id,
    }
