"""What can be configured, from the environment or by a host, and what is refused.

`Settings` is made of groups, a file a subject, each with its fields, what is refused in them and
what follows from them. `values` and `urls` are the types of fields, `sources` is where they are
read from, and `origins` is what a browser makes of a URL.
"""

from authberry.settings.cookies import strength_of
from authberry.settings.origins import LOOPBACK_ORIGIN, is_address, is_public_suffix, site_of
from authberry.settings.provider_values import is_here
from authberry.settings.providers import ProviderSettings
from authberry.settings.settings import (
    Settings,
    about_providers,
    is_of_a_provider,
    known_settings,
    unknown_settings,
)
from authberry.settings.sources import PREFIX, SettingsError, problems, read_secret
from authberry.settings.throttle_url import StoreUrl, read_throttle_url
from authberry.settings.values import LinkPurpose, OAuthClient

__all__ = [
    "LOOPBACK_ORIGIN",
    "PREFIX",
    "LinkPurpose",
    "OAuthClient",
    "ProviderSettings",
    "Settings",
    "SettingsError",
    "StoreUrl",
    "about_providers",
    "is_address",
    "is_here",
    "is_of_a_provider",
    "is_public_suffix",
    "known_settings",
    "problems",
    "read_secret",
    "read_throttle_url",
    "site_of",
    "strength_of",
    "unknown_settings",
]
