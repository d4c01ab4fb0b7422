"""Mutations that log in, and those that ask for what logs in."""

from authberry.graph.mutations.logins.login import login
from authberry.graph.mutations.logins.login_with_link import login_with_link
from authberry.graph.mutations.logins.request_login_link import request_login_link

__all__ = [
    "login",
    "login_with_link",
    "request_login_link",
]
