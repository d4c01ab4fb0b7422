"""A seed that no secret opens any more: nobody is let in for it, and nothing breaks."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import REQUEST_PASSWORD_RESET
from frozen_clock import FrozenClock
from second_factors import (
    ADA,
    COMPLETE_RESET,
    REAUTHENTICATE,
    UNLIMITED,
    Phone,
    ask_for_second,
    complete,
    factor_rows,
    live_sessions,
    log_in,
    with_app,
    with_passkey,
)
from sent_mail import mails, token_to
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import Totp

OLD, NEW = "b2xkIHNlY3JldCBvZiB0aGUgc2VydmljZSwgZm9yIHRlc3Rz", "bmV3IHNlY3JldCBmb3IgdGVzdHMh" * 2
RESET = """
mutation($token: String!, $newPassword: String!) {
  resetPassword(token: $token, newPassword: $newPassword) {
    __typename ... on SecondFactorRequired { factors } ... on Error { code message } } }"""
MakeAuth = Callable[..., Awaitable[Auth]]


@pytest.fixture
async def phone(make_app: MakeApp) -> Phone:
    """Ada's, set up when there was another secret."""
    app = await make_app(secret=OLD)
    auth: Auth = app.state.auth
    return await with_app(auth, await person(auth, ADA["email"]))


@pytest.fixture
async def app(make_app: MakeApp, phone: Phone) -> Starlette:
    """Where the secret of before has been taken away, once the signing keys were sealed anew."""
    await make_app(secret=f"{NEW},{OLD}")
    return await make_app(secret=NEW, **UNLIMITED)


async def test_a_right_code_of_a_seed_that_does_not_open_lets_nobody_in(
    app: Starlette,
    auth: Auth,
    browser: Browser,
    phone: Phone,
    clock: FrozenClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is a wrong one: an answer and no fault, counted; and the log says what to do."""
    before = await live_sessions(auth)
    asked = await ask_for_second(browser)
    assert asked["factors"] == ["TOTP", "RECOVERY_CODE"]
    answer = await complete(browser, proof={"totpCode": phone.next_code(clock.tick)})
    assert answer["__typename"] == "InvalidProof"
    assert answer["attemptsLeft"] == 4
    assert await live_sessions(auth) == before
    (said,) = [one for one in caplog.records if one.name == "authberry.factors"]
    assert said.levelname == "ERROR"
    text = said.getMessage()
    assert "seed of an app is not readable" in text
    assert f"factor_id={phone.id}" in text
    assert "Configure the AUTHBERRY_SECRET that it was sealed with, behind the new one" in text
    assert "authberry users factors reset" in text
    assert phone.seed not in text


async def test_a_recovery_code_lets_its_owner_in_and_the_app_can_be_taken_off(
    app: Starlette, auth: Auth, browser: Browser, phone: Phone
) -> None:
    """Whatever became of the secret."""
    token = await log_in(browser, recoveryCode=phone.recovery_codes[0])
    remove = "mutation($id: ID!) { removeFactor(id: $id) { __typename } }"
    removed = data(await browser.ask(remove, token=token, id=phone.id))
    assert removed["__typename"] == "FactorRemoved"
    assert (await factor_rows(auth))["Totp"] == []


async def test_a_passkey_and_another_app_are_as_good_as_before(
    app: Starlette, auth: Auth, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """The seed that does not open is passed over."""
    user = await auth.accounts.find(ADA["email"])
    assert user
    clock.tick(30)
    key, other = await with_passkey(auth, user), await with_app(auth, user)
    asked = await ask_for_second(browser)
    answer = await complete(browser, proof={"passkey": key.get(asked["passkeyOptions"])})
    assert answer["session"]["acr"] == "phr"
    await log_in(Browser(app), totpCode=other.next_code(clock.tick))


async def test_a_step_up_and_a_reset_refuse_it_as_a_login_does(
    app: Starlette, auth: Auth, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """With an answer that has a type."""
    token = await log_in(browser, recoveryCode=phone.recovery_codes[0])
    proof = {"totpCode": phone.next_code(clock.tick)}
    answer = data(await browser.ask(REAUTHENTICATE, token=token, proof=proof))
    assert answer["__typename"] == "InvalidProof"
    await mails(auth)
    await browser.ask(REQUEST_PASSWORD_RESET, email=ADA["email"])
    link, new = await token_to(auth, ADA["email"]), "another horse, another staple"
    before = (await factor_rows(auth))["User"]
    await browser.ask(RESET, {"token": link, "newPassword": new})
    answer = data(await browser.ask(COMPLETE_RESET, proof=proof))
    assert answer["__typename"] == "InvalidProof"
    assert (await factor_rows(auth))["User"] == before


async def test_with_the_secret_back_the_app_is_good_again(
    make_app: MakeApp, app: Starlette, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """Behind the new one; nothing was changed meanwhile."""
    await ask_for_second(browser)
    await complete(browser, proof={"totpCode": phone.next_code(clock.tick)})
    back = Browser(await make_app(secret=f"{NEW},{OLD}", **UNLIMITED))
    await log_in(back, totpCode=phone.next_code(clock.tick))


@pytest.mark.parametrize("sealed", ["", "c2VlZA", "!", "A" * 80])
async def test_a_seed_that_is_damaged_is_no_fault(
    app: Starlette, auth: Auth, browser: Browser, phone: Phone, clock: FrozenClock, sealed: str
) -> None:
    """Whatever stands in its column."""
    with auth.database.use():
        await Totp.all().update(sealed_seed=sealed)
    await ask_for_second(browser)
    answer: dict[str, Any] = await complete(
        browser, proof={"totpCode": phone.next_code(clock.tick)}
    )
    assert answer["__typename"] == "InvalidProof"


async def test_a_reset_whose_payload_does_not_open_is_begun_anew(
    make_app: MakeApp, clock: FrozenClock
) -> None:
    """The new password that waits was sealed with the secret of before; the link is still good."""
    before = await make_app(secret=OLD)
    auth: Auth = before.state.auth
    phone, browser = await with_app(auth, await person(auth, ADA["email"])), Browser(before)
    await browser.ask(REQUEST_PASSWORD_RESET, email=ADA["email"])
    link, new = await token_to(auth, ADA["email"]), "another horse, another staple"
    await browser.ask(RESET, {"token": link, "newPassword": new})
    await make_app(secret=f"{NEW},{OLD}")
    after = Browser(await make_app(secret=NEW))
    (ticket,) = browser.cookies.values()
    after.keep("pending_login", str(ticket))
    proof = {"recoveryCode": phone.recovery_codes[0]}
    answer = data(await after.ask(COMPLETE_RESET, proof=proof))
    assert answer["__typename"] == "InvalidToken"
    asked = data(await after.ask(RESET, {"token": link, "newPassword": new}))
    assert asked["__typename"] == "SecondFactorRequired"
    assert data(await after.ask(COMPLETE_RESET, proof=proof))["__typename"] == "PasswordReset"
