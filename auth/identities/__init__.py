"""Identities: logging in with an account that somebody has at a provider.

`Journeys` sends a browser there and takes the answer, `ExternalCompletion` acts upon it, and
`Arrivals` says whose account it is: the table in it is the heart of the room. Where there is an
account of the address already, `Confirmation` asks for a proof of it; where nobody has ever proved
that one, `Handover` asks the mailbox. `Linking` links and unlinks. All who are let in go through
the gate of `authberry.logins`.
"""

from authberry.identities.answers import BrowserSecrets, HeldSecrets, Purpose, WantedLogin
from authberry.identities.identities import Identities, IdentityFoundations
from authberry.identities.journeys import BegunLogin
from authberry.identities.outcomes import (
    Completed,
    Linked,
    MailSent,
    ProofNeeded,
)
from authberry.identities.pending import LIFETIME

__all__ = [
    "LIFETIME",
    "BegunLogin",
    "BrowserSecrets",
    "Completed",
    "HeldSecrets",
    "Identities",
    "IdentityFoundations",
    "Linked",
    "MailSent",
    "ProofNeeded",
    "Purpose",
    "WantedLogin",
]
