"""The interface of the room: no provider is configured yet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from authberry.resources import Resources
from authberry.signing import Proof


class UnknownProvider(Exception):
    """No provider of this name is configured."""


class ProviderUnavailable(Exception):
    """The provider cannot be reached, or is too slow."""


class ExternalLoginRefused(Exception):
    """The provider's answer is not taken."""

    def __init__(self, reason: str, face: str) -> None:
        """Keep the reason, for the log, and the word that a client is told."""
        super().__init__(reason)
        self.reason = reason
        self.face = face


@dataclass(frozen=True, slots=True)
class ExternalAccount:
    """What a provider says of somebody, checked."""

    provider: str
    issuer: str
    subject: str
    email: str | None = field(repr=False)
    email_verified: bool
    name: str | None = field(repr=False)
    proof: Proof


@dataclass(frozen=True, slots=True)
class KeptSecrets:
    """What is kept between going to a provider and coming back."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)

    def to_json(self) -> str:
        """Write them."""
        return json.dumps([self.state, self.nonce, self.code_verifier])

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        return cls(*json.loads(text))


@dataclass(frozen=True, slots=True)
class Authorization:
    """A way to a provider."""

    url: str
    kept: KeptSecrets


@dataclass(frozen=True, slots=True)
class OfferedProvider:
    """A provider as people see it."""

    id: str
    name: str
    needs_cross_site_post: bool = False
    can_reauthenticate: bool = True


Provider = OfferedProvider


class Providers:
    """Speaks with the providers that are configured."""

    @classmethod
    def wire(cls, resources: Resources) -> Self:  # noqa: ARG003 - none is configured yet
        """Read what is configured."""
        return cls()

    def offered(self) -> Sequence[OfferedProvider]:
        """List them, in the order of the settings."""
        return ()

    def find(self, name: str) -> Provider:
        """Return the one of that name.

        Raises:
            UnknownProvider: there is none.
        """
        for provider in self.offered():
            if provider.id == name:
                return provider
        raise UnknownProvider(name)

    async def begin(
        self, name: str, redirect_uri: str, login_hint: str | None = None, *, fresh: bool = False
    ) -> Authorization:
        """Return where a browser is sent.

        Raises:
            UnknownProvider, ProviderUnavailable: as they say.
        """
        raise UnknownProvider(name)

    async def finish(
        self, name: str, redirect_uri: str, kept: KeptSecrets, answer: Mapping[str, str]
    ) -> ExternalAccount:
        """Check what came back.

        Raises:
            ExternalLoginRefused, UnknownProvider, ProviderUnavailable: as they say.
        """
        raise UnknownProvider(name)

    async def from_id_token(self, name: str, id_token: str, nonce: str | None) -> ExternalAccount:
        """Check an ID token that an app brings.

        Raises:
            ExternalLoginRefused, UnknownProvider, ProviderUnavailable: as they say.
        """
        raise UnknownProvider(name)
