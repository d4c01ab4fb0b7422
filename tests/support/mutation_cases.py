"""Somebody who sends mutations, and a mutation in a situation."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
from apps import person
from browser import Browser
from frozen_clock import FrozenClock
from held_factors import Phone, add_phone
from people import PHONE, begin
from sent_mail import token_to

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.models import User
from authberry.signing import PASSWORD_PROOF, Proof

Ask = Callable[[], Awaitable[httpx.Response]]
NEW_PASSWORD = "another horse, another staple"


@dataclass
class Ada:
    """Somebody with an address and a network of her own, in a browser that keeps cookies."""

    app: Any
    clock: FrozenClock
    number: int

    def __post_init__(self) -> None:
        """Open the browser."""
        self.auth: Auth = self.app.state.auth
        self.browser = Browser(self.app, address=f"198.51.{self.number}.1")
        self.token: str | None = None

    @property
    def email(self) -> str:
        """The address that she has, or is to have."""
        return f"ada{self.number}@example.com"

    @property
    def new_email(self) -> str:
        """The address that she changes to."""
        return f"new-{self.email}"

    async def has_account(self, **columns: object) -> None:
        """Make her account, whose address is proved."""
        user = await person(self.auth, self.email)
        with self.auth.database.use():
            await User.filter(id=user.id).update(**{"email_verified": True, **columns})

    async def user(self) -> User:
        """Return her as she is by now."""
        found = await self.auth.accounts.find(self.email)
        assert found
        return found

    async def has_phone(self) -> Phone:
        """Let her have an app that shows codes."""
        return await add_phone(self.auth, await self.user())

    async def is_logged_in(self, proof: Proof = PASSWORD_PROOF) -> Issued:
        """Let her have a session in the browser, and one on her phone."""
        user = await self.user()
        await begin(self.auth, user, PHONE)
        issued = await begin(self.auth, user, transport=RefreshTokenTransport.COOKIE, proof=proof)
        self.browser.keep("refresh_token", issued.refresh_token)
        self.token = issued.access_token.value
        return issued

    def asks(self, document: str, **variables: object) -> Ask:
        """Return what sends a document."""
        return lambda: self.browser.ask(document, variables, token=self.token)

    async def asked(self, document: str, **variables: object) -> None:
        """Send a document, which is no matter of the test."""
        response = await self.asks(document, **variables)()
        assert "errors" not in response.json(), response.text

    async def token_at(self, address: str) -> str:
        """The token of the last link that was mailed to an address."""
        return await token_to(self.auth, address)


@dataclass(frozen=True)
class Case:
    """A mutation in a situation."""

    mutation: str
    prepare: Callable[[Ada], Awaitable[Ask]]
    answer: str
    """The type of the answer when nothing is in the way."""
    situation: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For people to read."""
        return f"`{self.mutation}`{self.situation and f' ({self.situation})'}"
