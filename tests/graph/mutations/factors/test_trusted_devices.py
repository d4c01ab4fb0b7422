"""Trusted devices: the second factor is not asked for in this browser, and nothing else changes."""

from datetime import timedelta
from typing import Any

import pytest
from apps import MakeApp, person
from argon2 import PasswordHasher
from browser import Browser, codes, data, errors
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, begin
from second_factors import (
    ADA,
    COMPLETE,
    LOGIN,
    REGENERATE,
    Phone,
    ask_for_second,
    complete,
    factor_rows,
    viewer_of,
    with_app,
    with_passkey,
)
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import User
from authberry.pruning.progress import Kind

pytestmark = pytest.mark.usefixtures("usual_cost")

NEW = "another horse, another staple"
DEVICES = "{ trustedDevices { id userAgent ipAddress createdAt lastUsedAt expiresAt } }"
REVOKE = """
mutation($id: ID!) { revokeTrustedDevice(id: $id) { __typename ... on Error { code message } } }"""


@pytest.fixture
async def phone(auth: Auth, ada: User) -> Phone:
    """Ada's."""
    return await with_app(auth, ada)


async def trust(browser: Browser, phone: Phone, clock: FrozenClock) -> str:
    """Log in with both factors, and have this browser be trusted; returns the access token."""
    await ask_for_second(browser)
    clock.tick(30)
    answer = await complete(browser, proof={"totpCode": phone.code()}, trust=True)
    assert answer["__typename"] == "AuthPayload"
    return str(answer["accessToken"])


async def log_in(browser: Browser, **more: object) -> Any:
    """Prove Ada's password; returns the answer."""
    return data(await browser.ask(LOGIN, {**ADA, **more}))


async def test_a_trusted_browser_logs_in_with_one_factor_and_says_so(
    app: Starlette, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """What was proved is one factor: a field that wants two asks for the other."""
    await trust(browser, phone, clock)
    answer = await log_in(browser)
    assert answer["session"]["acr"] == "aal1"
    assert answer["session"]["amr"] == ["pwd"]
    refused = errors(await browser.ask(REGENERATE, token=answer["accessToken"]))[0][1]
    assert refused["reason"] == "STEP_UP_REQUIRED"
    assert refused["acrValues"] == ["aal2"]
    assert (await log_in(Browser(app)))["__typename"] == "SecondFactorRequired"


async def test_nobody_is_trusted_who_did_not_ask_for_it(
    auth: Auth, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """Nor a program, which has no browser to be trusted in."""
    await ask_for_second(browser)
    clock.tick(30)
    await complete(browser, proof={"totpCode": phone.code()})
    assert (await log_in(browser))["__typename"] == "SecondFactorRequired"
    asked = await ask_for_second(browser, transport="BODY")
    clock.tick(30)
    proof = {"totpCode": phone.code()}
    await complete(browser, proof=proof, ticket=asked["ticket"], trust=True)
    assert (await factor_rows(auth))["TrustedDevice"] == []


@pytest.mark.parametrize("change", ["password", "added", "removed", "revoked", "reset", "time"])
async def test_trust_ends_with_what_it_rests_on(
    auth: Auth, ada: User, browser: Browser, phone: Phone, clock: FrozenClock, change: str
) -> None:
    """A new password, other factors, a click, or thirty days."""
    if change == "removed":
        await with_passkey(auth, ada)
    token, password = await trust(browser, phone, clock), PASSWORD
    assert (await log_in(browser))["__typename"] == "AuthPayload"
    if change == "password":
        password = NEW
        await auth.accounts.password_changes.set(ada, NEW, BROWSER)
    elif change == "added":
        await with_passkey(auth, ada)
    elif change == "removed":
        (key,) = (await factor_rows(auth))["Passkey"]
        viewer = await viewer_of(auth, ada)
        await auth.logins.enrollment.remove(viewer, str(key["id"]), BROWSER)
    elif change == "revoked":
        (device,) = data(await browser.ask(DEVICES, token=token))
        done = data(await browser.ask(REVOKE, token=token, id=device["id"]))
        assert done["__typename"] == "TrustedDeviceRevoked"
    elif change == "reset":
        await auth.logins.second_factors.resets.reset(ada, BROWSER, reason="operator")
        await with_app(auth, ada)
    else:
        clock.tick(timedelta(days=30))
    answer = await log_in(browser, password=password)
    assert answer["__typename"] == "SecondFactorRequired"


async def test_a_login_that_hashes_the_password_anew_waits_and_is_trusted_as_any_other(
    auth: Auth, ada: User, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """What it rests on is the hash of behind that, not the one it came with."""
    with auth.database.use():
        weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
        await User.filter(id=ada.id).update(password_hash=weak)
    await trust(browser, phone, clock)
    with auth.database.use():
        assert (await User.get(id=ada.id)).password_hash != weak
    assert (await log_in(browser))["__typename"] == "AuthPayload"


async def test_the_cookie_is_useless_to_another_account(
    app: Starlette, auth: Auth, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """A browser that Ada trusts asks Bob for his factor; and each can trust it alone."""
    bob = await with_app(auth, await person(auth, "bob@example.com"))
    await trust(browser, phone, clock)
    asked = await log_in(browser, email="bob@example.com")
    assert asked["__typename"] == "SecondFactorRequired"
    clock.tick(30)
    await complete(browser, proof={"totpCode": bob.code()}, trust=True)
    for email in (ADA["email"], "bob@example.com"):
        assert (await log_in(browser, email=email))["__typename"] == "AuthPayload"
    thief = Browser(app)
    thief.keep("trusted_device", "A" * 43)
    assert (await log_in(thief))["__typename"] == "SecondFactorRequired"


async def test_the_cookie_is_out_of_reach_and_its_row_has_a_digest(
    make_app: MakeApp, clock: FrozenClock
) -> None:
    """Of scripts and subdomains; and who reads the table is trusted nowhere."""
    app = await make_app(env="production", public_url="https://auth.example.com")
    auth: Auth = app.state.auth
    phone = await with_app(auth, await person(auth, ADA["email"]))
    browser = Browser(app, url="https://auth.example.com")
    await ask_for_second(browser)
    clock.tick(30)
    response = await browser.ask(COMPLETE, proof={"totpCode": phone.code()}, trust=True)
    (header,) = [
        one
        for one in response.headers.get_list("set-cookie")
        if one.startswith("__Host-trusted_device=")
    ]
    for attribute in ("HttpOnly", "Secure", "Path=/", "SameSite=strict", "Max-Age=2592000"):
        assert attribute.lower() in header.lower()
    assert "domain" not in header.lower()
    token = header.partition("=")[2].partition(";")[0]
    assert token
    assert token not in repr(await factor_rows(auth))


async def test_devices_are_listed_and_revoked_by_their_owner_alone(
    auth: Auth, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """With what they are known by."""
    token = await trust(browser, phone, clock)
    (device,) = data(await browser.ask(DEVICES, token=token))
    assert device["userAgent"] == "Firefox"
    assert device["ipAddress"] == "192.0.2.1"
    assert device["expiresAt"] == "2026-01-31T12:00:30.654Z"
    strange = (await begin(auth, await person(auth, "bob@example.com"))).access_token.value
    assert data(await browser.ask(DEVICES, token=strange)) == []
    refused = data(await browser.ask(REVOKE, token=strange, id=device["id"]))
    assert refused["__typename"] == "TrustedDeviceNotFound"
    assert codes(await browser.ask(REVOKE, id=device["id"])) == ["UNAUTHENTICATED"]
    assert len((await factor_rows(auth))["TrustedDevice"]) == 1
    clock.tick(timedelta(days=30))
    assert (await auth.pruning.prune()).deleted(Kind.TRUSTED_DEVICES) == 1


async def test_trust_can_be_switched_off(make_app: MakeApp, clock: FrozenClock) -> None:
    """Then nobody is trusted, whatever they ask for."""
    app = await make_app(trusted_device_ttl=0)
    auth: Auth = app.state.auth
    phone = await with_app(auth, await person(auth, ADA["email"]))
    browser = Browser(app)
    await trust(browser, phone, clock)
    assert (await log_in(browser))["__typename"] == "SecondFactorRequired"
    assert (await factor_rows(auth))["TrustedDevice"] == []
