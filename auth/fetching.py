"""Asking an address that is configured, over HTTP: for so long, for so much, and nobody else.

The one file that imports httpx2.
"""

import ssl
from collections.abc import Mapping
from functools import cached_property
from urllib.parse import urlsplit

import httpx2

from authberry.public_addresses import PrivateAddress, is_proxied, resolved

__all__ = ["Fetcher", "PrivateAddress", "UnusableAnswer"]


class UnusableAnswer(Exception):
    """It is none; the message goes on behind "the answer"."""


class Fetcher:
    """Reads answers."""

    def __init__(self, *, timeout: float, max_bytes: int, only_public: bool = False) -> None:
        """Say how long to wait, how much to take, and whom to ask.

        Args:
            timeout: Seconds, for each piece of an answer.
            max_bytes: Of an answer.
            only_public: Ask nobody on this machine or in a private network, whatever a name
                resolves to. Where a proxy carries what is asked, that is the proxy's to refuse.
        """
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._only_public = only_public

    async def ask(self, url: str, headers: Mapping[str, str]) -> bytes:
        """Ask, and follow no redirection: it would lead to an address that nobody configured.

        Raises:
            UnusableAnswer: there is one that is not to be read.
            PrivateAddress: only public addresses are asked, and it is not at one.
            httpx2.HTTPError: there is none.
        """
        status, body = await self._send("GET", url, headers)
        if status != httpx2.codes.OK:
            raise UnusableAnswer(f"has status {status}")
        return body

    async def post(
        self, url: str, headers: Mapping[str, str], form: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Send a form; returns status and body of whatever the answer is.

        Raises:
            UnusableAnswer, PrivateAddress, httpx2.HTTPError: as `ask`.
        """
        return await self._send("POST", url, headers, form)

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> tuple[int, bytes]:
        # As long as it takes, and no longer: a connection is not worth keeping for minutes.
        async with (
            self._client(url) as client,
            # A few bytes that unpack to gigabytes are not asked for, nor read.
            client.stream(
                method, url, headers={**headers, "Accept-Encoding": "identity"}, data=form
            ) as answer,
        ):
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise UnusableAnswer("is compressed")
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > self._max_bytes:
                    raise UnusableAnswer(f"is longer than {self._max_bytes} bytes")
            return answer.status_code, bytes(body)

    def _client(self, url: str) -> httpx2.AsyncClient:
        is_direct = self._only_public and not is_proxied(url)
        return httpx2.AsyncClient(
            verify=self._ssl_context,
            # A proxy of the environment carries https, which it cannot change. What is on this
            # machine is asked directly: a proxy could answer in its place.
            trust_env=urlsplit(url).scheme == "https",
            transport=_PublicOnly(self._ssl_context) if is_direct else None,
            follow_redirects=False,
            timeout=self._timeout,
        )

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext:
        """Read once: it takes as long as a hundred signatures."""
        return httpx2.create_ssl_context()


class _PublicOnly(httpx2.AsyncBaseTransport):
    """Connects to the addresses of a name, if every one of them is public."""

    def __init__(self, context: ssl.SSLContext) -> None:
        """Connect to nobody yet."""
        self._transport = httpx2.AsyncHTTPTransport(verify=context)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Ask by address; the name stays in the header `Host` and in the certificate."""
        url = request.url
        # The certificate has to be the name's (RFC 6066, section 3).
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        try:
            *others, last = await resolved(url.host, url.port or 443)
        except OSError as error:
            raise httpx2.ConnectError(error.strerror or "no such name", request=request) from None
        for address in others:
            request.url = url.copy_with(host=address)
            try:
                return await self._transport.handle_async_request(request)
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                continue  # nothing was sent
        request.url = url.copy_with(host=last)
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()
