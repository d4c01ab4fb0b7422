"""What changes with the factors of an account: sessions, links, devices; and who is told."""

import asyncio
from typing import Any

import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, codes, data, errors
from codes import code
from documents import ME
from frozen_clock import FrozenClock
from people import begin
from second_factors import (
    ADA,
    BEGIN_PASSKEY_LOGIN,
    BEGIN_TOTP,
    CONFIRM_TOTP,
    FACTORS,
    LOGIN_WITH_PASSKEY,
    REGENERATE,
    REMOVE_FACTOR,
    factor_rows,
    live_sessions,
    log_in,
    viewer_of,
    with_app,
    with_passkey,
)
from sent_mail import mails_to, subjects
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import SecurityEvent, User

TOLD = {"security_notices": True, "event_ttl": 86400}


async def events(auth: Auth) -> list[str]:
    """What happened, as it is stored."""
    with auth.database.use():
        return [one.kind for one in await SecurityEvent.all().order_by("id")]


async def enrol(auth: Auth, browser: Browser, token: str) -> Any:
    """Set an app up in a session."""
    begun = data(await browser.ask(BEGIN_TOTP, token=token))
    shown = code(auth, begun["secret"])
    return data(await browser.ask(CONFIRM_TOTP, token=token, code=shown, ticket=begun["ticket"]))


async def test_the_first_factor_ends_every_other_session(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """They were begun without it. The one it was set up in goes on, and so do all at a second."""
    kept, *others = [(await begin(auth, ada)).access_token.value for _ in range(3)]
    added = await enrol(auth, browser, kept)
    assert added["__typename"] == "FactorAdded"
    assert data(await browser.ask(ME, token=kept))["email"] == ADA["email"]
    for token in others:
        assert errors(await browser.ask(ME, token=token))[0][1]["reason"] == "SESSION_REVOKED"
    token = (await begin(auth, ada)).access_token.value
    before = await live_sessions(auth)
    clock.tick(30)
    await with_passkey(auth, ada)
    assert await live_sessions(auth) == before + 1
    assert data(await browser.ask(ME, token=token))["email"] == ADA["email"]


async def test_adding_and_removing_is_told_by_mail_and_as_an_event(
    make_app: MakeApp, clock: FrozenClock
) -> None:
    """Whoever is in an account unasked does nothing in silence."""
    app = await make_app(**TOLD)
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA["email"]), Browser(app)
    phone = await with_app(auth, ada)
    await with_passkey(auth, ada)
    token = await log_in(browser, totpCode=phone.next_code(clock.tick))
    for one in data(await browser.ask(FACTORS, token=token)):
        removed = data(await browser.ask(REMOVE_FACTOR, token=token, id=one["id"]))
        assert removed["__typename"] == "FactorRemoved"
    told = [one for one in subjects(await mails_to(auth, ADA["email"])) if "factor" in one]
    assert ["added" in one for one in told] == [True, True, False, False]
    happened = [one for one in await events(auth) if one.startswith("factor_")]
    assert happened == ["factor_added"] * 2 + ["factor_removed"] * 2


async def test_recovery_codes_made_anew_are_told(make_app: MakeApp, clock: FrozenClock) -> None:
    """By mail and as an event."""
    app = await make_app(**TOLD)
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA["email"]), Browser(app)
    phone = await with_app(auth, ada)
    token = await log_in(browser, totpCode=phone.next_code(clock.tick))
    assert len(data(await browser.ask(REGENERATE, token=token))["codes"]) == 10
    assert any("recovery codes" in one for one in subjects(await mails_to(auth, ADA["email"])))
    assert "recovery_codes_replaced" in await events(auth)


async def test_factors_are_changed_only_behind_a_recent_second_factor(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """A session of one factor, or one of six minutes ago, is told what it lacks."""
    phone = await with_app(auth, ada)
    weak = (await begin(auth, ada)).access_token.value
    token = await log_in(browser, totpCode=phone.next_code(clock.tick))
    rows = await factor_rows(auth)
    for document, variables in (
        (BEGIN_TOTP, {}),
        (REGENERATE, {}),
        (REMOVE_FACTOR, {"id": phone.id}),
    ):
        refused = errors(await browser.ask(document, variables, token=weak))[0][1]
        assert refused["reason"] == "STEP_UP_REQUIRED"
        assert refused["acrValues"] == ["aal2"]
        assert refused["maxAge"] == 300
    clock.tick(330)
    late = errors(await browser.ask(REMOVE_FACTOR, token=token, id=phone.id))[0][1]
    assert late["code"] == "UNAUTHENTICATED"
    assert await factor_rows(auth) == rows


async def test_of_two_who_set_the_first_factor_up_at_once_both_have_codes_that_work(
    app: Starlette, auth: Auth, ada: User
) -> None:
    """One shows ten codes; the other is not the first by then, and shows none that are dead."""
    viewer = await viewer_of(auth, ada)
    phones = await asyncio.gather(*(with_app(auth, ada, viewer) for _ in range(2)))
    shown = [phone.recovery_codes for phone in phones if phone.recovery_codes]
    assert len(shown) == 1
    answer = await log_in(Browser(app), recoveryCode=shown[0][0])
    assert answer


@pytest.mark.parametrize("id_", ["", "nothing", "00000000-0000-0000-0000-000000000000", "\ud800"])
async def test_nobody_removes_what_is_not_theirs(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock, id_: str
) -> None:
    """What is not there, and what is another's, are one answer."""
    phone = await with_app(auth, ada)
    bob = await with_app(auth, await person(auth, "bob@example.com"))
    token = await log_in(browser, totpCode=phone.next_code(clock.tick))
    rows = await factor_rows(auth)
    answers = [data(await browser.ask(REMOVE_FACTOR, token=token, id=one)) for one in (id_, bob.id)]
    assert answers[0] == answers[1]
    assert answers[0]["__typename"] == "FactorNotFound"
    assert await factor_rows(auth) == rows
    assert codes(await browser.ask(REMOVE_FACTOR, id=phone.id)) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("roles", [None, "admin"])
async def test_a_factor_that_the_policy_demands_stays(
    make_app: MakeApp, clock: FrozenClock, roles: str | None
) -> None:
    """The last one; of two, one may go."""
    app = await make_app(second_factor="required", second_factor_roles=roles or ())
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA["email"], roles=("admin",)), Browser(app)
    phone = await with_app(auth, ada)
    await with_passkey(auth, ada)
    token = await log_in(browser, totpCode=phone.next_code(clock.tick))
    removed = data(await browser.ask(REMOVE_FACTOR, token=token, id=phone.id))
    assert removed["__typename"] == "FactorRemoved"
    (left,) = data(await browser.ask(FACTORS, token=token))
    refused = data(await browser.ask(REMOVE_FACTOR, token=token, id=left["id"]))
    assert refused["__typename"] == "FactorRequired"
    assert len((await factor_rows(auth))["Passkey"]) == 1


@pytest.mark.parametrize("mail", [True, False])
async def test_the_last_way_in_stays(make_app: MakeApp, *, mail: bool) -> None:
    """A passkey of somebody without a password, where no mail is sent that lets them in."""
    sending = {"smtp_url": "smtp+plain://127.0.0.1:1", "mail_from": "a@example.org"}
    app = await make_app(**PRODUCTION, **(sending if mail else {}))
    auth: Auth = app.state.auth
    assert auth.settings.sends_mail is mail
    ada = await auth.accounts.create(ADA["email"], None)
    key = await with_passkey(auth, ada, origin=PRODUCTION["public_url"], rp_id="auth.example.com")
    browser = Browser(app, url=PRODUCTION["public_url"])
    asked = data(await browser.ask(BEGIN_PASSKEY_LOGIN))
    answer = key.get(asked["options"])
    entered = data(await browser.ask(LOGIN_WITH_PASSKEY, credential=answer))
    token = entered["accessToken"]
    (factor,) = data(await browser.ask(FACTORS, token=token))
    outcome = data(await browser.ask(REMOVE_FACTOR, token=token, id=factor["id"]))
    assert outcome["__typename"] == ("FactorRemoved" if mail else "LastWayIn")
    assert len((await factor_rows(auth))["Passkey"]) == (0 if mail else 1)


async def test_of_two_who_take_the_last_two_off_at_once_one_does(
    make_app: MakeApp, clock: FrozenClock
) -> None:
    """Where the policy demands one, one is left."""
    app = await make_app(second_factor="required")
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA["email"]), Browser(app)
    phone = await with_app(auth, ada)
    await with_passkey(auth, ada)
    token = await log_in(browser, totpCode=phone.next_code(clock.tick))
    ids = [one["id"] for one in data(await browser.ask(FACTORS, token=token))]
    asked = [Browser(app).ask(REMOVE_FACTOR, token=token, id=one) for one in ids]
    answers = [data(one)["__typename"] for one in await asyncio.gather(*asked)]
    assert sorted(answers) == ["FactorRemoved", "FactorRequired"]
    assert len(data(await browser.ask(FACTORS, token=token))) == 1
