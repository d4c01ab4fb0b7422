"""Asking a provider about the person whose access token it has issued."""

from collections.abc import Mapping
from typing import Any

from authberry.providers.asking import Asking
from authberry.providers.metadata import Metadata
from authberry.providers.refusals import ExternalLoginRefused
from authberry.settings import ProviderSettings

GITHUB = "https://github.com"
OF_AN_ADDRESS = ("email", "email_verified")
ABOUT = (*OF_AN_ADDRESS, "name")
"""What is taken of userinfo; whose it is, and how it was proved, an ID token says alone."""


async def openid_claims(
    asking: Asking, metadata: Metadata, access_token: str, subject: object
) -> dict[str, Any]:
    """Return what userinfo says (OpenID Connect Core 1.0, section 5.3.2).

    Raises:
        ExternalLoginRefused: it is about somebody else.
        ProviderUnavailable: it does not answer.
    """
    said = await asking.ask_json("userinfo", metadata.userinfo_endpoint or "", access_token)
    if not isinstance(said, dict) or said.get("sub") != subject:
        raise ExternalLoginRefused("userinfo is about somebody else than the ID token")
    return {name: said[name] for name in ABOUT if name in said}


def oauth_metadata(settings: ProviderSettings) -> Metadata:
    """Return the addresses of a provider that has no metadata, as its documentation has them."""
    paths = {
        "github": ("/login/oauth/authorize", "/login/oauth/access_token"),
        "discord": ("/oauth2/authorize", "/api/oauth2/token"),
    }
    authorization, token = (settings.issuer.rstrip("/") + path for path in paths[settings.preset])
    # Since April 2026 GitHub says whose its answers are, by a name that has a path.
    answering = f"{GITHUB}/login/oauth" if settings.issuer == GITHUB else None
    return Metadata(settings.issuer, authorization, token, answering_issuer=answering)


async def oauth_claims(
    settings: ProviderSettings, asking: Asking, access_token: str
) -> Mapping[str, Any]:
    """Return what an OAuth 2 provider says of the person, in the words of OpenID Connect.

    Raises:
        ExternalLoginRefused: it does not say whose account it is.
        ProviderUnavailable: it does not answer.
    """
    if settings.preset == "github":
        return await _github(settings, asking, access_token)
    return await _discord(settings, asking, access_token)


async def _github(
    settings: ProviderSettings, asking: Asking, access_token: str
) -> Mapping[str, Any]:
    """Ask GitHub: the address of a profile is anybody's; those of `/user/emails` are the person's.

    REST API, "Get the authenticated user" and "List email addresses for the authenticated user".
    """
    # A GitHub Enterprise Server has its API beside its pages.
    is_cloud = settings.issuer == GITHUB
    api = "https://api.github.com" if is_cloud else f"{settings.issuer.rstrip('/')}/api/v3"
    user = _object("the user", await asking.ask_json("the user", f"{api}/user", access_token))
    listed = await asking.ask_json("the addresses", f"{api}/user/emails?per_page=100", access_token)
    emails = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    primary = next((one for one in emails if one.get("primary") is True), {})
    return {
        "sub": _number(user.get("id")),
        "email": primary.get("email"),
        "email_verified": primary.get("verified"),
        "name": user.get("name") or user.get("login"),
    }


async def _discord(
    settings: ProviderSettings, asking: Asking, access_token: str
) -> Mapping[str, Any]:
    """Ask Discord ("Get Current User")."""
    url = f"{settings.issuer.rstrip('/')}/api/users/@me"
    user = _object("the user", await asking.ask_json("the user", url, access_token))
    return {
        "sub": user.get("id"),
        "email": user.get("email"),
        "email_verified": user.get("verified"),
        "name": user.get("global_name") or user.get("username"),
    }


def _object(what: str, said: object) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise ExternalLoginRefused(f"{what}: the answer is not an object")
    return said


def _number(value: object) -> str | None:
    """Return an id as text; GitHub's are numbers, and never used again, as names are."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None
