"""What each server process runs."""

import gc
import sys

from starlette.applications import Starlette

from authberry import Settings, SettingsError
from authberry.server import app
from authberry.server.observability import configure_logging
from authberry.server.process.uvicorn_internals import STARTUP_FAILURE
from authberry.server.terminal import print_error


def create_app() -> Starlette:
    """Set up the logs of this process, then build the application, both from the environment.

    What was fine a moment ago, when the command began, may not be now. Then the process leaves with
    the code that keeps its supervisor from starting another, and another.
    """
    try:
        settings = Settings.load()
        configure_logging(settings)
        application = app.create_app(settings)
    except SettingsError as error:
        print_error(str(error))
        sys.exit(STARTUP_FAILURE)
    _freeze()
    return application


def _freeze() -> None:
    """Keep the garbage collector from looking at what exists now: modules and schema stay for ever.

    Each full collection would look at their 80,000 objects, and stop every request for 30 ms.
    """
    gc.collect()
    gc.freeze()
