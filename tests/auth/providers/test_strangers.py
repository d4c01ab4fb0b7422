"""Providers that have never heard of us: one that is certified, and one whose tokens lie."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from node import installed
from oidc_provider import (
    CLIENT_ID,
    CLIENT_SECRET,
    SOURCES,
    log_in_there,
    mock_server,
    oidc_provider,
)
from refused_logins import refused

from authberry import Settings
from authberry.clock import SystemClock
from authberry.providers import ExternalAccount, Providers, ProviderUnavailable

REDIRECT = "https://auth.example.com/external/acme/callback"


@asynccontextmanager
async def before(issuer: str, **options: object) -> AsyncIterator[Providers]:
    """Ourselves, with a provider of this issuer, by the clock that it goes by."""
    acme = {
        "issuer": issuer,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "private_addresses": True,
        "trust_email": True,
        **options,
    }
    providers = Providers(Settings.load(providers={"acme": acme}).providers, SystemClock())
    yield providers
    await providers.close()


@pytest.fixture(scope="module")
def strangers(request: pytest.FixtureRequest) -> Path:
    """The folder of their programs."""
    return installed(request, SOURCES, "provider-strangers")


@pytest.fixture(scope="module")
def certified(strangers: Path) -> Iterator[str]:
    """The issuer of `oidc-provider`, which wants a challenge and says `iss` with each answer."""
    with oidc_provider(strangers, [REDIRECT]) as issuer:
        yield issuer


async def through(issuer: str, account: str, **options: object) -> ExternalAccount:
    """Log in there and come back."""
    async with before(issuer, **options) as providers:
        begun = await providers.begin("acme", REDIRECT)
        answer = await log_in_there(begun.url, account)
        assert answer["iss"] == issuer
        return await providers.finish("acme", REDIRECT, begun.kept, answer)


@pytest.mark.parametrize(
    ("account", "email", "verified", "name"),
    [
        ("ada", "ada@example.com", True, "Ada"),
        ("mallory", "ada@example.com", False, "Mallory"),
        ("text", "ada@example.com", False, "Text"),
        ("nobody", None, False, "Nobody"),
    ],
)
async def test_somebody_logs_in_at_a_certified_provider(
    certified: str, account: str, email: str | None, name: str, *, verified: bool
) -> None:
    """With an address that is verified, or is not, or that says so in a text, or with none."""
    found = await through(certified, account)
    assert (found.issuer, found.subject) == (certified, account)
    assert (found.email, found.email_verified, found.name) == (email, verified, name)
    assert found.proof.amr == ("fed",)


async def test_claims_may_be_in_the_token_instead(strangers: Path) -> None:
    """As many providers have it."""
    with oidc_provider(strangers, [REDIRECT], CLAIMS="in-the-token") as issuer:
        found = await through(issuer, "ada")
    assert (found.email, found.email_verified) == ("ada@example.com", True)


async def test_its_code_is_good_once_and_for_one_browser(certified: str) -> None:
    """It refuses a code that was used, and one that another verifier belongs to."""
    used = ("the token endpoint: the provider says invalid_grant", "provider")
    async with before(certified) as providers:
        mine, theirs = [(await providers.begin("acme", REDIRECT)) for _ in range(2)]
        answer = await log_in_there(theirs.url, "ada")
        stolen = {**answer, "state": mine.kept.state}
        assert await refused(providers.finish("acme", REDIRECT, mine.kept, stolen)) == used
        answer = await log_in_there(mine.url, "ada")
        await providers.finish("acme", REDIRECT, mine.kept, answer)
        assert await refused(providers.finish("acme", REDIRECT, mine.kept, answer)) == used


async def test_whoever_says_no_there_is_not_logged_in(certified: str) -> None:
    """And is told that, and nothing else."""
    async with before(certified) as providers:
        begun = await providers.begin("acme", REDIRECT)
        answer = await log_in_there(begun.url, "")
        denied = ("the provider says access_denied", "denied")
        assert await refused(providers.finish("acme", REDIRECT, begun.kept, answer)) == denied


async def test_a_new_proof_is_given_there(certified: str) -> None:
    """It asks anew, and says when that was."""
    async with before(certified) as providers:
        begun = await providers.begin("acme", REDIRECT, is_fresh=True)
        answer = await log_in_there(begun.url, "ada")
        assert (await providers.finish("acme", REDIRECT, begun.kept, answer)).subject == "ada"


async def test_a_wrong_secret_is_told_to_whoever_runs_the_service(certified: str) -> None:
    """By the word of the provider, in the log."""
    async with before(certified, client_secret="another") as providers:
        begun = await providers.begin("acme", REDIRECT)
        answer = await log_in_there(begun.url, "ada")
        reason = "the token endpoint: the provider says invalid_client"
        finished = providers.finish("acme", REDIRECT, begun.kept, answer)
        assert await refused(finished) == (reason, "provider")


async def test_a_slash_too_many_is_another_issuer(certified: str) -> None:
    """Its metadata is found all the same, and is not believed."""
    async with before(f"{certified}/") as providers:
        with pytest.raises(ProviderUnavailable) as error:
            await providers.begin("acme", REDIRECT)
        assert error.value.reason == f"the metadata is of another issuer, {certified}"


@pytest.fixture(scope="module")
def tampering(strangers: Path) -> Iterator[str]:
    """The issuer of `oauth2-mock-server`, whose tokens lie as the redirect URI says."""
    with mock_server(strangers) as issuer:
        yield issuer


@pytest.mark.parametrize(
    ("lie", "problem"),
    [
        ("none", None),
        ("issuer", "is of another issuer"),
        ("audience", "is for another audience"),
        ("nonce", "has another nonce"),
        ("expired", "has expired"),
        ("early", "is of a time to come"),
        ("party", "was asked for by another party"),
        ("kid", "names no key of the provider"),
        ("unsigned", "is malformed"),
    ],
)
async def test_tokens_that_were_tampered_with_are_refused(
    tampering: str, lie: str, problem: str | None
) -> None:
    """By another's hand than ours: what a lie is, is not for us alone to say."""
    redirect = f"https://auth.example.com/{lie}"
    async with before(tampering) as providers:
        begun = await providers.begin("acme", redirect)
        answer = await log_in_there(begun.url, "ada")
        finished = providers.finish("acme", redirect, begun.kept, answer)
        if problem is None:
            assert (await finished).issuer == tampering
        else:
            assert await refused(finished) == (f"the ID token {problem}", "provider")
