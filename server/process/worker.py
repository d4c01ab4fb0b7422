"""What each server process runs."""

import gc
import sys

from starlette.applications import Starlette
from uvicorn.config import STARTUP_FAILURE

from authberry import Settings, SettingsError
from authberry.server import app
from authberry.server.logging import configure_logging
from authberry.server.terminal import fail


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
        fail(str(error))
        sys.exit(STARTUP_FAILURE)
    _keep()
    return application


def _keep() -> None:
    """Take all there is out of the garbage collector's sight: modules and schema are never garbage.

    Each full collection would look at their 80,000 objects, and stop every request for 30 ms.
    """
    gc.collect()
    gc.freeze()
