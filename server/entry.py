"""What `authberry` starts: the command line, if all that it needs is installed."""

import sys


def main() -> None:
    """Run a command, or say what is missing."""
    try:
        from authberry.server import commands  # noqa: PLC0415 - all that it imports may be missing
    except ModuleNotFoundError as missing:
        sys.exit(f"error: there is no {missing.name}: pip install 'authberry[server]'")
    commands.main()
