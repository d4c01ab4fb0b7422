"""Providers: who can say who somebody is, by OpenID Connect or OAuth 2.

Only what others build on stands here by now: what is said of somebody, and how it fails.
"""

from authberry.providers.providers import (
    Authorization,
    ExternalAccount,
    ExternalLoginRefused,
    KeptSecrets,
    OfferedProvider,
    Provider,
    Providers,
    ProviderUnavailable,
    UnknownProvider,
)

__all__ = [
    "Authorization",
    "ExternalAccount",
    "ExternalLoginRefused",
    "KeptSecrets",
    "OfferedProvider",
    "Provider",
    "ProviderUnavailable",
    "Providers",
    "UnknownProvider",
]
