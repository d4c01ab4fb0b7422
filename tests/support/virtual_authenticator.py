"""An authenticator inside Chromium, which makes passkeys and shows them."""

from dataclasses import dataclass
from typing import Any, Self

from playwright.async_api import CDPSession, Page

BUILT_IN = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
"""As in a laptop or a phone, whose owner touches it at once and is known to it."""


@dataclass(frozen=True)
class VirtualAuthenticator:
    """What one page has at hand. It outlives its reloads, and is gone when it is closed."""

    session: CDPSession
    id: str

    @classmethod
    async def beside(cls, page: Page, **options: object) -> Self:
        """Put one beside a page, with other options than `BUILT_IN` if need be."""
        session = await page.context.new_cdp_session(page)
        await session.send("WebAuthn.enable", {"enableUI": False})
        added = await session.send(
            "WebAuthn.addVirtualAuthenticator", {"options": {**BUILT_IN, **options}}
        )
        return cls(session, added["authenticatorId"])

    async def credentials(self) -> list[dict[str, Any]]:
        """Everything that it holds, private keys and all."""
        held = await self._send("getCredentials")
        credentials: list[dict[str, Any]] = held["credentials"]
        return credentials

    async def take(self, credential: dict[str, Any]) -> None:
        """Hold this one too, as a copy would."""
        await self._send("addCredential", credential=credential)

    async def forget(self, credential: dict[str, Any]) -> None:
        """Hold it no more, and nothing else of its id."""
        await self._send("removeCredential", credentialId=credential["credentialId"])

    async def remove(self) -> None:
        """Take it away from the page."""
        await self._send("removeVirtualAuthenticator")

    async def verify_user(self, *, is_verified: bool) -> None:
        """Know its owner from now on, or know nobody."""
        await self._send("setUserVerified", isUserVerified=is_verified)

    async def be_touched(self, *, is_touched: bool) -> None:
        """Be touched at once whenever it asks for it, or never."""
        await self._send("setAutomaticPresenceSimulation", enabled=is_touched)

    async def _send(self, command: str, **more: object) -> Any:
        return await self.session.send(f"WebAuthn.{command}", {"authenticatorId": self.id, **more})
