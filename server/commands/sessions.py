"""`authberry sessions`."""

from typing import Annotated
from uuid import UUID

import typer

from authberry import Auth
from authberry.models import RefreshToken
from authberry.server.commands.listing import JsonOption, LinesOption, Listing
from authberry.server.commands.services import OPERATOR, run
from authberry.server.commands.user_argument import UserArgument, find_user
from authberry.server.terminal import format_count, print_line

app = typer.Typer(help="Who is logged in, and from where.", no_args_is_help=True)


@app.command("list")
def list_(who: UserArgument, as_json: JsonOption = False, as_lines: LinesOption = False) -> None:
    """List the live sessions of a person, newest use first."""
    run(_list, who, as_json=as_json, as_lines=as_lines)


@app.command()
def revoke(
    session_id: Annotated[UUID | None, typer.Argument(help="The session to end.")] = None,
    user: Annotated[
        str | None, typer.Option(help="End every session of this person: an address or an id.")
    ] = None,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="End every session there is: all have to log in.")
    ] = False,
) -> None:
    """End one session, every session of a person, or every session there is."""
    if [session_id is not None, user is not None, everyone].count(True) != 1:
        raise typer.BadParameter("name a session or, with --user, a person, or say --everyone")
    if everyone:
        print_line(f"Ended {format_count(run(_revoke_everyone), 'session')}.", "green")
    if session_id is not None:
        if not run(_revoke, session_id):
            raise typer.TyperException(f"there is no live session {session_id}")
        print_line("Ended 1 session.", "green")
    if user is not None:
        print_line(f"Ended {format_count(run(_revoke_all, user), 'session')}.", "green")


async def _list(auth: Auth, who: str, *, as_json: bool, as_lines: bool) -> None:
    sessions = auth.sessions.living.walk((await find_user(auth, who)).id)
    await SESSIONS.show(sessions, as_json=as_json, as_lines=as_lines)


async def _revoke(auth: Auth, session_id: UUID) -> bool:
    return await auth.sessions.revocation.revoke_by_id(session_id, OPERATOR)


async def _revoke_everyone(auth: Auth) -> int:
    return await auth.sessions.revocation.revoke_everyone(OPERATOR)


async def _revoke_all(auth: Auth, who: str) -> int:
    user = await find_user(auth, who)
    return await auth.sessions.revocation.revoke_all(user.id, OPERATOR, reason="operator")


def _facts(session: RefreshToken) -> dict[str, object]:
    return {
        "id": session.id,
        "created_at": session.created_at,
        "last_used_at": session.last_used_at,
        "expires_at": session.expires_at,
        "transport": session.transport,
        "ip_address": session.ip_address,
        "user_agent": session.user_agent,
    }


SESSIONS = Listing[RefreshToken](
    ("ID", "CREATED", "LAST USED", "EXPIRES", "ADDRESS", "BROWSER"),
    lambda one: (
        one.id, one.created_at, one.last_used_at, one.expires_at, one.ip_address, one.user_agent
    ),
    _facts,
)  # fmt: skip
