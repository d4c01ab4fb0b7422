"""One provider: the whole way there and back."""

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import Any

from authberry.clock import Clock
from authberry.providers.asking import Asking
from authberry.providers.authorization import (
    Authorization,
    KeptSecrets,
    authorization,
    checked_code,
    checked_state,
)
from authberry.providers.discovery import Discovery
from authberry.providers.external_account import ExternalAccount
from authberry.providers.id_tokens import (
    read_id_token,
    require_fresh,
    require_nonce,
    require_young,
)
from authberry.providers.metadata import Metadata
from authberry.providers.refusals import ExternalLoginRefused
from authberry.providers.token_endpoint import TokenEndpoint, Tokens
from authberry.providers.userinfo import (
    OF_AN_ADDRESS,
    oauth_claims,
    oauth_metadata,
    openid_claims,
)
from authberry.settings import ProviderSettings


class Provider(ABC):
    """One that is configured; nothing of it is asked before somebody wants to log in there."""

    def __init__(self, name: str, settings: ProviderSettings, clock: Clock) -> None:
        """Ask nothing yet."""
        self.name = name
        self.settings = settings
        self.clock = clock
        self.asking = Asking(settings)
        self._token_endpoint = TokenEndpoint(settings, self.asking, clock)

    async def begin(
        self, redirect_uri: str, login_hint: str | None, *, is_fresh: bool
    ) -> Authorization:
        """Return where a browser is to go; raises `ProviderUnavailable`, `ExternalLoginRefused`."""
        since = int(self.clock.now().timestamp()) if is_fresh else None
        if is_fresh and not self.settings.can_reauthenticate:
            raise ExternalLoginRefused("this provider does not say when somebody has logged in")
        kept = KeptSecrets.make(fresh_since=since)
        return authorization(self.settings, await self._metadata(), redirect_uri, kept, login_hint)

    async def finish(
        self, redirect_uri: str, kept: KeptSecrets, answer: Mapping[str, str]
    ) -> ExternalAccount:
        """Return whose account it is that an answer of the provider is about."""
        checked_state(kept, answer)
        metadata = await self._metadata()
        code = checked_code(metadata, answer)
        tokens = await self._token_endpoint.exchange(
            metadata, code, redirect_uri, kept.code_verifier
        )
        claims = await self._claims(metadata, tokens, kept)
        return self._account({**_introduced(self.settings, answer), **claims})

    async def from_id_token(self, id_token: str, nonce: str | None) -> ExternalAccount:
        """Return whose account it is that an app brings an ID token of."""
        del id_token, nonce
        raise ExternalLoginRefused("this provider has no ID tokens")

    async def problem(self) -> str | None:
        """Return what keeps anybody from logging in there, if it can be told by asking."""
        return None

    async def close(self) -> None:  # noqa: B027 - most have nothing there
        """Stop what works in the background."""

    @abstractmethod
    async def _metadata(self) -> Metadata:
        """Return where it is to be asked."""

    @abstractmethod
    async def _claims(
        self, metadata: Metadata, tokens: Tokens, kept: KeptSecrets
    ) -> Mapping[str, Any]:
        """Return what it says of the person whose tokens these are."""

    def _account(self, claims: Mapping[str, Any]) -> ExternalAccount:
        return ExternalAccount.of(self.name, self.settings, claims)


class OpenIdProvider(Provider):
    """One that says whose account it is in a signed ID token."""

    def __init__(self, name: str, settings: ProviderSettings, clock: Clock) -> None:
        """Ask nothing yet."""
        super().__init__(name, settings, clock)
        self._discovery = Discovery(settings, self.asking, clock)

    async def from_id_token(self, id_token: str, nonce: str | None) -> ExternalAccount:
        """Take a token that was issued to one of the apps that are listed."""
        if not self.settings.audiences:
            raise ExternalLoginRefused("no apps of this provider are configured")
        metadata = await self._metadata()
        claims = await self._read(id_token, metadata, self.settings.audiences)
        require_nonce(claims, nonce, or_hashed=True)
        require_young(claims, self.clock.now())
        return self._account(claims)

    async def problem(self) -> str | None:
        """Fetch metadata and keys."""
        await self._discovery.metadata()
        await self._discovery.key("")
        return None

    async def close(self) -> None:
        """Stop fetching."""
        await self._discovery.close()

    async def _metadata(self) -> Metadata:
        return await self._discovery.metadata()

    async def _claims(
        self, metadata: Metadata, tokens: Tokens, kept: KeptSecrets
    ) -> Mapping[str, Any]:
        if tokens.id_token is None:
            raise ExternalLoginRefused("the token endpoint has issued no ID token")
        claims = await self._read(tokens.id_token, metadata, (self.settings.client_id,))
        require_nonce(claims, kept.nonce)
        require_fresh(claims, kept.fresh_since)
        is_asked_for = self.settings.asks_userinfo and metadata.userinfo_endpoint
        if "email" in claims or not is_asked_for or tokens.access_token is None:
            return claims
        more = await openid_claims(self.asking, metadata, tokens.access_token, claims.get("sub"))
        # An address and whether it is verified are said in one place.
        return {**more, **{key: said for key, said in claims.items() if key not in OF_AN_ADDRESS}}

    async def _read(
        self, token: str, metadata: Metadata, audiences: Collection[str]
    ) -> dict[str, Any]:
        return await read_id_token(
            token,
            self._discovery,
            issuer=self.settings.issuer,
            audiences=audiences,
            algorithms=metadata.algorithms,
            now=self.clock.now(),
        )


class OAuthProvider(Provider):
    """One that has no ID tokens, and says whose its access token is when it is asked."""

    async def _metadata(self) -> Metadata:
        return oauth_metadata(self.settings)

    async def _claims(
        self, metadata: Metadata, tokens: Tokens, kept: KeptSecrets
    ) -> Mapping[str, Any]:
        del metadata, kept
        if tokens.access_token is None:
            raise ExternalLoginRefused("the token endpoint has issued no access token")
        return await oauth_claims(self.settings, self.asking, tokens.access_token)


def made(name: str, settings: ProviderSettings, clock: Clock) -> Provider:
    """Return the provider that the settings describe."""
    kind = OpenIdProvider if settings.is_openid else OAuthProvider
    return kind(name, settings, clock)


def _introduced(settings: ProviderSettings, answer: Mapping[str, str]) -> dict[str, str]:
    """Return the name that Apple has the browser bring, the first time, beside the code.

    It is not signed, so it is no more than what somebody calls themselves; the address that comes
    with it is not looked at.
    """
    if settings.preset != "apple":
        return {}
    try:
        name = json.loads(answer.get("user", "")[:2048])["name"]
        parts = [name.get("firstName"), name.get("lastName")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}
    return {"name": " ".join(part for part in parts if isinstance(part, str))}
