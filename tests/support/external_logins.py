"""Somebody who logs in at a provider in a browser, and what clients send for that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from browser import Browser, data
from rows import Row
from stand_in_provider import CLIENT_ID, CLIENT_SECRET, StandInProvider

from authberry import Auth
from authberry.models import ExternalIdentity, ExternalLogin, User
from authberry.providers import ExternalAccount
from authberry.signing import FEDERATED_PROOF

PROVIDER = "acme"
RETURN_TO = "http://127.0.0.1:8000/account/"
AS_EVER: dict[str, object] = {
    "email_verification": "optional",
    "security_notices": True,
    "event_ttl": 86400,
}
"""What tests of other things leave out."""
LED_HERE = {"Accept": "text/html,*/*", "Sec-Fetch-Site": "cross-site", "Origin": None}
"""What a browser says that a page of another site leads here."""

_ANSWER = """
    __typename
    ... on AuthPayload {
      accessToken refreshToken user { id email name emailVerified } session { id acr amr }
    }
    ... on SecondFactorRequired { ticket factors }
    ... on FactorEnrollmentRequired { ticket allowed }
    ... on AccountLinkRequired { ticket expiresAt provider email }
    ... on IdentityLinked { identity { id provider email createdAt lastUsedAt } }
    ... on EmailSent { ok }
    ... on ExternalLoginFailed { reason }
    ... on InvalidProof { attemptsLeft }
    ... on Error { code message }
"""
BEGIN_EXTERNAL_LOGIN = """
mutation Begin(
  $provider: ID!, $returnTo: String!, $intent: ExternalLoginIntent! = LOGIN,
  $transport: RefreshTokenTransport! = COOKIE
) {
  beginExternalLogin(
    provider: $provider, returnTo: $returnTo, intent: $intent, transport: $transport
  ) {
    __typename
    ... on ExternalLoginBegun { authorizationUrl ticket expiresAt }
    ... on InvalidInput { field }
    ... on Error { code message }
  } }"""
COMPLETE_EXTERNAL_LOGIN = f"""
mutation Complete($ticket: String) {{ completeExternalLogin(ticket: $ticket) {{ {_ANSWER} }} }}"""
CONFIRM_ACCOUNT_LINK = f"""
mutation Confirm($proof: Proof!, $ticket: String) {{
  confirmAccountLink(proof: $proof, ticket: $ticket) {{ {_ANSWER} }} }}"""
LOGIN_WITH_ID_TOKEN = f"""
mutation WithIdToken(
  $provider: ID!, $idToken: String!, $nonce: String, $transport: RefreshTokenTransport! = BODY
) {{
  loginWithIdToken(
    provider: $provider, idToken: $idToken, nonce: $nonce, transport: $transport
  ) {{ {_ANSWER} }} }}"""
UNLINK_IDENTITY = """
mutation Unlink($id: ID!) {
  unlinkIdentity(id: $id) { __typename ... on IdentityUnlinked { ok } ... on Error { code } } }"""
IDENTITIES = "{ identities { id provider email createdAt lastUsedAt } }"
EXTERNAL_PROVIDERS = "{ externalProviders { id name } }"


def acme(server: StandInProvider, **options: object) -> dict[str, object]:
    """Settings of a provider that is the server of the test."""
    return {
        "issuer": server.issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "private_addresses": True,
        "trust_email": True,
        **options,
    }


@dataclass
class Traveller:
    """Somebody in a browser, who goes to a provider and back."""

    browser: Browser
    server: StandInProvider
    person: Mapping[str, object] = field(default_factory=dict)
    """What the provider says of them, where that is not what it says of everybody."""
    token: str | None = None
    """Their access token, if they are logged in."""

    async def begin(self, **variables: object) -> dict[str, Any]:
        """Ask where to go."""
        asked: dict[str, object] = {"provider": PROVIDER, "returnTo": RETURN_TO, **variables}
        return dict(data(await self.browser.ask(BEGIN_EXTERNAL_LOGIN, asked, token=self.token)))

    def log_in_there(self, url: str, **answer: str | None) -> dict[str, str]:
        """Log in at the provider, and agree; returns what the browser is to bring back."""
        self.server.claims = dict(self.person)
        return self.server.authorize(url, **answer)

    async def come_back(
        self, brought: Mapping[str, str], provider: str = PROVIDER
    ) -> httpx.Response:
        """Bring a provider's answer, as a browser does that is led here."""
        return await self.browser.send(
            "GET", f"/external/{provider}/callback", params=brought, headers=LED_HERE
        )

    async def complete(self, ticket: str | None = None) -> dict[str, Any]:
        """End what was begun."""
        answer = await self.browser.ask(
            COMPLETE_EXTERNAL_LOGIN, {"ticket": ticket}, token=self.token
        )
        return dict(data(answer))

    async def confirm(self, ticket: str | None = None, **proof: object) -> dict[str, Any]:
        """Prove that an account is theirs."""
        asked = {"proof": proof, "ticket": ticket}
        return dict(data(await self.browser.ask(CONFIRM_ACCOUNT_LINK, asked)))

    async def travel(self, **variables: object) -> str | None:
        """Go there and come back; returns the ticket, if there is one."""
        begun = await self.begin(**variables)
        assert begun["__typename"] == "ExternalLoginBegun", begun
        back = await self.come_back(self.log_in_there(begun["authorizationUrl"]))
        assert back.status_code == 303, back.text
        ticket: str | None = begun["ticket"]
        return ticket

    async def log_in(self, **variables: object) -> dict[str, Any]:
        """Do all of it."""
        return await self.complete(await self.travel(**variables))


async def identity_rows(auth: Auth) -> list[Row]:
    """Read what is linked."""
    with auth.database.use():
        return await ExternalIdentity.all().order_by("created_at", "id").values()


async def login_rows(auth: Auth) -> list[Row]:
    """Read what has begun."""
    with auth.database.use():
        return await ExternalLogin.all().order_by("created_at", "id").values()


async def people(auth: Auth) -> list[Row]:
    """Read whose accounts there are."""
    with auth.database.use():
        return await User.all().order_by("created_at", "id").values()


async def link_to(auth: Auth, user: User, subject: str = "person-1", **columns: object) -> str:
    """Link an account at the provider past the rules; returns the id of the row."""
    linking, settings = auth.identities.linking, auth.settings.providers[PROVIDER]
    account = ExternalAccount(
        provider=PROVIDER,
        issuer=settings.issuer,
        subject=subject,
        email=user.email,
        email_verified=True,
        name=None,
        proof=FEDERATED_PROOF,
    )
    with auth.database.use():
        row = await linking.add(user, account, is_proved=True)
        if columns:
            await ExternalIdentity.filter(id=row.id).update(**columns)
    return str(row.id)


def address_of(url: str) -> str:
    """A URL without what follows its path."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
