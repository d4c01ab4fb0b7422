"""Authberry: the rules of logging in and staying logged in.

A service that only verifies access tokens has little of what the server needs. So each name is
imported from where it is when somebody asks for it (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from authberry.auth import Auth
    from authberry.client import Client
    from authberry.errors import AuthError, KeysUnavailable, Unauthenticated
    from authberry.sessions import Issued, RefreshTokenTransport, Viewer
    from authberry.settings import Settings, SettingsError
    from authberry.tokens import AccessTokenVerifier, Claims

__all__ = [
    "AccessTokenVerifier",
    "Auth",
    "AuthError",
    "Claims",
    "Client",
    "Issued",
    "KeysUnavailable",
    "RefreshTokenTransport",
    "Settings",
    "SettingsError",
    "Unauthenticated",
    "Viewer",
]

_HOMES = {
    "AccessTokenVerifier": "tokens",
    "Auth": "auth",
    "AuthError": "errors",
    "Claims": "tokens",
    "Client": "client",
    "Issued": "sessions",
    "KeysUnavailable": "errors",
    "RefreshTokenTransport": "sessions",
    "Settings": "settings",
    "SettingsError": "settings",
    "Unauthenticated": "errors",
    "Viewer": "sessions",
}


def __dir__() -> list[str]:
    """Name all that there is, also what nobody has asked for yet."""
    return sorted({*globals(), *__all__})


# Not for type checkers, which would believe that there is every name.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import a name from where it is, once."""
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        try:
            value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        except ModuleNotFoundError as missing:
            raise ImportError(
                f"authberry.{name} is part of the server: pip install 'authberry[server]'"
            ) from missing
        globals()[name] = value
        return value
