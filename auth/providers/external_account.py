"""What a provider says of somebody, once all of it is checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from authberry.providers.refusals import ExternalLoginRefused
from authberry.settings import ProviderSettings
from authberry.signing import FEDERATED_PROOF, FEDERATED_TWICE, Proof

LATEST = 2**33
NAME_MAX = 200
EMAIL_MAX = 320
_SUBJECT = re.compile(r"[!-~]{1,255}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ExternalAccount:
    """An account at a provider: `issuer` and `subject` together are whose it is."""

    provider: str
    """Our name for it."""
    issuer: str
    subject: str
    email: str | None
    """As the provider writes it."""
    email_verified: bool
    """Whether the provider says so, and is believed."""
    name: str | None
    proof: Proof
    authenticated_at: datetime | None = None
    """When they have proved there who they are, if the provider says so."""

    @classmethod
    def of(cls, provider: str, settings: ProviderSettings, claims: Mapping[str, Any]) -> Self:
        """Take claims whose issuer was checked.

        Raises:
            ExternalLoginRefused: they do not say whose they are.
        """
        subject = claims.get("sub")
        # OpenID Connect Core 1.0, section 2: 255 characters of ASCII at most.
        if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
            raise ExternalLoginRefused("the provider does not say whose account it is")
        email = _text(claims.get("email"), EMAIL_MAX)
        return cls(
            provider=provider,
            issuer=settings.issuer,
            subject=subject,
            email=email,
            email_verified=email is not None and _is_verified(settings, claims),
            name=_text(claims.get("name"), NAME_MAX),
            proof=_proof(settings, claims),
            authenticated_at=_time(claims.get("auth_time")),
        )


def _text(value: object, longest: int) -> str | None:
    """Return what can be shown; what cannot is none, and keeps nobody from logging in."""
    text = value.strip() if isinstance(value, str) else ""
    return text if 0 < len(text) <= longest and text.isprintable() else None


def _time(value: object) -> datetime | None:
    """Return a NumericDate (RFC 7519, section 2), if it is one from 1970 to 2242."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < LATEST:
        return None
    return datetime.fromtimestamp(value, UTC)


def _is_verified(settings: ProviderSettings, claims: Mapping[str, Any]) -> bool:
    """Whether it says so: a JSON `true`, as a text may be of another's making.

    Apple writes that `email_verified` of theirs is a boolean or the text "true".
    """
    said = claims.get("email_verified")
    return settings.trust_email and (
        said is True or (settings.preset == "apple" and said == "true")
    )


def _proof(settings: ProviderSettings, claims: Mapping[str, Any]) -> Proof:
    """Take a second factor for proved where that is configured, and the provider says so."""
    amr, acr = claims.get("amr"), claims.get("acr")
    words = [word for word in amr if isinstance(word, str)] if isinstance(amr, list) else []
    is_twice = any(word in settings.second_factor_amr for word in words) or (
        isinstance(acr, str) and acr in settings.second_factor_acr
    )
    return FEDERATED_TWICE if is_twice else FEDERATED_PROOF
