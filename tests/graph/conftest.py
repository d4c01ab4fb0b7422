"""The surface, over ASGI."""

from apps import ada, app, auth, browser, in_browser, issued, make_app, production

__all__ = ["ada", "app", "auth", "browser", "in_browser", "issued", "make_app", "production"]
