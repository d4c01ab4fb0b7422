"""`authberry keys`."""

from collections.abc import AsyncGenerator
from enum import Enum
from typing import Annotated, TypeAlias

import typer

from authberry import Auth
from authberry.server.commands.listing import JsonOption, LinesOption, Listing
from authberry.server.commands.services import run
from authberry.server.terminal import format_time, print_json, print_line
from authberry.signing import KeyState, RingKey
from authberry.tokens import Key

StatedKey: TypeAlias = tuple[RingKey, KeyState]

app = typer.Typer(help="The keys that sign access tokens.", no_args_is_help=True)


@app.command("list")
def list_(as_json: JsonOption = False, as_lines: LinesOption = False) -> None:
    """List the keys, oldest first."""
    run(_list, as_json=as_json, as_lines=as_lines)


class Algorithm(Enum):
    """What a key is for."""

    ES256 = "ES256"
    EDDSA = "EdDSA"
    RS256 = "RS256"
    HS256 = "HS256"


@app.command()
def generate(
    algorithm: Annotated[
        Algorithm, typer.Option(help="What it signs with.", case_sensitive=False)
    ] = Algorithm.ES256,
) -> None:
    """Print a new private key as a JWK set for AUTHBERRY_SIGNING_KEYS; it is kept nowhere else.

    Needs no settings and no database.
    """
    key = Key.generate(algorithm.value)
    print_json({"keys": [{**key.jwk, "kid": key.kid, "alg": key.algorithm, "use": "sig"}]})


@app.command()
def rotate(
    immediately: Annotated[
        bool,
        typer.Option(
            help="Sign with it at once, as when the present key is known to be stolen. Services"
            " that cache the keys refuse its tokens until they look again."
        ),
    ] = False,
) -> None:
    """Make a new key: published now, used once every cache has seen it."""
    held = run(_rotate, immediately=immediately)
    print_line(f"Key {held.key.kid} signs from {format_time(held.activates_at)} on.", "green")


async def _list(auth: Auth, *, as_json: bool, as_lines: bool) -> None:
    await KEYS.show(_states(auth), as_json=as_json, as_lines=as_lines)


async def _states(auth: Auth) -> AsyncGenerator[StatedKey, None]:
    for held_and_state in auth.signing.keys.states():
        yield held_and_state


async def _rotate(auth: Auth, *, immediately: bool) -> RingKey:
    return await auth.signing.keys.rotate(immediately=immediately)


def _cells(key: StatedKey) -> tuple[object, ...]:
    held, state = key
    return (held.key.kid, held.key.algorithm, state.value, held.activates_at, held.retires_at)


def _facts(key: StatedKey) -> dict[str, object]:
    held, state = key
    return {
        "kid": held.key.kid,
        "algorithm": held.key.algorithm,
        "state": state.value,
        "created_at": held.created_at,
        "activates_at": held.activates_at,
        "retires_at": held.retires_at,
    }


KEYS = Listing[StatedKey](("KEY", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL"), _cells, _facts)
