"""Recovery codes: each once, told to its owner, and never a way to do without factors."""

import pytest
from apps import MakeApp, person
from browser import Browser, data
from frozen_clock import FrozenClock
from hash_work import OURS, Work, computed
from people import begin
from second_factors import (
    ADA,
    FACTORS,
    REGENERATE,
    ask_for_second,
    complete,
    factor_rows,
    live_sessions,
    log_in,
    with_app,
)
from sent_mail import mails_to, subjects, text_of

from authberry import Auth
from authberry.models import User

pytestmark = pytest.mark.usefixtures("usual_cost")

__all__ = ["computed"]

LEFT = "{ recoveryCodesLeft }"
EVENTS = "{ securityEvents(first: 20) { edges { node { kind } } } }"


async def test_a_recovery_code_works_once_and_leaves_the_factors(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """The app is asked for at the next login as before, and how many are left can be seen."""
    phone = await with_app(auth, ada)
    token = await log_in(browser, recoveryCode=phone.recovery_codes[3])
    assert data(await browser.ask(LEFT, token=token)) == 9
    assert [one["kind"] for one in data(await browser.ask(FACTORS, token=token))] == ["TOTP"]
    asked = await ask_for_second(browser)
    assert asked["factors"] == ["TOTP", "RECOVERY_CODE"]
    again = await complete(browser, proof={"recoveryCode": phone.recovery_codes[3]})
    assert again["__typename"] == "InvalidProof"
    answer = await complete(browser, proof={"recoveryCode": phone.recovery_codes[4]})
    assert answer["session"]["acr"] == "aal2"
    assert answer["session"]["amr"] == ["pwd", "otp", "mfa"]


async def test_a_used_recovery_code_is_told_by_mail_and_as_an_event(
    make_app: MakeApp,
) -> None:
    """So that whoever found the paper is noticed."""
    app = await make_app(security_notices=True, event_ttl=86400)
    auth: Auth = app.state.auth
    phone = await with_app(auth, await person(auth, ADA["email"]))
    browser = Browser(app)
    before = await mails_to(auth, ADA["email"])
    token = await log_in(browser, recoveryCode=phone.recovery_codes[0])
    after = (await mails_to(auth, ADA["email"]))[len(before) :]
    assert any("recovery code" in subject.lower() for subject in subjects(after)), subjects(after)
    assert phone.recovery_codes[0] not in "".join(text_of(mail) for mail in after)
    edges = data(await browser.ask(EVENTS, token=token))["edges"]
    assert "RECOVERY_CODE_USED" in [one["node"]["kind"] for one in edges]


@pytest.mark.parametrize(
    "spell",
    [
        str.lower,
        lambda one: one.replace("-", " "),
        lambda one: one.replace("-", ""),
        lambda one: f"  {one}\t",
        lambda one: one.replace("0", "O").replace("1", "l"),
    ],
    ids=["small letters", "spaces", "in one", "around", "misread"],
)
async def test_a_recovery_code_may_be_typed_as_people_type(
    auth: Auth, ada: User, browser: Browser, spell: object
) -> None:
    """Nobody should lose one to a dash."""
    phone = await with_app(auth, ada)
    await ask_for_second(browser)
    assert callable(spell)
    answer = await complete(browser, proof={"recoveryCode": spell(phone.recovery_codes[0])})
    assert answer["__typename"] == "AuthPayload"


@pytest.mark.parametrize("typed", ["", "7K", "\ud800", "\0", "0" * 60_000, "AA-AAAAA-AAAAA-AAA"])
async def test_a_wrong_recovery_code_costs_one_hash_and_is_no_fault(
    auth: Auth, ada: User, browser: Browser, computed: list[Work], typed: str
) -> None:
    """Of ten codes: the slot says which one it would be. And one that nobody has costs the same."""
    await with_app(auth, ada)
    await ask_for_second(browser)
    computed.clear()
    answer = await complete(browser, proof={"recoveryCode": typed})
    assert answer["__typename"] == "InvalidProof"
    assert computed == [OURS]


async def test_a_right_recovery_code_costs_one_hash(
    auth: Auth, ada: User, browser: Browser, computed: list[Work]
) -> None:
    """As a wrong one."""
    phone = await with_app(auth, ada)
    await ask_for_second(browser)
    computed.clear()
    answer = await complete(browser, proof={"recoveryCode": phone.recovery_codes[9]})
    assert answer["__typename"] == "AuthPayload"
    assert computed == [OURS]


async def test_recovery_codes_can_be_made_anew_and_counted(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """Others have no way to either. Those of before are good no more."""
    phone = await with_app(auth, ada)
    token = await log_in(browser, totpCode=phone.next_code(clock.tick))
    made = data(await browser.ask(REGENERATE, token=token))["codes"]
    assert len(set(made)) == 10
    assert not set(made) & set(phone.recovery_codes)
    assert data(await browser.ask(LEFT, token=token)) == 10
    await ask_for_second(browser)
    old = await complete(browser, proof={"recoveryCode": phone.recovery_codes[0]})
    assert old["__typename"] == "InvalidProof"
    new = await complete(browser, proof={"recoveryCode": made[0]})
    assert new["__typename"] == "AuthPayload"


async def test_nobody_has_recovery_codes_without_a_factor(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """There is nothing to recover, and no row is written."""
    token = (await begin(auth, ada)).access_token.value
    assert data(await browser.ask(LEFT, token=token)) is None
    assert data(await browser.ask(REGENERATE, token=token)) is None
    assert (await factor_rows(auth))["RecoveryCode"] == []
    assert await live_sessions(auth) == 1
