"""`authberry events`."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import typer

from authberry import Auth
from authberry.events import Choice, Event
from authberry.models import SecurityEvent
from authberry.server.commands.listing import JsonOption, LinesOption, Listing
from authberry.server.commands.services import run
from authberry.server.commands.user_argument import find_user
from authberry.server.terminal import print_json_line

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
    after: Annotated[
        UUID | None, typer.Option(help="The next ones behind the event of this id.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All, however many there are.")] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on with what happens; a JSON line each.")
    ] = False,
    as_json: JsonOption = False,
    as_lines: LinesOption = False,
) -> None:
    """Show the newest security events, the newest last."""
    kinds = kind or []
    if unknown := sorted(set(kinds) - KINDS):
        raise typer.BadParameter(f"no such kind: {', '.join(unknown)}", param_hint="'--kind'")
    chosen = Choice(kinds=kinds, since=since and since.replace(tzinfo=UTC))
    most = None if everything else limit
    if follow:
        run(_follow, user, chosen, most, after)
    else:
        run(_show, user, chosen, most, after, as_json=as_json, as_lines=as_lines)


async def _show(
    auth: Auth,
    user: str | None,
    chosen: Choice,
    most: int | None,
    after: UUID | None,
    *,
    as_json: bool,
    as_lines: bool,
) -> None:
    found = auth.history.walk(await _of(auth, user, chosen), most, after=after)
    await EVENTS.show(found, as_json=as_json, as_lines=as_lines)


async def _follow(
    auth: Auth, user: str | None, chosen: Choice, most: int | None, after: UUID | None
) -> None:
    """Print what there is and then what comes, also what is written a little late."""
    chosen = await _of(auth, user, chosen)
    seen: dict[UUID, datetime] = {}
    while True:
        async with aclosing(auth.history.walk(chosen, most, after=after)) as found:
            async for event in found:
                if event.id not in seen:
                    print_json_line(_facts(event))
                    seen[event.id] = event.occurred_at
        since, most, after = auth.clock.now() - LATE, None, None
        chosen = replace(chosen, since=since)
        seen = {event_id: at for event_id, at in seen.items() if at > since - LATE}
        await asyncio.sleep(POLL)


async def _of(auth: Auth, user: str | None, chosen: Choice) -> Choice:
    return replace(chosen, user_id=(await find_user(auth, user)).id) if user else chosen


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


EVENTS = Listing[SecurityEvent](
    ("TIME", "EVENT", "USER", "SESSION", "ADDRESS", "BROWSER", "REASON", "COUNT"),
    lambda one: (
        one.occurred_at, one.kind, one.user_id, one.session_id, one.ip_address, one.user_agent,
        one.reason, one.count,
    ),
    _facts,
)  # fmt: skip
