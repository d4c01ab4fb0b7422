"""Logging in at a provider: there, back, and in."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from apps import MakeApp
from browser import Browser, cookie_set, data, set_cookies
from documents import REFRESH_TOKEN
from external_logins import (
    AS_EVER,
    BEGIN_EXTERNAL_LOGIN,
    EXTERNAL_PROVIDERS,
    IDENTITIES,
    PROVIDER,
    RETURN_TO,
    Traveller,
    acme,
    address_of,
    identity_rows,
    login_rows,
    people,
)
from rows import everything
from stand_in_provider import CLIENT_ID, StandInProvider

from authberry import Auth

ADA = "ada@example.com"


async def test_a_stranger_becomes_somebody_with_a_proved_address(
    traveller: Traveller, auth: Auth, server: StandInProvider
) -> None:
    """Where the provider has seen to the address: an account, an identity and a session."""
    answer = await traveller.log_in()
    assert answer["__typename"] == "AuthPayload"
    assert answer["refreshToken"] is None
    assert answer["session"]["acr"] == "aal1"
    assert answer["user"] == {
        "id": answer["user"]["id"],
        "email": ADA,
        "name": "Ada",
        "emailVerified": True,
    }
    (person,) = await people(auth)
    assert (str(person["id"]), person["password_hash"]) == (answer["user"]["id"], None)
    (identity,) = await identity_rows(auth)
    assert {name: identity[name] for name in ("provider", "issuer", "subject", "email")} == {
        "provider": "acme",
        "issuer": server.issuer,
        "subject": "person-1",
        "email": ADA,
    }
    assert identity["is_proved"]
    assert await login_rows(auth) == []
    assert data(await traveller.browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"


async def test_the_second_time_it_is_the_same_account(traveller: Traveller, auth: Auth) -> None:
    """Known by issuer and subject, whatever the address is by now."""
    first = await traveller.log_in()
    traveller.person = {"email": "other@example.com"}
    second = await traveller.log_in()
    assert second["user"] == first["user"]
    assert second["session"]["id"] != first["session"]["id"]
    (identity,) = await identity_rows(auth)
    assert identity["email"] == "other@example.com"
    assert len(await people(auth)) == 1


async def test_the_buttons_are_public_and_the_list_is_for_its_owner(traveller: Traveller) -> None:
    """Providers by id and name, identities with the address there."""
    offered = data(await traveller.browser.ask(EXTERNAL_PROVIDERS))
    assert offered == [{"id": "acme", "name": "Acme"}]
    token = (await traveller.log_in())["accessToken"]
    (identity,) = data(await traveller.browser.ask(IDENTITIES, token=token))
    assert (identity["provider"], identity["email"]) == ("acme", ADA)
    response = await traveller.browser.ask(IDENTITIES)
    assert response.json()["data"]["identities"] is None


async def test_where_the_browser_is_sent(traveller: Traveller) -> None:
    """To the provider, with a callback of its own, and nothing of ours but what OAuth asks for."""
    begun = await traveller.begin()
    assert begun["ticket"] is None
    url = begun["authorizationUrl"]
    assert address_of(url) == f"{traveller.server.origin}/authorize"
    asked = parse_qs(urlsplit(url).query)
    assert asked["client_id"] == [CLIENT_ID]
    assert asked["redirect_uri"] == ["http://127.0.0.1:8000/external/acme/callback"]
    assert asked["code_challenge_method"] == ["S256"]
    assert "login_hint" not in asked


async def test_the_browser_comes_back_to_its_page_and_nothing_is_added_to_that(
    traveller: Traveller,
) -> None:
    """303, to the letter, with no referrer, and no cookie is set on the way."""
    begun = await traveller.begin()
    back = await traveller.come_back(traveller.log_in_there(begun["authorizationUrl"]))
    assert (back.status_code, back.headers["location"]) == (303, RETURN_TO)
    assert back.headers["referrer-policy"] == "no-referrer"
    assert back.headers["cache-control"] == "no-store"
    assert set_cookies(back) == []
    assert back.content == b""


async def test_the_cookie_is_out_of_reach_of_scripts_and_goes_along_when_led_here(
    traveller: Traveller,
) -> None:
    """For ten minutes."""
    asked: dict[str, object] = {"provider": "acme", "returnTo": RETURN_TO}
    response = await traveller.browser.ask(BEGIN_EXTERNAL_LOGIN, asked)
    cookie = cookie_set(response)
    assert cookie.key == "external_login"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "lax", "/")
    assert cookie["max-age"] == "600"


async def test_a_program_holds_a_ticket_and_is_the_only_one_to_come_back(
    traveller: Traveller, auth: Auth
) -> None:
    """With BODY, tokens and ticket are in answers; and a browser may not end what it has begun."""
    program = {"Origin": None}
    begun = data(
        await traveller.browser.ask(
            BEGIN_EXTERNAL_LOGIN,
            {"provider": "acme", "returnTo": RETURN_TO, "transport": "BODY"},
            headers=program,
        )
    )
    assert len(begun["ticket"]) == 64
    assert traveller.browser.cookies == {}
    brought = traveller.log_in_there(begun["authorizationUrl"])
    led = await traveller.come_back(brought)
    assert led.status_code == 400
    back = await traveller.browser.send("GET", "/external/acme/callback", params=brought)
    assert back.status_code == 303
    answer = await traveller.complete(begun["ticket"])
    assert answer["__typename"] == "AuthPayload"
    assert answer["refreshToken"]
    assert traveller.browser.cookies == {}
    again = await traveller.complete(begun["ticket"])
    assert again["__typename"] == "InvalidToken"
    assert await login_rows(auth) == []


async def test_a_page_with_tickets_is_bound_to_its_browser_all_the_same(
    traveller: Traveller, app: Any
) -> None:
    """Else whoever sends somebody to the provider would log in as them."""
    begun = await traveller.begin(transport="BODY")
    assert set(traveller.browser.cookies) == {"external_login"}
    brought = traveller.log_in_there(begun["authorizationUrl"])
    victim = Traveller(Browser(app), traveller.server)
    assert (await victim.come_back(brought)).status_code == 400
    assert (await traveller.come_back(brought)).status_code == 303
    answer = await traveller.complete(begun["ticket"])
    assert answer["__typename"] == "AuthPayload"
    assert answer["refreshToken"]


async def test_no_address_no_account(traveller: Traveller, auth: Auth) -> None:
    """An account here has an address."""
    traveller.person = {"email": None}
    answer = await traveller.log_in()
    assert (answer["__typename"], answer["reason"]) == ("ExternalLoginFailed", "no_address")
    assert await people(auth) == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        ("access_denied", "denied"),
        ("temporarily_unavailable", "temporarily_unavailable"),
        ("<script>", "provider"),
    ],
)
async def test_what_a_provider_refuses_is_told_in_its_word(
    traveller: Traveller, auth: Auth, error: str, reason: str
) -> None:
    """Back at the page, once; then it is over."""
    begun = await traveller.begin()
    brought = traveller.log_in_there(begun["authorizationUrl"], code=None, error=error)
    assert (await traveller.come_back(brought)).headers["location"] == RETURN_TO
    answer = await traveller.complete()
    assert (answer["__typename"], answer["reason"]) == ("ExternalLoginFailed", reason)
    assert (await traveller.complete())["__typename"] == "InvalidToken"
    assert await people(auth) == []
    assert await login_rows(auth) == []


async def test_a_provider_that_is_away_says_so_and_nothing_is_written(
    traveller: Traveller, auth: Auth
) -> None:
    """On the way there, by its button; on the way back, at the page."""
    before = await everything(auth)
    await traveller.server.stop()
    response = await traveller.browser.ask(
        BEGIN_EXTERNAL_LOGIN, {"provider": "acme", "returnTo": RETURN_TO}
    )
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "SERVICE_UNAVAILABLE"
    assert error["message"].startswith("This provider does not answer right now.")
    assert await everything(auth) == before


async def test_a_provider_that_goes_away_meanwhile(traveller: Traveller) -> None:
    """The browser is back at its page, and told."""
    begun = await traveller.begin()
    brought = traveller.log_in_there(begun["authorizationUrl"])
    await traveller.server.stop()
    assert (await traveller.come_back(brought)).status_code == 303
    answer = await traveller.complete()
    assert (answer["__typename"], answer["reason"]) == ("ExternalLoginFailed", "provider")


async def test_whoever_logs_in_again_and_again_begins_no_more_for_that(
    make_app: MakeApp, server: StandInProvider
) -> None:
    """What a login gives back is what has failed; each that is begun is a row for minutes."""
    few = {**AS_EVER, "login_attempts_per_address": "2/15minutes"}
    traveller = Traveller(
        Browser(await make_app(providers={PROVIDER: acme(server)}, **few)), server
    )
    for _ in range(20):
        assert (await traveller.log_in())["__typename"] == "AuthPayload"
    assert (await traveller.begin())["code"] == "TOO_MANY_ATTEMPTS"
