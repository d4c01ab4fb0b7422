"""`authberry keys`."""

from enum import Enum
from typing import Annotated

import typer

from authberry import Auth
from authberry.server.commands.services import run
from authberry.server.terminal import format_time, print_json, print_line, print_table
from authberry.signing import KeyState, RingKey
from authberry.tokens import Key

app = typer.Typer(help="The keys that sign access tokens.", no_args_is_help=True)


@app.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json", help="Print a list for a script.")] = False,
) -> None:
    """List the keys, oldest first."""
    keys = run(_states)
    if as_json:
        print_json([_facts(held, state) for held, state in keys])
    else:
        print_table(
            ("KEY", "ALGORITHM", "STATE", "SIGNS FROM", "UNTIL"),
            (
                (held.key.kid, held.key.algorithm, state.value, held.activates_at, held.retires_at)
                for held, state in keys
            ),
        )


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


async def _states(auth: Auth) -> list[tuple[RingKey, KeyState]]:
    return auth.signing.keys.states()


async def _rotate(auth: Auth, *, immediately: bool) -> RingKey:
    return await auth.signing.keys.rotate(immediately=immediately)


def _facts(held: RingKey, state: KeyState) -> dict[str, object]:
    return {
        "kid": held.key.kid,
        "algorithm": held.key.algorithm,
        "state": state.value,
        "created_at": held.created_at,
        "activates_at": held.activates_at,
        "retires_at": held.retires_at,
    }
