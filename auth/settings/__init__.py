"""What can be configured, from the environment or by a host."""

from authberry.settings.settings import (
    PREFIX,
    LinkPurpose,
    OAuthClient,
    Settings,
    SettingsError,
    problems,
    refuse_unknown,
)
from authberry.settings.sites import is_address, is_public_suffix, site_of

__all__ = [
    "PREFIX",
    "LinkPurpose",
    "OAuthClient",
    "Settings",
    "SettingsError",
    "is_address",
    "is_public_suffix",
    "problems",
    "refuse_unknown",
    "site_of",
]
