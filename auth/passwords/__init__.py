"""Passwords: how they are prepared, hashed and compared, and which are refused."""

from authberry.passwords.hashing import Passwords, PreparedPassword, prepare
from authberry.passwords.policy import open_breaches, refuse_weak

__all__ = [
    "Passwords",
    "PreparedPassword",
    "open_breaches",
    "prepare",
    "refuse_weak",
]
