"""People who visit a site that a server renders, and the browsers that they have."""

from contextlib import AsyncExitStack

import httpx
from documents import REVOKE_SESSION
from people import begin
from playwright.async_api import Browser, BrowserContext
from rendered_site import Site

from authberry import Auth, Client, Issued, RefreshTokenTransport
from authberry.models import RefreshToken, User

TIMEOUT = 60  # seconds
PHONE = Client("198.51.100.7", "Phone", "request-1")


class Profiles:
    """Browsers of people, each with a cookie jar of its own."""

    def __init__(self, chromium: Browser, stack: AsyncExitStack) -> None:
        """Open none yet; they are closed with the stack."""
        self._chromium = chromium
        self._stack = stack

    async def open_(self, *, scripts: bool = True) -> BrowserContext:
        """Open one, with an empty jar; in one without scripts no page has any."""
        profile = await self._chromium.new_context(
            java_script_enabled=scripts, ignore_https_errors=True
        )
        self._stack.push_async_callback(profile.close)
        profile.set_default_timeout(TIMEOUT * 1000)
        return profile


class Person:
    """Somebody with an account, and their sessions."""

    def __init__(self, rules: Auth, site: Site, person: User) -> None:
        """Nobody is, yet."""
        self._rules = rules
        self._site = site
        self._person = person

    async def log_in(self, profile: BrowserContext) -> Issued:
        """Let a browser hold the cookie of a new session."""
        issued = await self.elsewhere()
        await profile.add_cookies(
            [
                {
                    "name": "__Host-session",
                    "value": issued.refresh_token,
                    "url": self._site.url,
                    "secure": True,
                    "httpOnly": True,
                    "sameSite": "Lax",
                }
            ]
        )
        return issued

    async def elsewhere(self) -> Issued:
        """Begin another session, on a phone."""
        return await begin(
            self._rules, self._person, PHONE, transport=RefreshTokenTransport.SESSION
        )

    async def ask(self, issued: Issued, document: str, **variables: object) -> httpx.Response:
        """Ask the service as a program does that holds the cookie of a session."""
        headers = {"Cookie": f"__Host-session={issued.refresh_token}"}
        body = {"query": document, "variables": variables}
        async with httpx.AsyncClient(base_url=self._site.server.url, timeout=TIMEOUT) as client:
            response = await client.post("/graphql", json=body, headers=headers)
        assert "errors" not in response.json(), response.text
        return response

    async def end(self, issued: Issued) -> None:
        """End a session of theirs from another device."""
        await self.ask(await self.elsewhere(), REVOKE_SESSION, id=str(issued.session.id))

    async def live_sessions(self) -> int:
        """How many sessions of theirs there are that have not ended."""
        with self._rules.database.use():
            return await RefreshToken.filter(user_id=self._person.id, revoked_at=None).count()

    async def name(self) -> str | None:
        """What they are called by now."""
        with self._rules.database.use():
            return (await User.get(id=self._person.id)).name
