"""People: how an account comes to be, is proved, changed, recovered and deleted.

Registration and the operator make accounts; verification proves the address of one; recovery sets
a forgotten password; the address, the password and the profile can be changed; everything that is
stored can be exported and deleted. Nothing here begins a session by itself: that is `logins`.
"""

from authberry.accounts.accounts import ROLE, Accounts
from authberry.accounts.deletion import Deletion
from authberry.accounts.email_changes import EmailChanges
from authberry.accounts.export import AccountExport
from authberry.accounts.profiles import Profiles
from authberry.accounts.recovery import Recovery
from authberry.accounts.registration import Registration
from authberry.accounts.reserved_addresses import ReservedAddresses
from authberry.accounts.verification import Verification

__all__ = [
    "ROLE",
    "AccountExport",
    "Accounts",
    "Deletion",
    "EmailChanges",
    "Profiles",
    "Recovery",
    "Registration",
    "ReservedAddresses",
    "Verification",
]
