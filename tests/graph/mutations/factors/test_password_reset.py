"""A forgotten password of somebody with a second factor: the mailbox alone is not enough."""

from typing import Any

import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import REQUEST_PASSWORD_RESET
from frozen_clock import FrozenClock
from people import PASSWORD, begin
from second_factors import (
    ADA,
    COMPLETE_RESET,
    LOGIN,
    UNLIMITED,
    complete,
    factor_rows,
    live_sessions,
    with_app,
    with_passkey,
)
from sent_mail import mails, mails_to, subjects, token_to
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import OneTimeToken, User

NEW = "another horse, another staple"
RESET = """
mutation($token: String!, $newPassword: String!) {
  resetPassword(token: $token, newPassword: $newPassword) {
    __typename ... on SecondFactorRequired { ticket factors passkeyOptions }
    ... on PasswordReset { ok } ... on Error { code message } } }"""


async def link(auth: Auth, browser: Browser) -> str:
    """Have a link mailed, behind whatever is waiting; returns its token."""
    await mails(auth)
    assert data(await browser.ask(REQUEST_PASSWORD_RESET, email=ADA["email"])) == {"ok": True}
    return await token_to(auth, ADA["email"])


async def reset(browser: Browser, token: str) -> Any:
    """Present the link and a new password."""
    return data(await browser.ask(RESET, {"token": token, "newPassword": NEW}))


async def finish(browser: Browser, **proof: object) -> Any:
    """Present the second factor."""
    return data(await browser.ask(COMPLETE_RESET, proof=proof))


async def link_rows(auth: Auth) -> list[dict[str, Any]]:
    """What there is of links."""
    with auth.database.use():
        return await OneTimeToken.all().order_by("id").values()


async def test_a_reset_writes_nothing_before_the_second_factor_and_then_all_of_it(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """Neither password nor sessions nor link; there is no way out but the factor."""
    phone = await with_app(auth, ada)
    await begin(auth, ada)
    token = await link(auth, browser)
    before, links = await factor_rows(auth), await link_rows(auth)
    asked = await reset(browser, token)
    after = await factor_rows(auth)
    assert asked["__typename"] == "SecondFactorRequired"
    assert asked["factors"] == ["TOTP", "RECOVERY_CODE"]
    assert {**after, "PendingLogin": []} == before
    assert await link_rows(auth) == links
    clock.tick(30)
    done = await finish(browser, totpCode=phone.code())
    assert done == {"__typename": "PasswordReset", "ok": True}
    assert await live_sessions(auth) == 0
    assert "refresh_token" not in browser.cookies
    assert "pending_login" not in browser.cookies
    assert (await reset(browser, token))["__typename"] == "InvalidToken"
    old = data(await browser.ask(LOGIN, ADA))
    assert old["__typename"] == "InvalidCredentials"
    new = data(await browser.ask(LOGIN, {**ADA, "password": NEW}))
    assert new["__typename"] == "SecondFactorRequired"


async def test_a_wrong_code_costs_nobody_the_link(make_app: MakeApp, clock: FrozenClock) -> None:
    """Not even five of them, which end what waits: the link begins it again."""
    app = await make_app(**UNLIMITED)
    auth: Auth = app.state.auth
    browser = Browser(app)
    phone = await with_app(auth, await person(auth, ADA["email"]))
    token = await link(auth, browser)
    await reset(browser, token)
    answers = [await finish(browser, totpCode="000000") for _ in range(5)]
    assert [one["attemptsLeft"] for one in answers] == [4, 3, 2, 1, 0]
    assert (await finish(browser, totpCode="000000"))["__typename"] == "InvalidToken"
    assert (await reset(browser, token))["__typename"] == "SecondFactorRequired"
    done = await finish(browser, totpCode=phone.next_code(clock.tick))
    assert done["__typename"] == "PasswordReset"


@pytest.mark.parametrize("kind", ["recovery code", "passkey"])
async def test_a_reset_takes_any_factor(make_app: MakeApp, kind: str) -> None:
    """Whoever has lost the phone as well is not at a dead end, and is told of the code."""
    app = await make_app(security_notices=True)
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA["email"]), Browser(app)
    phone = await with_app(auth, ada)
    key = await with_passkey(auth, ada)
    token = await link(auth, browser)
    asked = await reset(browser, token)
    sent = len(await mails_to(auth, ADA["email"]))
    if kind == "passkey":
        done = await finish(browser, passkey=key.get(asked["passkeyOptions"]))
    else:
        done = await finish(browser, recoveryCode=phone.recovery_codes[0])
    assert done["__typename"] == "PasswordReset"
    told = subjects((await mails_to(auth, ADA["email"]))[sent:])
    assert any("password" in one.lower() for one in told)
    assert any("recovery code" in one.lower() for one in told) is (kind == "recovery code")


async def test_one_link_sets_one_password_however_often_it_was_presented(
    app: Starlette, auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Two browsers wait with it: the second finds that it has been used, and keeps its code."""
    phone = await with_app(auth, ada)
    first, second = Browser(app), Browser(app)
    token = await link(auth, first)
    for browser in (first, second):
        assert (await reset(browser, token))["__typename"] == "SecondFactorRequired"
    done = await finish(first, totpCode=phone.next_code(clock.tick))
    assert done["__typename"] == "PasswordReset"
    late = await finish(second, totpCode=phone.next_code(clock.tick))
    assert late["__typename"] == "InvalidToken"
    asked = data(await first.ask(LOGIN, {**ADA, "password": NEW}))
    assert asked["__typename"] == "SecondFactorRequired"
    done = await complete(first, proof={"totpCode": phone.code()})
    assert done["__typename"] == "AuthPayload"


async def test_what_waits_shows_neither_the_new_password_nor_its_hash(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """It is sealed, and what is written in the end is what was sent."""
    phone = await with_app(auth, ada)
    token = await link(auth, browser)
    await reset(browser, token)
    (row,) = (await factor_rows(auth))["PendingLogin"]
    assert row["purpose"] == "password_reset"
    assert row["sealed_payload"]
    assert "argon2" not in repr(row)
    assert NEW not in repr(row)
    await finish(browser, totpCode=phone.next_code(clock.tick))
    user = (await factor_rows(auth))["User"][0]
    assert user["password_hash"] not in repr(row)
    assert PASSWORD not in repr(row)
