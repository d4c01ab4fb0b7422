"""The ways in: how somebody proves who they are, and a session begins.

There is a service for each way, and one gate that all of them lead to: nothing else in the house
begins a session.
"""

from authberry.logins.gate import Gate
from authberry.logins.logins import Logins
from authberry.logins.password_logins import PasswordLogins

__all__ = ["Gate", "Logins", "PasswordLogins"]
