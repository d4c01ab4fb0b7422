"""What each server process runs."""

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
        return app.create_app(settings)
    except SettingsError as error:
        fail(str(error))
        sys.exit(STARTUP_FAILURE)
