"""`authberry users factors`."""

from typing import Annotated

import typer

from authberry import Auth
from authberry.factors import Factor
from authberry.models import Passkey
from authberry.server.commands.services import OPERATOR, run
from authberry.server.commands.user_argument import UserArgument, find_user
from authberry.server.observability import escape_unprintable
from authberry.server.terminal import format_count, print_json, print_line, print_table

app = typer.Typer(help="Second factors and passkeys.", no_args_is_help=True)


@app.command("list")
def list_(
    who: UserArgument,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list for a script.")] = False,
) -> None:
    """List a person's apps and passkeys, and how many recovery codes are unused."""
    factors, codes_left = run(_list, who)
    if as_json:
        print_json([_facts(factor) for factor in factors])
        return
    print_table(
        ("ID", "KIND", "NAME", "CREATED", "LAST USED"),
        (
            (factor.id, _kind(factor), factor.name, factor.created_at, factor.last_used_at)
            for factor in factors
        ),
    )
    if codes_left is not None:
        print_line(f"Unused: {format_count(codes_left, 'recovery code')}.")


@app.command()
def reset(
    who: UserArgument,
    reason: Annotated[str, typer.Option(help="Why, for the person's events.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Take every factor off an account whose owner has lost them, who is told by mail.

    Make sure first that whoever asks is the owner: anybody who reads their mail, or knows their
    password, can log in afterwards.
    """
    if not yes:
        account = escape_unprintable(who)
        typer.confirm(f"Take every factor off the account {account}?", abort=True)
    print_line(f"Took off {format_count(run(_reset, who, reason), 'factor')}.", "green")


async def _list(auth: Auth, who: str) -> tuple[list[Factor], int | None]:
    user = await find_user(auth, who)
    enrollment = auth.logins.enrollment
    return await enrollment.of(user), await enrollment.codes_left(user)


async def _reset(auth: Auth, who: str, reason: str) -> int:
    user = await find_user(auth, who)
    if not await auth.logins.enrollment.of(user):
        raise typer.TyperException(f"{user.email} has no second factor")
    return await auth.logins.second_factors.resets.reset(user, OPERATOR, reason=reason)


def _facts(factor: Factor) -> dict[str, object]:
    return {
        "id": str(factor.id),
        "kind": _kind(factor),
        "name": factor.name,
        "created_at": factor.created_at,
        "last_used_at": factor.last_used_at,
    }


def _kind(factor: Factor) -> str:
    return "passkey" if isinstance(factor, Passkey) else "totp"
