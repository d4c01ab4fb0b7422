"""The command line, `authberry`: a file a noun.

`cli` puts the commands together, and turns what can be expected to go wrong into one line and an
exit code. `services.run` opens the services, does the work of one command, and closes them.
"""

from authberry.server.commands.cli import main

__all__ = ["main"]
