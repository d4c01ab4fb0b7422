"""How a command is told which person it is about: by an address or an id."""

from typing import Annotated

import typer

from authberry import Auth
from authberry.models import User

UserArgument = Annotated[str, typer.Argument(metavar="USER", help="An e-mail address or an id.")]


async def find_user(auth: Auth, who: str) -> User:
    """Look an account up by id or address; raises `TyperException` if there is none."""
    user = await auth.accounts.find(who)
    if user is None:
        raise typer.TyperException(f"there is no account {who}")
    return user
