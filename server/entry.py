"""What `authberry` starts: the command line, if all that it needs is installed."""

import gc
import sys


def main() -> None:
    """Run a command, or say what is missing."""
    gc.disable()  # nothing that is imported is garbage; to look for some is a third of the start
    try:
        from authberry.server import commands  # noqa: PLC0415 - all that it imports may be missing
    except ModuleNotFoundError as missing:
        sys.exit(f"error: there is no {missing.name}: pip install 'authberry[server]'")
    gc.freeze()
    gc.enable()
    commands.main()
