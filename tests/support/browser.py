"""A GraphQL client that keeps cookies as a browser does, and has an address."""

import json
from collections.abc import Mapping, Sequence
from http.cookies import Morsel, SimpleCookie
from typing import Any

import httpx
from round_robin import SERVERS

JSON = "application/json"
FIREFOX = "Firefox"
DEVICE = {"device", "__Host-device", "__Secure-device"}


class Browser:
    """Sends GraphQL to an application, and keeps the cookies it is given."""

    def __init__(
        self,
        app: Any,
        *,
        url: str = "http://127.0.0.1:8000",
        address: str | None = "192.0.2.1",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Send requests to `app` in this process, from `address`; or over the network.

        Either way the service is reached under `url`; over the network, by a `transport` if given.
        """
        self.app = app
        client = (address, 50_000) if address is not None else None
        # A balancer deals out connections: with one a request, each request meets another server.
        kept = None if SERVERS == "1" else 0
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept)
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False, client=client)  # type: ignore[arg-type]
            if app
            else transport or httpx.AsyncHTTPTransport(limits=limits),
            base_url=url,
            headers={"User-Agent": FIREFOX},
            timeout=60,
        )

    async def ask(
        self,
        document: str,
        variables: Mapping[str, object] | None = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        path: str = "/graphql",
        **more: object,
    ) -> httpx.Response:
        """POST a document, as a page of the service's own origin would.

        Args:
            document: With one operation.
            variables: Of the document.
            token: An access token.
            headers: More of them, or others; None leaves one out.
            path: Where.
            more: Variables of the document.
        """
        return await self.send(
            path=path,
            # Escaped, since not all that a test sends is Unicode.
            content=json.dumps({"query": document, "variables": {**(variables or {}), **more}}),
            headers={
                "Content-Type": JSON,
                "Origin": self.origin,
                "Authorization": f"Bearer {token}" if token else None,
                **(headers or {}),
            },
        )

    async def send(
        self,
        method: str = "POST",
        path: str = "/graphql",
        *,
        headers: Mapping[str, str | None] | Sequence[tuple[str, str | bytes]] | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Send anything anywhere; headers that are None are left out."""
        pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
        sent = [(name.encode(), _raw(value)) for name, value in pairs if value is not None]
        return await self._client.request(method, path, headers=sent, **options)

    @property
    def origin(self) -> str:
        """Of the pages it shows."""
        url = self._client.base_url
        return f"{url.scheme}://{url.netloc.decode()}"

    @property
    def cookies(self) -> dict[str, str | None]:
        """What is in the jar, beside what the device is known by, which stays."""
        jar = self._client.cookies.jar
        return {cookie.name: cookie.value for cookie in jar if cookie.name not in DEVICE}

    @property
    def device(self) -> str | None:
        """What the device is known by."""
        return next((one.value for one in self._client.cookies.jar if one.name in DEVICE), None)

    def keep(self, name: str, value: str) -> None:
        """Put a cookie into the jar, as somebody with a copy of it does."""
        self._client.cookies.set(name, value, domain=self._client.base_url.host)

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    def forget(self) -> None:
        """Empty the jar."""
        self._client.cookies.clear()


def _raw(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def set_cookies(response: httpx.Response) -> list[str]:
    """The cookies that a response sets, beside that of the device."""
    headers: list[str] = response.headers.get_list("set-cookie")
    return [header for header in headers if header.partition("=")[0] not in DEVICE]


def cookie_set(response: httpx.Response) -> Morsel[str]:
    """The one cookie that a response sets, beside that of the device."""
    (header,) = set_cookies(response)
    (morsel,) = SimpleCookie(header).values()
    return morsel


def cookie_names(response: httpx.Response) -> dict[str, bool]:
    """The cookies that a response sets, and whether each is kept rather than deleted."""
    headers = response.headers.get_list("set-cookie")
    return {header.partition("=")[0]: "Max-Age=0;" not in header for header in headers}


def data(response: httpx.Response) -> Any:
    """What the one root field of an operation answered, where nothing else went wrong."""
    body = response.json()
    assert list(body) == ["data"], body
    (answer,) = body["data"].values()
    return answer


def errors(response: httpx.Response) -> list[tuple[str, dict[str, Any]]]:
    """The errors of a response: message and extensions."""
    return [(error["message"], error["extensions"]) for error in response.json().get("errors", [])]


def codes(response: httpx.Response) -> list[str]:
    """The codes of the errors of a response."""
    return [extensions["code"] for _, extensions in errors(response)]
