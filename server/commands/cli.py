"""The command line: `authberry`."""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from authberry import SettingsError
from authberry.errors import AuthError, WeakPassword
from authberry.models import DatabaseTooNew, DatabaseUnavailable
from authberry.models.backups import BackupError
from authberry.server.commands.backups import backup, restore
from authberry.server.commands.database import migrate, prune
from authberry.server.commands.doctor import doctor
from authberry.server.commands.events import events
from authberry.server.commands.keys import app as keys
from authberry.server.commands.mail import app as mail
from authberry.server.commands.schema import schema
from authberry.server.commands.serve import serve
from authberry.server.commands.sessions import app as sessions
from authberry.server.commands.users import app as users
from authberry.server.terminal import print_error

app = typer.Typer(
    help="A GraphQL authentication backend: log in, stay logged in, know who is asking.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they would print local variables, and passwords are some
)
app.command()(serve)
app.command()(migrate)
app.command()(doctor)
app.command()(schema)
app.add_typer(users, name="users")
app.add_typer(sessions, name="sessions")
app.add_typer(keys, name="keys")
app.add_typer(mail, name="mail")
app.command()(events)
app.command()(prune)
app.command()(backup)
app.command()(restore)


def main() -> None:
    """Run a command; what could be expected to go wrong is one line, and exit code 1 (usage: 2)."""
    try:
        code = app(prog_name="authberry", standalone_mode=False)
    except typer.Abort:
        sys.exit(1)
    except typer.TyperException as error:
        # A command that was only named has printed its help already.
        if line := error.format_message():
            print_error(line)
        sys.exit(error.exit_code)
    except (SettingsError, DatabaseTooNew, BackupError, OSError) as error:
        print_error(str(error))
        sys.exit(1)
    except DatabaseUnavailable as error:
        print_error(f"the database cannot be used: {error}")
        sys.exit(1)
    except AuthError as error:
        reasons = error.reasons if isinstance(error, WeakPassword) else []
        print_error(" ".join([str(error), *reasons]))
        sys.exit(1)
    sys.exit(code)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"authberry {version('authberry')}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Take what stands before the command."""
