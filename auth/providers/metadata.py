"""Where a provider is to be asked: by discovery (OpenID Connect Discovery 1.0), or written down."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from authberry.settings import ProviderSettings, is_here

PATH = "/.well-known/openid-configuration"
ALGORITHMS = ("ES256", "EdDSA", "RS256")
"""Those that our keys are for; one type of key, one algorithm (RFC 8725, section 3.1)."""
SHOWN_MAX = 200
BASIC, POST = "client_secret_basic", "client_secret_post"


class UnusableMetadata(Exception):
    """It is none of this provider's; the message goes on behind "the metadata"."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """The addresses of one provider, and what it says of itself."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str | None = None
    jwks_uri: str = ""
    client_authentication: str = POST
    algorithms: tuple[str, ...] = ()
    announces_issuer: bool = False
    """Whether each of its answers says whose it is (RFC 9207)."""
    answering_issuer: str | None = None
    """Whose its answers are, if they say so at all; None where that is not known."""


def metadata_url(issuer: str) -> str:
    """Return where the metadata of an issuer is (section 4)."""
    return issuer.rstrip("/") + PATH


def read_metadata(raw: bytes, settings: ProviderSettings) -> Metadata:
    """Read what was fetched, and believe it if it is of the issuer that is configured.

    Raises:
        UnusableMetadata: it is another's, or lacks something, or names addresses without TLS.
    """
    try:
        said = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise UnusableMetadata("is not JSON") from None
    if not isinstance(said, dict):
        raise UnusableMetadata("is not an object")
    issuer = said.get("issuer")
    # Section 4.3: exactly, or somebody could speak for another.
    if issuer != settings.issuer:
        raise UnusableMetadata(f"is of another issuer{_shown(issuer)}")
    return Metadata(
        issuer=issuer,
        authorization_endpoint=_endpoint(said, "authorization_endpoint", settings),
        token_endpoint=_endpoint(said, "token_endpoint", settings),
        userinfo_endpoint=_endpoint(said, "userinfo_endpoint", settings)
        if "userinfo_endpoint" in said
        else None,
        jwks_uri=_endpoint(said, "jwks_uri", settings),
        client_authentication=_client_authentication(said),
        algorithms=_algorithms(said),
        announces_issuer=said.get("authorization_response_iss_parameter_supported") is True,
        answering_issuer=issuer,
    )


def _shown(issuer: object) -> str:
    is_short = isinstance(issuer, str) and len(issuer) <= SHOWN_MAX and issuer.isprintable()
    return f", {issuer}" if is_short else ""


def _endpoint(said: Mapping[str, Any], name: str, settings: ProviderSettings) -> str:
    """Return an address over TLS; without it only on this machine, where that is allowed."""
    url = said.get(name)
    try:
        parts = urlsplit(url) if isinstance(url, str) and url.isprintable() else None
        host = parts.hostname if parts else None
        _ = parts.port if parts else None  # raises where there is no such port
    except ValueError:
        parts = host = None
    if parts is None or not host or "#" in str(url) or parts.username is not None:
        raise UnusableMetadata(f"has no usable {name}")
    is_plain = parts.scheme == "http" and is_here(host) and settings.private_addresses
    if parts.scheme != "https" and not is_plain:
        raise UnusableMetadata(f"has a {name} without TLS")
    return str(url)


def _client_authentication(said: Mapping[str, Any]) -> str:
    """Choose how we say who we are: Basic unless only POST is offered (RFC 8414, section 2)."""
    offered = said.get("token_endpoint_auth_methods_supported", [BASIC])
    for one in (BASIC, POST):
        if isinstance(offered, list) and one in offered:
            return one
    raise UnusableMetadata(f"offers neither {BASIC} nor {POST}")


def _algorithms(said: Mapping[str, Any]) -> tuple[str, ...]:
    offered = said.get("id_token_signing_alg_values_supported", ["RS256"])
    known = tuple(one for one in ALGORITHMS if isinstance(offered, list) and one in offered)
    if not known:
        raise UnusableMetadata(f"offers none of {', '.join(ALGORITHMS)} for ID tokens")
    return known
