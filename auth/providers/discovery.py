"""The metadata and the keys of a provider, fetched when they are wanted and kept for a while."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

from authberry.clock import Clock
from authberry.errors import KeysUnavailable
from authberry.models.event_logger import event_logger
from authberry.providers.asking import Asking
from authberry.providers.metadata import Metadata, UnusableMetadata, metadata_url, read_metadata
from authberry.providers.refusals import TIMEOUT, ProviderUnavailable
from authberry.settings import ProviderSettings
from authberry.tokens import FetchedKeys, Key, fetched_keys

logger = event_logger("authberry.providers")

LIFETIME = timedelta(hours=1)
RETRY = timedelta(seconds=2)
"""For so long a failure is the answer for everybody, so that strangers cause no more questions."""


class Discovery:
    """Knows one provider by its issuer."""

    def __init__(self, settings: ProviderSettings, asking: Asking, clock: Clock) -> None:
        """Ask nothing yet."""
        self._settings = settings
        self._asking = asking
        self._clock = clock
        self._metadata: Metadata | None = None
        self._read_at: datetime | None = None
        self._failed_at: datetime | None = None
        self._failure = ProviderUnavailable("the metadata was not fetched yet")
        self._fetching: asyncio.Task[None] | None = None
        self._keys: FetchedKeys | None = None
        self._keys_url = ""

    async def metadata(self) -> Metadata:
        """Return the provider's metadata; what is older than an hour is renewed behind it.

        Raises:
            ProviderUnavailable: there is none yet.
        """
        is_old = self._has_passed(LIFETIME, self._read_at)
        if is_old and self._has_passed(RETRY, self._failed_at):
            fetching = self._start_fetching()
            if self._metadata is None:
                # One who gives up must not take the answer from the others.
                await asyncio.shield(fetching)
        if self._metadata is None:
            raise ProviderUnavailable(self._failure.reason)
        return self._metadata

    async def key(self, kid: str) -> Key | None:
        """Return the key of that id, from the configured issuer's set and from nowhere else.

        An id that is not known is looked for there, at most every 30 seconds.

        Raises:
            ProviderUnavailable: there are no keys at all.
        """
        keys = self._keys_of(await self.metadata())
        if keys.verifying(kid) is None:
            try:
                await keys.refresh(unknown_kid=True)
            except KeysUnavailable as error:
                raise ProviderUnavailable(f"the keys: {error.reason}") from None
        return keys.verifying(kid)

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetching is not None and self._is_fetching():
            self._fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self._fetching
        if self._keys is not None:
            await self._keys.close()

    def _keys_of(self, metadata: Metadata) -> FetchedKeys:
        if self._keys is None or self._keys_url != metadata.jwks_uri:
            self._keys_url = metadata.jwks_uri
            self._keys = fetched_keys(
                metadata.jwks_uri,
                refresh_interval=LIFETIME,
                clock=self._clock,
                fetcher=self._asking.fetcher,
            )
        return self._keys

    def _start_fetching(self) -> "asyncio.Task[None]":
        if self._fetching is None or not self._is_fetching():
            self._fetching = asyncio.get_running_loop().create_task(self._fetch())
        return self._fetching

    def _is_fetching(self) -> bool:
        task = self._fetching
        # One of a loop that was closed, as test clients do, will never be done.
        return (
            task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop()
        )

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                raw = await self._asking.ask("the metadata", metadata_url(self._settings.issuer))
            self._metadata = read_metadata(raw, self._settings)
        except TimeoutError:
            self._fail(f"the metadata: no whole answer within {TIMEOUT} seconds")
        except ProviderUnavailable as error:
            self._fail(error.reason)
        except UnusableMetadata as error:
            self._fail(f"the metadata {error}")
        else:
            self._read_at, self._failed_at = self._clock.now(), None

    def _fail(self, reason: str) -> None:
        # Who waits for it says so; behind those who do not, it is said once in a row of failures.
        if self._metadata is not None and self._failed_at is None:
            facts = {"issuer": self._settings.issuer, "cause": reason}
            logger.warning("provider metadata not renewed", extra=facts)
        self._failed_at, self._failure = self._clock.now(), ProviderUnavailable(reason)

    def _has_passed(self, time: timedelta, since: datetime | None) -> bool:
        # A clock that has jumped back must not keep anybody waiting.
        return since is None or abs(self._clock.now() - since) >= time
