"""The providers that are configured, and what is asked of them: in five seconds, or not at all."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self, TypeVar

from authberry.clock import Clock
from authberry.models.event_logger import event_logger
from authberry.providers.authorization import Authorization, KeptSecrets
from authberry.providers.external_account import ExternalAccount
from authberry.providers.refusals import (
    DENIED,
    TIMEOUT,
    ExternalLoginRefused,
    ProviderUnavailable,
    UnknownProvider,
)
from authberry.resources import Resources
from authberry.settings import ProviderSettings

if TYPE_CHECKING:
    from authberry.providers.provider import Provider

logger = event_logger("authberry.providers")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OfferedProvider:
    """One for which there is to be a button."""

    id: str
    name: str
    needs_cross_site_post: bool
    """Whether its answer is brought by a POST from its page, with no Lax cookie of ours."""
    takes_id_tokens: bool
    """Whether apps may bring ID tokens of it."""
    can_reauthenticate: bool
    """Whether it can say that somebody has proved who they are just now."""


class Providers:
    """Asks the providers that are configured, and checks what they say."""

    def __init__(self, configured: Mapping[str, ProviderSettings], clock: Clock) -> None:
        """Ask nobody yet; where there are none, no HTTP client is imported."""
        self._configured = configured
        self._providers = _made(configured, clock) if configured else {}

    @classmethod
    def wire(cls, resources: Resources) -> Self:
        """Know those that the settings name."""
        return cls(resources.settings.providers, resources.clock)

    def offered(self) -> Sequence[OfferedProvider]:
        """List them, in the order of the settings."""
        return [
            OfferedProvider(
                id=name,
                name=settings.label,
                needs_cross_site_post=settings.posts_across_sites,
                takes_id_tokens=bool(settings.audiences),
                can_reauthenticate=settings.can_reauthenticate,
            )
            for name, settings in self._configured.items()
        ]

    def find(self, name: str) -> OfferedProvider:
        """Return one; raises `UnknownProvider`."""
        for provider in self.offered():
            if provider.id == name:
                return provider
        raise UnknownProvider

    async def begin(
        self,
        name: str,
        redirect_uri: str,
        login_hint: str | None = None,
        *,
        is_fresh: bool = False,
    ) -> Authorization:
        """Say where a browser is to go, and what is to be kept until it is back.

        Args:
            name: Of the provider.
            redirect_uri: Where it comes back to: of this provider alone, as it is registered there.
            login_hint: Whose account it will be, if that is known; goes to the provider.
            is_fresh: Whether the person is to prove anew who they are, whatever session they have
                there; `finish` then refuses anything older.

        Raises:
            UnknownProvider: none has this name.
            ProviderUnavailable: it cannot be asked; within five seconds.
            ExternalLoginRefused: it cannot say how fresh a login is.
        """
        provider = self._provider(name)
        return await self._told(name, provider.begin(redirect_uri, login_hint, is_fresh=is_fresh))

    async def finish(
        self, name: str, redirect_uri: str, kept: KeptSecrets, answer: Mapping[str, str]
    ) -> ExternalAccount:
        """Check what a browser has brought back, and say whose account it is.

        Args:
            name: Of the provider.
            redirect_uri: As it was given to `begin`.
            kept: What `begin` made for this browser; to be used once.
            answer: The query of the callback, or its form; each parameter once.

        Raises:
            UnknownProvider: none has this name.
            ExternalLoginRefused: anything about it is wrong.
            ProviderUnavailable: it cannot be asked, or answers what cannot be read.
        """
        provider = self._provider(name)
        return await self._told(name, provider.finish(redirect_uri, kept, answer))

    async def from_id_token(self, name: str, id_token: str, nonce: str | None) -> ExternalAccount:
        """Check an ID token that an app has of its own; raises as `finish`.

        Args:
            name: Of the provider.
            id_token: Issued to one of the audiences that the settings list. It is good for as long
                as it says: that it is used once is for the caller to see to.
            nonce: Which the app has given the provider, or whose SHA-256 in hex; None if none.
        """
        return await self._told(name, self._provider(name).from_id_token(id_token, nonce))

    async def problem(self, name: str) -> str | None:
        """Ask a provider for what can be asked without a login; returns what is wrong with it."""
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._provider(name).problem()
        except ExternalLoginRefused as error:
            return error.reason
        except TimeoutError:
            return _TOO_LATE

    async def close(self) -> None:
        """Stop what is fetched in the background; all of it may be asked again."""
        for provider in self._providers.values():
            await provider.close()

    def _provider(self, name: str) -> "Provider":
        try:
            return self._providers[name]
        except KeyError:
            raise UnknownProvider from None

    async def _told(self, name: str, work: Awaitable[T]) -> T:
        """Wait for a step, and write into the log why it comes to nothing.

        The record has the provider and the reason, and nothing that anybody has sent.
        """
        try:
            async with asyncio.timeout(TIMEOUT):
                return await work
        except TimeoutError:
            refused: ExternalLoginRefused = ProviderUnavailable(_TOO_LATE)
        except ExternalLoginRefused as error:
            refused = error
        facts = {"provider": name, "cause": refused.reason}
        if refused.face == DENIED:
            logger.info("external login denied", extra=facts)
        elif isinstance(refused, ProviderUnavailable):
            logger.warning("provider unavailable", extra=facts)
        else:
            logger.warning("external login refused", extra=facts)
        raise refused


_TOO_LATE = f"no whole answer within {TIMEOUT} seconds"


def _made(configured: Mapping[str, ProviderSettings], clock: Clock) -> "dict[str, Provider]":
    from authberry.providers.provider import made  # noqa: PLC0415 - an HTTP client few need

    return {name: made(name, settings, clock) for name, settings in configured.items()}
