"""`authberry sessions`."""

from typing import Annotated
from uuid import UUID

import typer

from authberry import Auth
from authberry.models import RefreshToken
from authberry.server.commands.services import OPERATOR, run
from authberry.server.commands.user_argument import UserArgument, find_user
from authberry.server.terminal import format_count, print_json, print_line, print_table

app = typer.Typer(help="Who is logged in, and from where.", no_args_is_help=True)


@app.command("list")
def list_(
    who: UserArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list for a script.")] = False,
) -> None:
    """List the live sessions of a person, newest use first."""
    sessions = run(_list, who)
    if as_json:
        print_json([_facts(session) for session in sessions])
    else:
        print_table(
            ("ID", "CREATED", "LAST USED", "EXPIRES", "ADDRESS", "BROWSER"),
            (
                (one.id, one.created_at, one.last_used_at, one.expires_at, one.ip_address,
                 one.user_agent)
                for one in sessions
            ),
        )  # fmt: skip


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


async def _list(auth: Auth, who: str) -> list[RefreshToken]:
    return await auth.sessions.live((await find_user(auth, who)).id)


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
