"""The gate behind a provider: a second factor is asked for, unless the provider has proved one."""

import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import COMPLETE_LOGIN
from external_logins import (
    AS_EVER,
    BEGIN_EXTERNAL_LOGIN,
    PROVIDER,
    RETURN_TO,
    Traveller,
    acme,
    identity_rows,
    link_to,
)
from held_factors import Phone, add_phone
from people import begin
from stand_in_provider import StandInProvider

from authberry import Auth
from authberry.models import RefreshToken

ADA = "ada@example.com"


async def phone_of_ada(auth: Auth) -> Phone:
    """Ada has an app, and the provider logs her in."""
    user = await person(auth, ADA)
    await link_to(auth, user)
    return await add_phone(auth, user)


async def sessions(auth: Auth) -> int:
    """How many there are."""
    with auth.database.use():
        return await RefreshToken.all().count()


async def test_the_second_factor_is_asked_for_as_after_a_password(
    traveller: Traveller, auth: Auth
) -> None:
    """There is no session before it, and the answer is used up."""
    phone = await phone_of_ada(auth)
    answer = await traveller.log_in()
    assert (answer["__typename"], answer["factors"]) == ("SecondFactorRequired", ["TOTP"])
    assert answer["ticket"] is None
    assert await sessions(auth) == 0
    assert (await traveller.complete())["__typename"] == "InvalidToken"
    completed = data(await traveller.browser.ask(COMPLETE_LOGIN, proof={"totpCode": phone.code()}))
    assert completed["__typename"] == "AuthPayload"


@pytest.mark.parametrize("says", [{"amr": ["pwd", "mfa"]}, {"acr": "aal2"}, {}])
async def test_a_provider_that_is_not_trusted_for_it_has_proved_one_factor(
    traveller: Traveller, auth: Auth, says: dict[str, object]
) -> None:
    """Whatever it says."""
    await phone_of_ada(auth)
    traveller.person = says
    assert (await traveller.log_in())["__typename"] == "SecondFactorRequired"


@pytest.mark.parametrize(
    ("says", "answer"),
    [
        ({"amr": ["pwd", "mfa"]}, "AuthPayload"),
        ({"amr": ["pwd"]}, "SecondFactorRequired"),
        ({"amr": "mfa"}, "SecondFactorRequired"),
        ({}, "SecondFactorRequired"),
    ],
)
async def test_one_that_is_trusted_for_it_has_to_say_so(
    make_app: MakeApp, server: StandInProvider, says: dict[str, object], answer: str
) -> None:
    """Each time; then the session says so, too."""
    trusted = acme(server, second_factor_amr="mfa")
    app = await make_app(providers={PROVIDER: trusted}, **AS_EVER)
    auth: Auth = app.state.auth
    await phone_of_ada(auth)
    found = await Traveller(Browser(app), server, says).log_in()
    assert found["__typename"] == answer
    if answer == "AuthPayload":
        assert found["session"]["acr"] == "aal2"


async def test_who_has_to_have_a_factor_sets_one_up_first(
    make_app: MakeApp, server: StandInProvider
) -> None:
    """Also whoever has just come for the first time."""
    app = await make_app(providers={PROVIDER: acme(server)}, **AS_EVER, second_factor="required")
    auth: Auth = app.state.auth
    answer = await Traveller(Browser(app), server).log_in()
    assert answer["__typename"] == "FactorEnrollmentRequired"
    assert await sessions(auth) == 0
    assert len(await identity_rows(auth)) == 1
    again = await Traveller(Browser(app), server).log_in()
    assert again["__typename"] == "FactorEnrollmentRequired"


async def test_linking_wants_the_second_factor(traveller: Traveller, auth: Auth) -> None:
    """A session of one factor links nothing."""
    user = await person(auth, ADA)
    await add_phone(auth, user)
    issued = await begin(auth, user)
    asked = {"provider": PROVIDER, "returnTo": RETURN_TO, "intent": "LINK"}
    response = await traveller.browser.ask(
        BEGIN_EXTERNAL_LOGIN, asked, token=issued.access_token.value
    )
    (error,) = response.json()["errors"]
    assert error["extensions"]["acrValues"] == ["aal2"]
