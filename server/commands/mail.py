"""`authberry mail`."""

import asyncio
from typing import Annotated

import typer

from authberry import Auth, Settings
from authberry.mail import Undeliverable
from authberry.server.observability import configure_logging
from authberry.server.terminal import print_error, print_line

app = typer.Typer(help="What this service sends.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Be a group, though there is one command in it."""


@app.command("test")
def send_test(
    to: Annotated[str, typer.Argument(metavar="ADDRESS", help="Where to send it.")],
    language: Annotated[str, typer.Option(help="In which language.")] = "en",
) -> None:
    """Send a test mail now, and say what the mail server said."""
    settings = Settings.load()
    configure_logging(settings)
    try:
        said = asyncio.run(Auth(settings).outbox.send_test(to, language))
    except Undeliverable as error:
        if error.said:
            print_line(f"The mail server said: {error.said}")
        print_error(f"{error}. {error.remedy}." if error.remedy else f"{error}.")
        raise typer.Exit(1) from None
    if settings.smtp_url:
        print_line(f"The mail server took it, and said: {said}", "green")
    else:
        print_line("Printed, since AUTHBERRY_SMTP_URL names no mail server.")
