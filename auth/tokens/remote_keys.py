"""Keys of another server, fetched from the one address that is configured, and kept.

A request never waits while there are keys: they are renewed behind its back. Whatever goes wrong
meanwhile changes nothing, since a server that cannot be reached has not withdrawn anything.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from authberry.clock import Clock
from authberry.errors import KeysUnavailable
from authberry.fetching import Fetcher, UnusableAnswer
from authberry.tokens.jose import Key
from authberry.tokens.key_set import UnusableKeySet, published

logger = logging.getLogger("authberry.verifier")

FETCH_TIMEOUT = 5  # seconds, for the whole answer
MAX_BYTES = 64 * 1024
UNKNOWN_KEY_INTERVAL = timedelta(seconds=30)
RETRY_FIRST = timedelta(seconds=1)
RETRY_LAST = timedelta(seconds=30)
_HEADERS = {"Accept": "application/jwk-set+json, application/json"}


class RemoteKeys:
    """The keys that a server publishes, as of the last time that it could be asked."""

    def __init__(
        self,
        url: str,
        *,
        refresh_interval: timedelta,
        clock: Clock,
        fetcher: Fetcher | None = None,
    ) -> None:
        """Fetch nothing yet.

        Args:
            url: Where the keys are.
            refresh_interval: How long they are good before they are fetched again.
            clock: What time it is.
            fetcher: Asks for them, unless it is to be one of our own.

        Raises:
            ValueError: the address is not https, and not on this machine.
        """
        self._address = _checked(url)
        self._fetcher = fetcher or Fetcher(timeout=FETCH_TIMEOUT, max_bytes=MAX_BYTES)
        self._interval = refresh_interval
        self._clock = clock
        self._keys: dict[str, Key] = {}
        self._tried_at: datetime | None = None
        self._looked_up_at: datetime | None = None
        self._failures = 0
        self._reason = "the keys were not fetched yet"
        self._fetching: asyncio.Task[None] | None = None

    def verifying(self, kid: str) -> Key | None:
        """The key of that id; where keys have grown old, they are renewed in the background."""
        if self._keys and self._is_due():
            self.start_fetching()
        return self._keys.get(kid)

    async def refresh(self, *, unknown_kid: bool) -> None:
        """Fetch because a token names a key that is not here: at once, or not within 30 seconds.

        Strangers can ask for it, so all who do meanwhile wait for the same answer.

        Raises:
            KeysUnavailable: there is no key at all.
        """
        if self._is_fetching() or (unknown_kid and self._may_look_up()):
            # One who gives up must not take the answer from the others.
            await asyncio.shield(self.start_fetching())
        if not self._keys:
            raise KeysUnavailable(self._reason)

    def start_fetching(self) -> "asyncio.Task[None]":
        """Fetch in the background, once at a time."""
        if self._fetching is None or not self._is_fetching():
            self._fetching = asyncio.get_running_loop().create_task(self._fetch())
        return self._fetching

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetching is not None and self._is_fetching():
            self._fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self._fetching
        self._fetching = None

    def _is_fetching(self) -> bool:
        task = self._fetching
        # One of a loop that was closed, as test clients do, will never be done.
        return (
            task is not None and not task.done() and task.get_loop() is asyncio.get_running_loop()
        )

    def _is_due(self) -> bool:
        wait = self._interval
        if self._failures:
            wait = min(RETRY_FIRST * 2 ** min(self._failures - 1, 10), RETRY_LAST)
        return self._has_passed(wait, since=self._tried_at)

    def _may_look_up(self) -> bool:
        if not self._keys:
            return self._is_due()
        if not self._has_passed(UNKNOWN_KEY_INTERVAL, since=self._looked_up_at):
            return False
        self._looked_up_at = self._clock.now()
        return True

    def _has_passed(self, time: timedelta, *, since: datetime | None) -> bool:
        # A clock that has jumped back must not keep anybody waiting.
        return since is None or abs(self._clock.now() - since) >= time

    async def _fetch(self) -> None:
        self._tried_at = self._clock.now()
        try:
            async with asyncio.timeout(FETCH_TIMEOUT):
                self._keys = published(await self._fetcher.ask(self._address.geturl(), _HEADERS))
        except asyncio.CancelledError:
            self._tried_at = None  # nobody knows what the answer would have been
            raise
        except TimeoutError:
            self._fail(f"no whole answer within {FETCH_TIMEOUT} seconds")
        except (UnusableAnswer, UnusableKeySet) as error:
            self._fail(f"the answer {error}")
        except Exception as error:  # noqa: BLE001 - whatever it is, the keys go on
            self._fail(f"{type(error).__name__}: {error}".removesuffix(": "))
        else:
            if self._failures:
                logger.info("signing keys of %s fetched again", self._address.netloc)
            self._failures = 0

    def _fail(self, reason: str) -> None:
        self._failures += 1
        self._reason = reason
        # Once in a row of failures; a log is no place to count them.
        if self._failures == 1:
            logger.warning("signing keys of %s not fetched: %s", self._address.netloc, reason)


def _checked(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        _ = address.port
    except ValueError:
        raise ValueError("jwks_url: must be an address with a port that there is") from None
    if not address.hostname or address.username is not None or address.fragment:
        raise ValueError("jwks_url: must be an address without a user and without a fragment")
    if address.scheme != "https" and not (
        address.scheme == "http" and _is_loopback(address.hostname)
    ):
        raise ValueError("jwks_url: must be https, except on this machine")
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
