"""Keys that are fetched, for whoever has an HTTP client: not all who verify have one."""

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from authberry.clock import Clock
from authberry.tokens.jose import Key

if TYPE_CHECKING:
    from authberry.fetching import Fetcher
    from authberry.tokens.remote_keys import RemoteKeys


class FetchedKeys(Protocol):
    """The keys of another server; see `authberry.tokens.remote_keys`."""

    def verifying(self, kid: str) -> Key | None:
        """Return the key of that id; where keys have grown old, they are renewed behind it."""

    async def refresh(self, *, unknown_kid: bool) -> None:
        """Fetch because a token names a key that is not here; raises `KeysUnavailable`."""

    def start_fetching(self) -> object:
        """Fetch in the background, once at a time."""

    async def close(self) -> None:
        """Stop fetching."""


def fetched_keys(
    url: str, *, refresh_interval: timedelta, clock: Clock, fetcher: "Fetcher | None" = None
) -> "RemoteKeys":
    """Return the keys at an address, of which none is fetched yet.

    Raises:
        ValueError: the address is not https, and not on this machine.
        ImportError: httpx2 is not there to fetch keys with.
    """
    try:
        from authberry.tokens.remote_keys import RemoteKeys  # noqa: PLC0415 - not all need httpx2
    except ModuleNotFoundError as missing:
        raise ImportError("to fetch keys: pip install 'authberry[verify]'") from missing
    return RemoteKeys(url, refresh_interval=refresh_interval, clock=clock, fetcher=fetcher)
