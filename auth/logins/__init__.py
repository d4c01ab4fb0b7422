"""The ways in: how somebody proves who they are, and a session begins."""

from authberry.logins.links import LoginLinks

__all__ = [
    "LoginLinks",
]
