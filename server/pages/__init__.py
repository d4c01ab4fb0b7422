"""Our own pages, below `/account/`, for people whose frontend has none: HTML, each with its script.

`ROUTES` serves them: the pages, the files they are made of, and where password managers look.
"""

from authberry.server.pages.routes import ROUTES

__all__ = ["ROUTES"]
