"""A stand-in in the shape of GitHub, as its documents have it."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from frozen_clock import FrozenClock
from refused_logins import refused
from scripted_server import response
from stand_in_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    REDIRECT,
    StandInProvider,
    by_preset,
    in_json,
    log_in,
)

from authberry import Settings
from authberry.providers import ExternalAccount, ExternalLoginRefused, Providers
from authberry.providers.authorization import checked_code
from authberry.providers.metadata import Metadata
from authberry.providers.userinfo import oauth_metadata
from authberry.signing import Proof

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
    providers = by_preset("github", server, clock, trust_email=True)
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
        proof=Proof(("fed",)),
    )
    assert server.paths() == ["/login/oauth/access_token", "/api/v3/user", "/api/v3/user/emails"]
    exchange, *questions = server.requests
    assert b"\r\naccept: application/json\r\n" in exchange.lower()
    assert server.form()["client_secret"] == CLIENT_SECRET
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
    given = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
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
    given = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
    metadata = oauth_metadata(Settings.load(providers={"github": given}).providers["github"])
    for said in ({}, {"iss": "https://github.com/login/oauth"}):
        assert checked_code(metadata, {"code": "x", **said}) == "x"
    for issuer in ("https://github.com", "https://evil.example", ""):
        with pytest.raises(ExternalLoginRefused) as error:
            checked_code(metadata, {"code": "x", "iss": issuer})
        assert error.value.reason == "the answer is of another issuer"
