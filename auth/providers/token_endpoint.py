"""Exchanging a code for tokens (RFC 6749, section 4.1.3)."""

import base64
import dataclasses
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote_plus

from authberry.clock import Clock
from authberry.providers.asking import Asking
from authberry.providers.metadata import BASIC, Metadata
from authberry.providers.refusals import PROVIDER, ExternalLoginRefused, refusal_of
from authberry.settings import ProviderSettings
from authberry.tokens import Key

APPLE_SECRET_TTL = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a provider has issued; kept no longer than one login takes."""

    access_token: str | None = field(repr=False)
    id_token: str | None = field(repr=False)


@dataclass(frozen=True, eq=False)
class TokenEndpoint:
    """Exchanges codes at one provider."""

    settings: ProviderSettings
    asking: Asking
    clock: Clock

    async def exchange(
        self, metadata: Metadata, code: str, redirect_uri: str, code_verifier: str
    ) -> Tokens:
        """Exchange a code, which is good once.

        Raises:
            ExternalLoginRefused: the provider refuses it, or us.
            ProviderUnavailable: there is no answer that can be read.
        """
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
        }
        headers: dict[str, str] = {}
        if metadata.client_authentication == BASIC and self.settings.preset != "apple":
            headers["Authorization"] = self._basic()
        else:
            form |= {"client_id": self.settings.client_id, "client_secret": self._secret()}
        status, said = await self.asking.post(
            "the token endpoint", metadata.token_endpoint, form, headers
        )
        return _tokens(status, said)

    def _basic(self) -> str:
        """Say who we are as RFC 6749 has it (section 2.3.1): encoded as in a form, then Basic."""
        pair = f"{quote_plus(self.settings.client_id)}:{quote_plus(self.settings.client_secret)}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    def _secret(self) -> str:
        """Return the client's secret; Apple's is a JWT that we sign anew each time."""
        if self.settings.preset != "apple":
            return self.settings.client_secret
        now = int(self.clock.now().timestamp())
        key = Key.from_pem(self.settings.private_key)
        claims = {
            "iss": self.settings.team_id,
            "iat": now,
            "exp": now + int(APPLE_SECRET_TTL.total_seconds()),
            "aud": self.settings.issuer,
            "sub": self.settings.client_id,
        }
        return dataclasses.replace(key, kid=self.settings.key_id).sign(claims, typ="JWT")


def _tokens(status: int, said: Any) -> Tokens:
    """Read an answer; GitHub's has status 200 also where it is an error."""
    said = said if isinstance(said, dict) else {}
    if error := said.get("error"):
        refused = refusal_of(error if isinstance(error, str) else "")
        # To the person it is all one: the code was another's, or we are set up wrong.
        raise ExternalLoginRefused(f"the token endpoint: {refused.reason}", PROVIDER)
    if status >= 400:  # noqa: PLR2004 - RFC 9110, section 15.5
        raise ExternalLoginRefused(f"the token endpoint: the answer has status {status}")
    access, identity = said.get("access_token"), said.get("id_token")
    is_bearer = str(said.get("token_type", "")).lower() == "bearer"
    return Tokens(
        access if isinstance(access, str) and access.isprintable() and is_bearer else None,
        identity if isinstance(identity, str) else None,
    )
