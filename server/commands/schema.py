"""`authberry schema`."""

from typing import Annotated

import typer


def schema(
    federation: Annotated[
        bool, typer.Option(help="As a gateway gets it, with AUTHBERRY_FEDERATION on.")
    ] = False,
) -> None:
    """Print the GraphQL schema. Needs no settings and no database."""
    # No other command wants Strawberry.
    from authberry.graph import print_sdl  # noqa: PLC0415
    from authberry.graph.federation import build_subgraph  # noqa: PLC0415

    typer.echo(build_subgraph(introspection=True).sdl if federation else print_sdl(), nl=False)
