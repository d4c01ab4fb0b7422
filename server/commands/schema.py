"""`authberry schema`."""

import typer


def schema() -> None:
    """Print the GraphQL schema. Needs no settings and no database."""
    from authberry.graph.schema import print_sdl  # noqa: PLC0415 - no other command wants Strawberry

    typer.echo(print_sdl(), nl=False)
