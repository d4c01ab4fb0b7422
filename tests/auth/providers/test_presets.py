"""Stand-ins in the shapes of GitHub, Discord, Apple and Microsoft, as their documents have them."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from frozen_clock import FrozenClock
from refused_logins import refused
from scripted_server import response
from stand_in_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT,
    StandInProvider,
    in_json,
    log_in,
    without_none,
)

from authberry import Settings
from authberry.providers import ExternalAccount, ExternalLoginRefused, Providers
from authberry.providers.authorization import checked_code
from authberry.providers.metadata import Metadata
from authberry.providers.userinfo import oauth_metadata
from authberry.signing import Proof
from authberry.tokens.jose import Key, read_unverified

FEDERATED = Proof(("fed",), "aal1")
SECRET = CLIENT_SECRET


class Place(Providers):
    """Ourselves, before a stand-in that is configured by its preset."""

    @classmethod
    def before(
        cls, name: str, server: StandInProvider, clock: FrozenClock, **options: object
    ) -> "Place":
        """Know it by a name that is a preset's, at an address of this machine."""
        given = {"issuer": server.issuer, "client_id": CLIENT_ID, "private_addresses": True}
        if name != "apple":
            given["client_secret"] = SECRET
        return cls(Settings.load(providers={name: {**given, **options}}).providers, clock)


# GitHub


USER = {"login": "ada-l", "id": 583231, "name": "Ada", "email": "anything@example.org"}
EMAILS = [
    {"email": "old@example.com", "verified": True, "primary": False, "visibility": None},
    {"email": "ada@example.com", "verified": True, "primary": True, "visibility": "private"},
]


@pytest.fixture
async def github(server: StandInProvider, clock: FrozenClock) -> AsyncIterator[Providers]:
    """Ourselves before a GitHub Enterprise Server, whose API is beside its pages."""
    server.answers = {
        "/login/oauth/access_token": in_json(
            {"access_token": "gho_x", "scope": "read:user,user:email", "token_type": "bearer"}
        ),
        "/api/v3/user": in_json(USER),
        "/api/v3/user/emails": in_json(EMAILS),
    }
    providers = Place.before("github", server, clock, trust_email=True)
    yield providers
    await providers.close()


async def test_github_says_whose_the_access_token_is(
    github: Providers, server: StandInProvider
) -> None:
    """By a number; the address is the primary one of `/user/emails`, not that of the profile."""
    assert await log_in(github, server, "github", iss=None) == ExternalAccount(
        provider="github",
        issuer=server.issuer,
        subject="583231",
        email="ada@example.com",
        email_verified=True,
        name="Ada",
        proof=FEDERATED,
    )
    assert server.paths() == ["/login/oauth/access_token", "/api/v3/user", "/api/v3/user/emails"]
    exchange, *questions = server.requests
    assert b"\r\naccept: application/json\r\n" in exchange.lower()
    assert server.form()["client_secret"] == SECRET
    for question in questions:
        assert b"\r\nauthorization: bearer gho_x\r\n" in question.lower()
        assert b"\r\nuser-agent: authberry\r\n" in question.lower()


async def test_github_is_asked_with_a_challenge_and_without_a_nonce(
    github: Providers, server: StandInProvider
) -> None:
    """PKCE always; a nonce is for ID tokens."""
    url = (await github.begin("github", REDIRECT)).url
    assert url.startswith(f"{server.origin}/login/oauth/authorize?")
    asked = parse_qs(urlsplit(url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["read:user user:email"]
    assert "nonce" not in asked


@pytest.mark.parametrize(
    ("emails", "email", "verified"),
    [
        ([], None, False),
        ([EMAILS[0]], None, False),
        ([{**EMAILS[1], "verified": False}], "ada@example.com", False),
        ([{**EMAILS[1], "verified": "true"}], "ada@example.com", False),
        ([{**EMAILS[1], "primary": "true"}], None, False),
        ({"email": "ada@example.com"}, None, False),
        ([7, None], None, False),
    ],
)
async def test_of_github_the_verified_primary_address_counts(
    github: Providers, server: StandInProvider, emails: object, email: str | None, *, verified: bool
) -> None:
    """No other, and never that of the profile."""
    server.answers["/api/v3/user/emails"] = in_json(emails)
    found = await log_in(github, server, "github")
    assert (found.email, found.email_verified) == (email, verified)


@pytest.mark.parametrize(
    ("user", "reason"),
    [
        ({**USER, "id": None}, "the provider does not say whose account it is"),
        ({**USER, "id": True}, "the provider does not say whose account it is"),
        ([USER], "the user: the answer is not an object"),
    ],
)
async def test_a_github_account_without_a_number_is_nobodys(
    github: Providers, server: StandInProvider, user: object, reason: str
) -> None:
    """A login name is given to another once it is free."""
    server.answers["/api/v3/user"] = in_json(user)
    assert await refused(log_in(github, server, "github")) == (reason, "provider")


async def test_github_says_no_with_status_200(github: Providers, server: StandInProvider) -> None:
    """And with codes of its own."""
    server.answers["/login/oauth/access_token"] = in_json({"error": "bad_verification_code"})
    reason = "the token endpoint: the provider says another error"
    assert await refused(log_in(github, server, "github")) == (reason, "provider")


@pytest.mark.parametrize("path", ["/api/v3/user", "/api/v3/user/emails"])
async def test_github_that_does_not_answer_lets_nobody_in(
    github: Providers, server: StandInProvider, path: str
) -> None:
    """As where the app may not read addresses."""
    server.answers[path] = response(b"{}", status=b"403 Forbidden")
    what = "the addresses" if path.endswith("emails") else "the user"
    reason = f"{what}: the answer has status 403"
    assert await refused(log_in(github, server, "github")) == (reason, "provider")


async def test_what_has_no_id_tokens_takes_none_and_proves_nothing_anew(
    github: Providers, server: StandInProvider
) -> None:
    """It is said before anybody is sent there."""
    brought = github.from_id_token("github", server.id_token(), None)
    assert await refused(brought) == ("this provider has no ID tokens", "provider")
    begun = github.begin("github", REDIRECT, is_fresh=True)
    reason = "this provider does not say when somebody has logged in"
    assert await refused(begun) == (reason, "provider")  # type: ignore[arg-type]
    assert not github.find("github").can_reauthenticate


async def test_an_access_token_that_is_none_asks_nothing(
    github: Providers, server: StandInProvider
) -> None:
    """Nobody is asked whose it is."""
    server.answers["/login/oauth/access_token"] = in_json({"access_token": 7})
    reason = "the token endpoint has issued no access token"
    assert await refused(log_in(github, server, "github")) == (reason, "provider")
    assert "/api/v3/user" not in server.paths()


def test_github_itself_has_its_api_elsewhere() -> None:
    """Nobody has to say where."""
    given = {"client_id": CLIENT_ID, "client_secret": SECRET}
    github = Settings.load(providers={"github": given}).providers["github"]
    assert github.issuer == "https://github.com"
    assert github.trust_email
    assert oauth_metadata(github) == Metadata(
        issuer="https://github.com",
        authorization_endpoint="https://github.com/login/oauth/authorize",
        token_endpoint="https://github.com/login/oauth/access_token",
        answering_issuer="https://github.com/login/oauth",
    )


def test_github_itself_says_whose_its_answers_are() -> None:
    """By a name that has a path; one that is silent is taken, and another is refused."""
    given = {"client_id": CLIENT_ID, "client_secret": SECRET}
    metadata = oauth_metadata(Settings.load(providers={"github": given}).providers["github"])
    for said in ({}, {"iss": "https://github.com/login/oauth"}):
        assert checked_code(metadata, {"code": "x", **said}) == "x"
    for issuer in ("https://github.com", "https://evil.example", ""):
        with pytest.raises(ExternalLoginRefused) as error:
            checked_code(metadata, {"code": "x", "iss": issuer})
        assert error.value.reason == "the answer is of another issuer"


# Discord


DISCORD = {
    "id": "80351110224678912",
    "username": "ada_l",
    "global_name": "Ada",
    "email": "ada@example.com",
    "verified": True,
}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ("80351110224678912", "ada@example.com", True, "Ada")),
        ({"verified": False}, ("80351110224678912", "ada@example.com", False, "Ada")),
        ({"verified": "true"}, ("80351110224678912", "ada@example.com", False, "Ada")),
        ({"email": None, "verified": None}, ("80351110224678912", None, False, "Ada")),
        ({"global_name": None}, ("80351110224678912", "ada@example.com", True, "ada_l")),
    ],
)
async def test_discord_says_whose_the_access_token_is(
    server: StandInProvider,
    clock: FrozenClock,
    changed: dict[str, Any],
    expected: tuple[object, ...],
) -> None:
    """By a text of digits, with an address that may be none, or not verified."""
    server.answers = {
        "/api/oauth2/token": in_json({"access_token": "x", "token_type": "Bearer"}),
        "/api/users/@me": in_json(without_none({**DISCORD, **changed})),
    }
    discord = Place.before("discord", server, clock, trust_email=True)
    found = await log_in(discord, server, "discord", iss=None)
    assert (found.subject, found.email, found.email_verified, found.name) == expected
    begun = await discord.begin("discord", REDIRECT)
    assert begun.url.startswith(f"{server.origin}/oauth2/authorize?")
    assert parse_qs(urlsplit(begun.url).query)["scope"] == ["identify email"]


# Apple


def pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """A key as Apple gives it: PKCS 8, in a .p8 file."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


APPLE_KEY = ec.generate_private_key(ec.SECP256R1())
APPLE = {"team_id": "TEAM123456", "key_id": "KEY1234567", "private_key": pem(APPLE_KEY)}


class Apple(StandInProvider):
    """Checks the client's secret as Apple does, before it answers as it does."""

    secrets: list[str]

    async def _answer(self, writer: Any) -> None:
        if self.paths()[-1] == "/token":
            self.secrets = [*getattr(self, "secrets", []), self.form()["client_secret"]]
        await super()._answer(writer)

    def _is_theirs(self, asked: Any) -> bool:
        form = self.form()
        secret = form["client_secret"]
        public = Key.from_pem(pem(APPLE_KEY))
        public.verify(secret)
        header, claims = read_unverified(secret)
        now = int(self.clock.now().timestamp())
        assert header == {"alg": "ES256", "kid": "KEY1234567", "typ": "JWT"}
        assert claims == {
            "iss": "TEAM123456",
            "iat": now,
            "exp": now + 300,
            "aud": self.issuer,
            "sub": CLIENT_ID,
        }
        return form["client_id"] == CLIENT_ID and form["redirect_uri"] == asked["redirect_uri"]


@pytest.fixture
async def apple(clock: FrozenClock) -> AsyncIterator[Apple]:
    """One that listens; its metadata offers the client's secret in the form alone."""
    server = Apple(clock)
    await server.start()
    server.metadata = {
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "authorization_response_iss_parameter_supported": None,
    }
    server.claims = {"name": None, "email": "x1y2@privaterelay.appleid.com"}
    yield server
    await server.stop()


async def test_apple_is_told_who_we_are_by_a_signature(apple: Apple, clock: FrozenClock) -> None:
    """The secret is a JWT of five minutes, made anew each time."""
    providers = Place.before("apple", apple, clock, trust_email=True, **APPLE)
    user = {"name": {"firstName": "Ada", "lastName": "Lovelace"}, "email": "eve@example.com"}
    found = await log_in(providers, apple, "apple", iss=None, user=json.dumps(user))
    assert found == ExternalAccount(
        provider="apple",
        issuer=apple.issuer,
        subject="person-1",
        email="x1y2@privaterelay.appleid.com",
        email_verified=True,
        name="Ada Lovelace",
        proof=FEDERATED,
    )
    clock.tick(60)
    apple.claims["name"] = "Ada"  # signed: what a browser brings is nothing beside it
    found = await log_in(providers, apple, "apple", iss=None, user=json.dumps(user))
    assert found.name == "Ada"
    assert len(set(apple.secrets)) == 2
    await providers.close()


async def test_apple_answers_with_a_form(apple: Apple, clock: FrozenClock) -> None:
    """Which its page posts, so that our callback has to take it, without a Lax cookie."""
    providers = Place.before("apple", apple, clock, **APPLE)
    asked = parse_qs(urlsplit((await providers.begin("apple", REDIRECT)).url).query)
    assert asked["response_mode"] == ["form_post"]
    assert asked["scope"] == ["openid email name"]
    assert providers.find("apple").needs_cross_site_post
    await providers.close()


@pytest.mark.parametrize(("said", "verified"), [(True, True), ("true", True), ("false", False)])
async def test_apple_may_say_true_as_a_text(
    apple: Apple, clock: FrozenClock, said: object, *, verified: bool
) -> None:
    """As its documentation has it, and as nobody else may."""
    apple.claims["email_verified"] = said
    providers = Place.before("apple", apple, clock, trust_email=True, **APPLE)
    assert (await log_in(providers, apple, "apple", iss=None)).email_verified is verified
    await providers.close()


@pytest.mark.parametrize(
    "user", ["", "{", "[]", "7", '{"name": 7}', '{"name": {"firstName": 7}}', "[" * 5000, "\ud800"]
)
async def test_a_name_that_a_browser_brings_is_no_more_than_a_name(
    apple: Apple, clock: FrozenClock, user: str
) -> None:
    """What is none is left out, and keeps nobody out."""
    providers = Place.before("apple", apple, clock, **APPLE)
    found = await log_in(providers, apple, "apple", iss=None, user=user)
    assert (found.subject, found.name) == ("person-1", None)
    await providers.close()


# Microsoft


TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"


async def test_microsoft_is_one_tenant(server: StandInProvider, clock: FrozenClock) -> None:
    """A token of another tenant has another issuer; an address is not believed to be verified."""
    issuer = f"{server.origin}/{TENANT}/v2.0"
    server.answers[f"/{TENANT}/v2.0/.well-known/openid-configuration"] = in_json(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{server.origin}/{TENANT}/oauth2/v2.0/authorize",
            "token_endpoint": f"{server.origin}/token",
            "jwks_uri": f"{server.origin}/jwks",
            "userinfo_endpoint": f"{server.origin}/oidc/userinfo",
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": [
                "client_secret_post",
                "private_key_jwt",
                "client_secret_basic",
            ],
        }
    )
    server.key = Key.generate("RS256")
    server.published = [server.key]
    server.claims = {"iss": issuer, "tid": TENANT, "ver": "2.0"}

    microsoft = Place.before("microsoft", server, clock, issuer=issuer, tenant=TENANT)
    found = await log_in(microsoft, server, "microsoft", iss=None)
    assert (found.issuer, found.subject) == (issuer, "person-1")
    assert (found.email, found.email_verified) == ("ada@example.com", False)
    server.claims["email"] = None
    assert (await log_in(microsoft, server, "microsoft", iss=None)).email is None
    assert "/oidc/userinfo" not in server.paths()
    server.claims = {"iss": f"{server.origin}/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0"}
    reason = "the ID token is of another issuer"
    assert await refused(log_in(microsoft, server, "microsoft", iss=None)) == (reason, "provider")
    await microsoft.close()
