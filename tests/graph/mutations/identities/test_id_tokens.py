"""Logging in with an ID token that an app has of its own."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from apps import MakeApp, person
from browser import Browser, codes, data
from external_logins import (
    AS_EVER,
    LOGIN_WITH_ID_TOKEN,
    PROVIDER,
    Traveller,
    acme,
    identity_rows,
    people,
)
from frozen_clock import FrozenClock
from issuer import encoded
from people import PASSWORD
from stand_in_provider import CLIENT_ID, StandInProvider
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import User

APP = "com.example.app"
ADA = "ada@example.com"
PROGRAM = {"Origin": None, "User-Agent": "App/1"}


@pytest.fixture
async def app(make_app: MakeApp, server: StandInProvider) -> Starlette:
    """An application whose app may bring ID tokens."""
    return await make_app(providers={PROVIDER: acme(server, audiences=APP)}, **AS_EVER)


async def bring(browser: Browser, token: str, **more: object) -> dict[str, Any]:
    """Bring one, as an app does."""
    asked = {"provider": PROVIDER, "idToken": token, **more}
    return dict(data(await browser.ask(LOGIN_WITH_ID_TOKEN, asked, headers=PROGRAM)))


async def test_an_app_logs_in_with_the_token_of_its_own(
    browser: Browser, server: StandInProvider, auth: Auth
) -> None:
    """The tokens are in the answer, and no cookie is set."""
    answer = await bring(browser, server.id_token(nonce="n", audience=APP), nonce="n")
    assert answer["__typename"] == "AuthPayload"
    assert answer["refreshToken"]
    assert browser.cookies == {}
    assert [row["subject"] for row in await identity_rows(auth)] == ["person-1"]


async def test_each_is_good_once(browser: Browser, server: StandInProvider, auth: Auth) -> None:
    """Of several at once, too."""
    token = server.id_token(audience=APP)
    answers = await asyncio.gather(*(bring(browser, token) for _ in range(5)))
    assert sorted(one["__typename"] for one in answers) == ["AuthPayload", *["InvalidToken"] * 4]
    server.claims = {"jti": "another"}
    again = await bring(browser, server.id_token(audience=APP))
    assert again["__typename"] == "AuthPayload"
    assert len(await people(auth)) == 1


async def test_another_signature_makes_no_other_token(
    browser: Browser, server: StandInProvider
) -> None:
    """Whoever has seen one that is signed with ECDSA can write it in a second way."""
    token = server.id_token(audience=APP)
    signed, _, _ = token.rpartition(".")
    other = f"{signed}.{encoded(server.key._signer.sign(signed.encode(), server.key._material))}"
    assert other != token
    assert (await bring(browser, token))["__typename"] == "AuthPayload"
    assert (await bring(browser, other))["__typename"] == "InvalidToken"


async def test_one_that_is_good_for_years_is_good_once_and_for_a_day(
    browser: Browser, server: StandInProvider, auth: Auth, clock: FrozenClock
) -> None:
    """However long the provider makes it good, it is known for as long as it is taken."""
    server.claims = {"exp": int(clock.now().timestamp()) + 10**8}
    used, kept = (server.id_token(n, APP) for n in (None, "n"))
    assert (await bring(browser, used))["__typename"] == "AuthPayload"
    clock.tick(timedelta(days=1).total_seconds() - 1)
    await auth.pruning.prune()
    assert (await bring(browser, used))["__typename"] == "InvalidToken"
    assert (await bring(browser, kept, nonce="n"))["__typename"] == "AuthPayload"
    clock.tick(1)
    for token, nonce in ((used, None), (kept, "n")):
        answer = await bring(browser, token, nonce=nonce)
        assert (answer["__typename"], answer["reason"]) == ("ExternalLoginFailed", "provider")


@pytest.mark.parametrize(
    ("audience", "nonce", "sent"),
    [
        (CLIENT_ID, None, None),
        ("com.example.another", None, None),
        (APP, "n", "another"),
        (APP, "n", None),
        (APP, None, "n"),
    ],
)
async def test_one_that_is_not_for_this_app_is_refused(
    browser: Browser,
    server: StandInProvider,
    auth: Auth,
    audience: str,
    nonce: str | None,
    sent: str | None,
) -> None:
    """Another's, our own web client's, or with another nonce."""
    answer = await bring(browser, server.id_token(nonce=nonce, audience=audience), nonce=sent)
    assert (answer["__typename"], answer["reason"]) == ("ExternalLoginFailed", "provider")
    assert await people(auth) == []


async def test_an_account_of_the_address_is_proved_with_the_ticket(
    browser: Browser, server: StandInProvider, auth: Auth
) -> None:
    """As in a browser, with the ticket in the place of the cookie."""
    user = await person(auth, ADA)
    with auth.database.use():
        await User.filter(id=user.id).update(email_verified=True)
    asked = await bring(browser, server.id_token(audience=APP))
    assert asked["__typename"] == "AccountLinkRequired"
    program = Traveller(browser, server)
    assert (await program.confirm(password=PASSWORD))["__typename"] == "InvalidToken"
    answer = await program.confirm(asked["ticket"], password=PASSWORD)
    assert answer["__typename"] == "AuthPayload"
    assert answer["refreshToken"]
    assert [row["user_id"] for row in await identity_rows(auth)] == [user.id]


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\ud800", "x" * 20_000])
async def test_what_is_no_token_is_refused(browser: Browser, token: str) -> None:
    """In words, whatever it is."""
    answer = await bring(browser, token)
    assert answer["__typename"] == "ExternalLoginFailed"


async def test_a_provider_that_is_unknown_is_an_error_in_the_request(browser: Browser) -> None:
    """The union has no other word for it."""
    asked = {"provider": "nobody", "idToken": "x"}
    response = await browser.ask(LOGIN_WITH_ID_TOKEN, asked, headers=PROGRAM)
    assert codes(response) == ["INVALID_INPUT"]
