"""`authberry doctor`."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from authberry.doctor import diagnose
from authberry.server.terminal import say, say_json

STYLES = {"danger": "bold red", "advice": "yellow"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print a list for a script.")] = False,
) -> None:
    """Say everything that is wrong with this installation, and what to do about it.

    Exits with 1 if any of it is a danger, with which production does not start or does not work.
    """
    findings = asyncio.run(diagnose())
    if as_json:
        say_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(f"{finding.level}: {finding}", STYLES[finding.level])
        if not findings:
            say("Everything is in order.", "green")
    raise typer.Exit(int(any(finding.level == "danger" for finding in findings)))
