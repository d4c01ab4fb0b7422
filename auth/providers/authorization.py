"""Sending a browser to a provider, and what has to come back with it.

OpenID Connect Core 1.0, section 3.1.2.1; RFC 6749, section 4.1.1; RFC 7636 (PKCE).
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self
from urllib.parse import urlencode

from authberry.providers.metadata import Metadata
from authberry.providers.refusals import EXPIRED, ExternalLoginRefused, refusal_of
from authberry.settings import ProviderSettings

CODE_MAX = 4096
LOGIN_HINT_MAX = 320


@dataclass(frozen=True, slots=True)
class KeptSecrets:
    """What only we and the browser that was sent know; to be kept where only that browser is."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    fresh_since: int | None = None
    """When a new proof was asked for, in seconds since 1970; None where an old one will do."""

    @classmethod
    def make(cls, *, fresh_since: int | None = None) -> Self:
        """Make them, of 256 bits each."""
        made = [secrets.token_urlsafe(32) for _ in range(3)]
        return cls(made[0], made[1], made[2], fresh_since)

    def to_json(self) -> str:
        """Write them, to be sealed."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Authorization:
    """Where the browser goes, and what is kept until it is back."""

    url: str = field(repr=False)
    kept: KeptSecrets


def authorization(
    settings: ProviderSettings,
    metadata: Metadata,
    redirect_uri: str,
    kept: KeptSecrets,
    login_hint: str | None,
) -> Authorization:
    """Write the URL of an authorization request."""
    parameters = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(settings.scopes),
        "state": kept.state,
        "code_challenge": _challenge(kept.code_verifier),
        "code_challenge_method": "S256",
    }
    if settings.is_openid:
        parameters["nonce"] = kept.nonce
        if settings.second_factor_acr:
            parameters["acr_values"] = " ".join(settings.second_factor_acr)
        if kept.fresh_since is not None:
            parameters |= {"prompt": "login", "max_age": "0"}
    if settings.posts_across_sites:
        parameters["response_mode"] = "form_post"
    if login_hint and len(login_hint) <= LOGIN_HINT_MAX:
        parameters["login_hint"] = login_hint
    endpoint = metadata.authorization_endpoint
    joined = "&" if "?" in endpoint else "?"
    return Authorization(f"{endpoint}{joined}{urlencode(parameters)}", kept)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def checked_state(kept: KeptSecrets, answer: Mapping[str, str]) -> None:
    """Refuse what does not answer to the request of this browser (RFC 9700, section 2.1).

    Raises:
        ExternalLoginRefused: with the face `expired`.
    """
    said = answer.get("state", "").encode("utf-8", "replace")
    if not hmac.compare_digest(said, kept.state.encode()):
        raise ExternalLoginRefused("the state is not the one that was sent", EXPIRED)


def checked_code(metadata: Metadata, answer: Mapping[str, str]) -> str:
    """Return the code of an answer whose state is ours.

    Raises:
        ExternalLoginRefused: it is another provider's answer, an error, or none.
    """
    # RFC 9207, section 2.4: where it is said, announced or not, it is true.
    said = answer.get("iss")
    if metadata.announces_issuer and said is None:
        raise ExternalLoginRefused("the answer does not say whose it is, as was announced")
    if said is not None and metadata.answering_issuer not in {None, said}:
        raise ExternalLoginRefused("the answer is of another issuer")
    if error := answer.get("error"):
        raise refusal_of(error)
    code = answer.get("code", "")
    if not 0 < len(code) <= CODE_MAX or not code.isprintable():
        raise ExternalLoginRefused("the answer has no code")
    return code
