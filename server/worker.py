"""What each server process runs."""

from starlette.applications import Starlette

from authberry import Settings
from authberry.server import app
from authberry.server.logging import configure_logging


def create_app() -> Starlette:
    """Set up the logs of this process, then build the application, both from the environment."""
    settings = Settings.load()
    configure_logging(settings)
    return app.create_app(settings)
