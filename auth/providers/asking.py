"""Asking a provider: what goes wrong is a reason for the log, and holds nothing that was sent."""

import json
from collections.abc import Mapping
from typing import Any

from authberry.fetching import Fetcher, PrivateAddress, UnusableAnswer
from authberry.providers.refusals import TIMEOUT, ProviderUnavailable
from authberry.settings import ProviderSettings

MAX_BYTES = 128 * 1024
# GitHub answers nobody who does not say who they are.
_HEADERS = {"Accept": "application/json", "User-Agent": "authberry"}


def fetcher_for(settings: ProviderSettings) -> Fetcher:
    """Return what asks this provider, at public addresses unless others are allowed."""
    is_public = not settings.private_addresses
    return Fetcher(timeout=TIMEOUT, max_bytes=MAX_BYTES, only_public=is_public)


class Asking:
    """Asks one provider."""

    def __init__(self, settings: ProviderSettings) -> None:
        """Ask nothing yet."""
        self.fetcher = fetcher_for(settings)

    async def ask(self, what: str, url: str, token: str | None = None) -> bytes:
        """Return the answer of an address; `what` names it in reasons.

        Raises:
            ProviderUnavailable: there is none, or it is not to be read.
        """
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            return await self.fetcher.ask(url, {**_HEADERS, **authorization})
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the provider's
            raise _unavailable(what, error) from None

    async def ask_json(self, what: str, url: str, token: str) -> Any:
        """Return what an address answers in JSON; raises `ProviderUnavailable`."""
        return _json(what, await self.ask(what, url, token))

    async def post(
        self, what: str, url: str, form: Mapping[str, str], headers: Mapping[str, str]
    ) -> tuple[int, Any]:
        """Send a form; returns the status and what is answered in JSON.

        Raises:
            ProviderUnavailable: it redirects, or fails, or answers nothing that can be read.
        """
        try:
            status, body = await self.fetcher.post(url, {**_HEADERS, **headers}, form)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the provider's
            raise _unavailable(what, error) from None
        if not (200 <= status < 300 or 400 <= status < 500):  # noqa: PLR2004 - RFC 9110, section 15
            raise ProviderUnavailable(f"{what}: the answer has status {status}")
        return status, _json(what, body)


def _json(what: str, body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ProviderUnavailable(f"{what}: the answer is not JSON") from None


def _unavailable(what: str, error: Exception) -> ProviderUnavailable:
    if isinstance(error, UnusableAnswer):
        return ProviderUnavailable(f"{what}: the answer {error}")
    if isinstance(error, PrivateAddress):
        return ProviderUnavailable(f"{what}: the server {error}")
    # Its name alone: what it says may be an address with what was sent.
    return ProviderUnavailable(f"{what}: {type(error).__name__}")
