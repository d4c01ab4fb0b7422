"""Mutations that log in, those that ask for what logs in, and the second half of both."""

from authberry.graph.mutations.logins.begin_passkey_login import begin_passkey_login
from authberry.graph.mutations.logins.complete_login import complete_login
from authberry.graph.mutations.logins.login import login
from authberry.graph.mutations.logins.login_with_link import login_with_link
from authberry.graph.mutations.logins.login_with_passkey import login_with_passkey
from authberry.graph.mutations.logins.reauthenticate import reauthenticate
from authberry.graph.mutations.logins.request_login_link import request_login_link

__all__ = [
    "begin_passkey_login",
    "complete_login",
    "login",
    "login_with_link",
    "login_with_passkey",
    "reauthenticate",
    "request_login_link",
]
