"""Asking an address that is configured, over HTTP: for so long, for so much, and nobody else.

The one file that imports httpx2.
"""

import ssl
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

import httpx2


class UnusableAnswer(Exception):
    """It is none; the message goes on behind "the answer"."""


class Fetcher:
    """Reads answers."""

    def __init__(self, *, timeout: float, max_bytes: int) -> None:
        """Wait so many seconds for each piece of an answer, and take so many bytes of it."""
        self._timeout = timeout
        self._max_bytes = max_bytes

    async def fetch(self, url: str, headers: Mapping[str, str]) -> bytes:
        """Ask, and follow no redirection: it would lead to an address that nobody configured.

        Raises:
            UnusableAnswer: there is one that is not to be read.
            httpx2.HTTPError: there is none.
        """
        # As long as it takes, and no longer: a connection is not worth keeping for minutes.
        async with (
            httpx2.AsyncClient(
                verify=self._ssl_context,
                # A proxy of the environment carries https, which it cannot change. What is on this
                # machine is asked directly: a proxy could answer in its place.
                trust_env=urlsplit(url).scheme == "https",
                follow_redirects=False,
                timeout=self._timeout,
            ) as client,
            # A few bytes that unpack to gigabytes are not asked for, nor read.
            client.stream("GET", url, headers={**headers, "Accept-Encoding": "identity"}) as answer,
        ):
            if answer.status_code != httpx2.codes.OK:
                raise UnusableAnswer(f"has status {answer.status_code}")
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise UnusableAnswer("is compressed")
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > self._max_bytes:
                    raise UnusableAnswer(f"is longer than {self._max_bytes} bytes")
            return bytes(body)

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        """Read once: it takes as long as a hundred signatures."""
        return httpx2.create_ssl_context()
