"""`authberry users`."""

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from authberry import Auth
from authberry.models import User
from authberry.server.commands import factors
from authberry.server.commands.export_file import write_export
from authberry.server.commands.listing import JsonOption, LinesOption, Listing
from authberry.server.commands.services import OPERATOR, run
from authberry.server.commands.user_argument import UserArgument, find_user
from authberry.server.observability import escape_unprintable
from authberry.server.terminal import ask_password, print_line, private_file

app = typer.Typer(help="The people who can log in.", no_args_is_help=True)
app.add_typer(factors.app, name="factors")


@app.command()
def create(
    email: Annotated[str, typer.Argument(help="The address to log in with.")],
    name: Annotated[str | None, typer.Option(help="What to call them.")] = None,
    role: Annotated[
        list[str] | None, typer.Option(help="A role in their access tokens; may be repeated.")
    ] = None,
) -> None:
    """Make an account. Asks for the password, or reads it from a pipe."""
    user = run(_create, email, ask_password(), name, tuple(role or ()))
    print_line(f"Created {user.email} with the id {user.id}.", "green")


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="How many to skip.")] = 0,
    after: Annotated[
        str | None, typer.Option(help="Go on behind this account: an address or an id.")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="All, however many there are.")] = False,
    as_json: JsonOption = False,
    as_lines: LinesOption = False,
) -> None:
    """List accounts, newest first."""
    most = None if everybody else limit
    run(_list, most, offset, after, as_json=as_json, as_lines=as_lines)


@app.command()
def disable(who: UserArgument) -> None:
    """Let nobody log in to an account, and end its sessions."""
    print_line(f"Disabled {run(_disable, who).email} and ended every session.", "green")


@app.command()
def enable(who: UserArgument) -> None:
    """Let the owner of an account log in again."""
    print_line(f"Enabled {run(_enable, who).email}.", "green")


@app.command()
def set_password(who: UserArgument) -> None:
    """Set a new password and end every session. Asks for it, or reads it from a pipe."""
    user = run(_set_password, who, ask_password())
    print_line(f"Set the password of {user.email} and ended every session.", "green")


@app.command()
def delete(
    who: UserArgument,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete an account and everything that is stored about its owner, who is told by mail."""
    if not yes:
        account = escape_unprintable(who)
        typer.confirm(f"Delete the account {account} and everything in it?", abort=True)
    print_line(f"Deleted {run(_delete, who).email}.", "green")


@app.command()
def export(
    who: UserArgument,
    output: Annotated[
        Path | None, typer.Option(help="A file to write to, which only you may read.")
    ] = None,
) -> None:
    """Export everything that is stored about a person, as JSON."""
    run(_export, who, output)
    if output is not None:
        print_line(f"Wrote {output}.", "green")


async def _create(
    auth: Auth, email: str, password: str, name: str | None, roles: tuple[str, ...]
) -> User:
    return await auth.accounts.create(email, password, name, roles, OPERATOR)


async def _list(
    auth: Auth,
    limit: int | None,
    offset: int,
    after: str | None,
    *,
    as_json: bool,
    as_lines: bool,
) -> None:
    last = await find_user(auth, after) if after else None
    people = auth.accounts.walk(limit=limit, offset=offset, after=last)
    await USERS.show(people, as_json=as_json, as_lines=as_lines)


async def _disable(auth: Auth, who: str) -> User:
    user = await find_user(auth, who)
    await auth.accounts.disable(user, OPERATOR)
    return user


async def _enable(auth: Auth, who: str) -> User:
    user = await find_user(auth, who)
    await auth.accounts.enable(user, OPERATOR)
    return user


async def _set_password(auth: Auth, who: str, password: str) -> User:
    user = await find_user(auth, who)
    await auth.accounts.password_changes.set(user, password, OPERATOR)
    return user


async def _delete(auth: Auth, who: str) -> User:
    user = await find_user(auth, who)
    if not await auth.accounts.deletion.delete(user, OPERATOR):
        raise typer.TyperException(f"there is no account {who}")
    return user


async def _export(auth: Auth, who: str, output: Path | None) -> None:
    user = await find_user(auth, who)
    with nullcontext(sys.stdout) if output is None else private_file(output) as out:
        await write_export(auth.accounts.export.of_user(user, OPERATOR), out)


def _facts(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "email": user.email,
        "email_verified": user.email_verified,
        "name": user.name,
        "roles": user.roles,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    }


USERS = Listing[User](
    ("ID", "E-MAIL", "NAME", "ROLES", "CREATED", "DISABLED"),
    lambda user: (
        user.id, user.email, user.name, user.roles, user.created_at, user.disabled_at
    ),
    _facts,
)  # fmt: skip
