"""Passwords: how they are prepared, hashed and compared, and which are refused.

A password is prepared, which brings it into one spelling; accepted by the policy, when it is to be
set; and hashed, or compared in the time of one hash, on threads of its own.
"""

from authberry.passwords.hashing import PasswordHasher, PreparedPassword, prepare
from authberry.passwords.passwords import Passwords
from authberry.passwords.policy import PasswordPolicy
from authberry.passwords.stored_hashes import StoredHash, UnusableHash

__all__ = [
    "PasswordHasher",
    "PasswordPolicy",
    "Passwords",
    "PreparedPassword",
    "StoredHash",
    "UnusableHash",
    "prepare",
]
