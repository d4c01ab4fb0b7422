"""Providers: speaking with those whose logins are taken, such as Google or a company's own.

`Providers` sends a browser to one of them, checks what comes back, and says whose account it is
there. It is a client of OpenID Connect, and of OAuth 2 where a provider has nothing more. It knows
nothing of our accounts and keeps nothing: what is needed between going and coming back is handed
out, and whose identity that is here is decided in `authberry.identities`.
"""

from authberry.providers.authorization import KeptSecrets
from authberry.providers.external_account import ExternalAccount
from authberry.providers.id_tokens import OLDEST_BROUGHT
from authberry.providers.providers import OfferedProvider, Providers
from authberry.providers.refusals import (
    PROVIDER,
    ExternalLoginRefused,
    ProviderUnavailable,
    UnknownProvider,
)

__all__ = [
    "OLDEST_BROUGHT",
    "PROVIDER",
    "ExternalAccount",
    "ExternalLoginRefused",
    "KeptSecrets",
    "OfferedProvider",
    "ProviderUnavailable",
    "Providers",
    "UnknownProvider",
]
