"""People: how an account comes to be, is proved, changed, recovered and deleted.

`Accounts` makes them for the operator, looks them up and shuts them. Its services are registration;
verification of the address; recovery of a forgotten password; changes of the password, the address
and the profile; the export of all that is stored; and deletion. What begins a session asks
`logins`.
"""

from authberry.accounts.accounts import Accounts
from authberry.accounts.deletion import Deletion
from authberry.accounts.export import EXPORTED_LISTS, StreamedExport
from authberry.accounts.external_registration import ExternalRegistration
from authberry.accounts.profile_fields import ROLE

__all__ = [
    "EXPORTED_LISTS",
    "ROLE",
    "Accounts",
    "Deletion",
    "ExternalRegistration",
    "StreamedExport",
]
