"""Stand-ins in the shapes of Discord and of Microsoft, as their documents have them."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from frozen_clock import FrozenClock
from refused_logins import refused
from stand_in_provider import REDIRECT, StandInProvider, by_preset, in_json, log_in, without_none

from authberry.tokens.jose import Key

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
    discord = by_preset("discord", server, clock, trust_email=True)
    found = await log_in(discord, server, "discord", iss=None)
    assert (found.subject, found.email, found.email_verified, found.name) == expected
    begun = await discord.begin("discord", REDIRECT)
    assert begun.url.startswith(f"{server.origin}/oauth2/authorize?")
    assert parse_qs(urlsplit(begun.url).query)["scope"] == ["identify email"]


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

    microsoft = by_preset("microsoft", server, clock, issuer=issuer, tenant=TENANT)
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
