"""`authberry doctor`."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from authberry.doctor import diagnose
from authberry.server.terminal import print_json, print_line

STYLES = {"danger": "bold red", "advice": "yellow"}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print a list for a script.")] = False,
) -> None:
    """Say everything that is wrong with this installation, and what to do about it.

    Exits with 1 if any of it is a danger, with which production does not start or does not work.
    """
    findings = asyncio.run(diagnose())
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            print_line(f"{finding.level}: {finding}", STYLES[finding.level])
        if not findings:
            print_line("Everything is in order.", "green")
    raise typer.Exit(int(any(finding.level == "danger" for finding in findings)))
