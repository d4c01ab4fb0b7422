"""What is taken of what a provider says about somebody, and how far it is believed."""

from typing import Any

import pytest
from frozen_clock import FrozenClock
from refused_logins import refused
from scripted_server import response
from stand_in_provider import StandInProvider, configured, in_json, log_in

from authberry import Settings
from authberry.providers import ExternalAccount, Providers
from authberry.signing import Proof


async def account(
    server: StandInProvider, clock: FrozenClock, **options: object
) -> ExternalAccount:
    """Whose account it is, with other settings of the provider."""
    providers = configured(server, clock, **options)
    try:
        return await log_in(providers, server)
    finally:
        await providers.close()


@pytest.mark.parametrize("said", ["true", "TRUE", 1, "on", [True], {}, None, False, "yes"])
async def test_an_address_is_verified_by_a_true_and_by_nothing_else(
    server: StandInProvider, clock: FrozenClock, said: object
) -> None:
    """Not by a text, nor by anything that is true in some language."""
    assert (await account(server, clock)).email_verified
    server.claims = {"email_verified": said}
    found = await account(server, clock)
    assert (found.email, found.email_verified) == ("ada@example.com", False)


async def test_an_address_is_verified_only_by_whom_we_trust_with_it(
    server: StandInProvider, clock: FrozenClock
) -> None:
    """Which is nobody unless it is set: anybody can run a provider."""
    assert not (await account(server, clock, trust_email=False)).email_verified
    settings = Settings.load(
        providers={"acme": {"issuer": "https://x.example", "client_id": "a", "client_secret": "b"}}
    )
    assert not settings.providers["acme"].trust_email


@pytest.mark.parametrize("email", [None, "", " ", 7, ["a@b.c"], "a\n@b.c", "x" * 321, "\ud800@b.c"])
async def test_what_is_no_address_is_none_and_is_not_verified(
    server: StandInProvider, clock: FrozenClock, email: object
) -> None:
    """It keeps nobody from logging in."""
    server.claims = {"email": email}
    found = await account(server, clock)
    assert (found.subject, found.email, found.email_verified) == ("person-1", None, False)


@pytest.mark.parametrize("name", [None, "", 7, "A\u202eda", "A\0da", "x" * 201])
async def test_a_name_that_cannot_be_shown_is_none(
    server: StandInProvider, clock: FrozenClock, name: object
) -> None:
    """Nor does a name."""
    server.claims = {"name": name}
    assert (await account(server, clock)).name is None


ONE, TWO = Proof(("fed",), "aal1"), Proof(("fed", "mfa"), "aal2")


@pytest.mark.parametrize(
    ("options", "claims", "proof"),
    [
        ({}, {"amr": ["mfa"], "acr": "aal2"}, ONE),
        ({"second_factor_amr": "mfa"}, {}, ONE),
        ({"second_factor_amr": "mfa"}, {"amr": ["pwd"]}, ONE),
        ({"second_factor_amr": "mfa"}, {"amr": "mfa"}, ONE),
        ({"second_factor_amr": "mfa"}, {"amr": [["mfa"]]}, ONE),
        ({"second_factor_amr": "mfa"}, {"amr": {"mfa": 1}}, ONE),
        ({"second_factor_amr": "mfa"}, {"acr": "mfa"}, ONE),
        ({"second_factor_amr": "mfa"}, {"amr": ["pwd", "mfa"]}, TWO),
        ({"second_factor_amr": "hwk, mfa"}, {"amr": ["hwk"]}, TWO),
        ({"second_factor_acr": "phr urn:x:two"}, {"acr": "urn:x:two"}, TWO),
        ({"second_factor_acr": "phr urn:x:two"}, {"acr": "urn:x:one"}, ONE),
        ({"second_factor_acr": "phr"}, {"acr": ["phr"]}, ONE),
        ({"second_factor_acr": "phr"}, {"amr": ["phr"]}, ONE),
    ],
)
async def test_a_second_factor_there_counts_only_where_it_is_configured_and_said(
    server: StandInProvider,
    clock: FrozenClock,
    options: dict[str, Any],
    claims: dict[str, Any],
    proof: Proof,
) -> None:
    """Else a login at a provider is one factor, whatever it says of itself."""
    server.claims = claims
    assert (await account(server, clock, **options)).proof == proof


async def test_the_levels_that_count_are_asked_for(
    server: StandInProvider, clock: FrozenClock
) -> None:
    """By `acr_values` (OpenID Connect Core 1.0, section 3.1.2.1)."""
    providers = configured(server, clock, second_factor_acr="phr urn:x:two")
    begun = await providers.begin("acme", "https://auth.example.com/back")
    assert "&acr_values=phr+urn%3Ax%3Atwo" in begun.url


# Userinfo


@pytest.fixture
def _asks_userinfo(server: StandInProvider) -> None:
    """The ID token has no address, as many have none."""
    server.metadata = {"userinfo_endpoint": f"{server.origin}/userinfo"}
    server.claims = {"email": None, "email_verified": None, "name": None}


@pytest.mark.usefixtures("_asks_userinfo")
async def test_userinfo_is_asked_for_an_address_that_the_token_lacks(
    providers: Providers, server: StandInProvider
) -> None:
    """With the access token, which is used for nothing else and kept nowhere."""
    server.userinfo = {
        "sub": "person-1",
        "email": "ada@example.com",
        "email_verified": True,
        "name": "Ada",
        "amr": ["mfa"],
        "iss": "https://evil.example",
    }
    found = await log_in(providers, server)
    assert (found.email, found.email_verified, found.name) == ("ada@example.com", True, "Ada")
    assert found.issuer == server.issuer
    assert b"authorization: bearer an-access-token\r\n" in server.requests[-1].lower()


@pytest.mark.usefixtures("_asks_userinfo")
async def test_userinfo_does_not_prove_a_second_factor(
    server: StandInProvider, clock: FrozenClock
) -> None:
    """That is in the ID token, which is signed and answers to this request."""
    server.userinfo = {"sub": "person-1", "amr": ["mfa"], "acr": "phr"}
    options = {"second_factor_amr": "mfa", "second_factor_acr": "phr"}
    assert (await account(server, clock, **options)).proof == ONE


@pytest.mark.usefixtures("_asks_userinfo")
@pytest.mark.parametrize("said", [{"sub": "person-2"}, {}, {"sub": None}, [], None, "person-1"])
async def test_userinfo_of_somebody_else_is_refused(
    providers: Providers, server: StandInProvider, said: object
) -> None:
    """OpenID Connect Core 1.0, section 5.3.2: the subject is that of the ID token."""
    server.userinfo = said if not isinstance(said, dict) else {**said, "email": "eve@example.com"}
    reason = "userinfo is about somebody else than the ID token"
    assert await refused(log_in(providers, server)) == (reason, "provider")


@pytest.mark.usefixtures("_asks_userinfo")
async def test_userinfo_that_fails_lets_nobody_in_without_an_address(
    providers: Providers, server: StandInProvider
) -> None:
    """Else whose account it is would depend on how the provider feels."""
    server.answers["/userinfo"] = response(b"", status=b"500 Internal Server Error")
    reason = "userinfo: the answer has status 500"
    assert await refused(log_in(providers, server)) == (reason, "provider")


@pytest.mark.usefixtures("_asks_userinfo")
@pytest.mark.parametrize(
    "tokens", [{"access_token": None}, {"token_type": "mac"}, {"access_token": "a\nb"}]
)
async def test_without_a_bearer_token_userinfo_is_not_asked(
    providers: Providers, server: StandInProvider, tokens: dict[str, Any]
) -> None:
    """An access token of another kind is not to be sent as one (RFC 6749, section 7.1)."""
    server.tokens = tokens
    assert (await log_in(providers, server)).email is None
    assert "/userinfo" not in server.paths()


@pytest.mark.usefixtures("_asks_userinfo")
async def test_an_address_is_verified_where_it_is_said(
    providers: Providers, server: StandInProvider
) -> None:
    """A token that says so of no address does not make one of userinfo verified."""
    server.claims |= {"email_verified": True, "name": "Ada"}
    server.userinfo = {"sub": "person-1", "email": "ada@example.com", "name": "Eve"}
    found = await log_in(providers, server)
    assert (found.email, found.email_verified, found.name) == ("ada@example.com", False, "Ada")


async def test_what_the_token_says_goes_before_userinfo(
    providers: Providers, server: StandInProvider
) -> None:
    """Where the token has an address, userinfo is not asked at all."""
    server.metadata = {"userinfo_endpoint": f"{server.origin}/userinfo"}
    assert (await log_in(providers, server)).email == "ada@example.com"
    assert "/userinfo" not in server.paths()


# The token endpoint


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ({"error": "invalid_client"}, b"401 Unauthorized", "the provider says invalid_client"),
        ({"error": "access_denied"}, b"400 Bad Request", "the provider says access_denied"),
        ({"error": "Words of a stranger."}, b"400 Bad Request", "the provider says another error"),
        ({"error": 7}, b"200 OK", "the provider says another error"),
        ({}, b"403 Forbidden", "the answer has status 403"),
        ([], b"400 Bad Request", "the answer has status 400"),
        ({}, b"500 Internal Server Error", "the answer has status 500"),
    ],
)
async def test_an_error_of_the_token_endpoint_is_a_refusal(
    providers: Providers, server: StandInProvider, said: object, status: bytes, reason: str
) -> None:
    """With one face, whatever it is: the person has said nothing wrong."""
    server.answers["/token"] = in_json(said, status=status)
    expected = (f"the token endpoint: {reason}", "provider")
    assert await refused(log_in(providers, server)) == expected


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000])
async def test_what_is_not_json_is_no_answer(
    providers: Providers, server: StandInProvider, body: bytes
) -> None:
    """Whatever it is."""
    server.answers["/token"] = response(body)
    reason = "the token endpoint: the answer is not JSON"
    assert await refused(log_in(providers, server)) == (reason, "provider")


@pytest.mark.parametrize("said", [{}, [], None, {"id_token": None}, {"id_token": {}}])
async def test_without_an_id_token_nobody_gets_in(
    providers: Providers, server: StandInProvider, said: object
) -> None:
    """An access token alone says nothing about who is here."""
    server.answers["/token"] = in_json(said)
    reason = "the token endpoint has issued no ID token"
    assert await refused(log_in(providers, server)) == (reason, "provider")
