"""Authberry: the rules of logging in and staying logged in."""

from authberry.auth import Auth
from authberry.client import Client
from authberry.sessions import Issued, RefreshTokenTransport
from authberry.settings import Settings, SettingsError
from authberry.viewers import Viewer

__all__ = [
    "Auth",
    "Client",
    "Issued",
    "RefreshTokenTransport",
    "Settings",
    "SettingsError",
    "Viewer",
]
