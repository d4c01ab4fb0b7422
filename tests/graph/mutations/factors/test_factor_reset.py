"""Everything is lost: a mailed link, a wait that everybody is told of, and then the next login."""

from datetime import timedelta
from typing import Any

import pytest
from apps import MakeApp, person
from browser import Browser, data
from frozen_clock import FrozenClock
from people import PASSWORD, begin
from second_factors import (
    ADA,
    BEGIN_PASSKEY_LOGIN,
    CANCEL_FACTOR_RESET,
    CONFIRM_FACTOR_RESET,
    LOGIN,
    LOGIN_WITH_PASSKEY,
    REAUTHENTICATE,
    REQUEST_FACTOR_RESET,
    Phone,
    ask_for_second,
    complete,
    factor_rows,
    log_in,
    with_app,
    with_passkey,
)
from sent_mail import link_in, mails, mails_to, subjects, text_of, token_in, token_to
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import OneTimeToken, User
from authberry.pruning.progress import Kind
from authberry.settings import LinkPurpose

WAIT = timedelta(hours=72)
FORMER = "ada.before@example.com"


async def ask(auth: Auth, browser: Browser, email: str = ADA["email"]) -> str:
    """Have the link mailed; returns its token."""
    await mails(auth)
    assert data(await browser.ask(REQUEST_FACTOR_RESET, email=email)) == {"ok": True}
    return await token_to(auth, email)


async def schedule(auth: Auth, browser: Browser) -> Any:
    """Begin the wait; returns the answer."""
    token = await ask(auth, browser)
    scheduled = data(await browser.ask(CONFIRM_FACTOR_RESET, {"token": token}))
    assert scheduled["__typename"] == "FactorResetScheduled", scheduled
    return scheduled


async def test_a_reset_that_waits_goes_with_the_last_factor(
    auth: Auth, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """Else it would take off what its owner sets up next."""
    token = await log_in(browser, totpCode=phone.next_code(clock.tick))
    await schedule(auth, browser)
    remove = "mutation($id: ID!) { removeFactor(id: $id) { __typename } }"
    removed = data(await browser.ask(remove, token=token, id=phone.id))
    assert removed["__typename"] == "FactorRemoved"
    assert (await factor_rows(auth))["FactorReset"] == []


@pytest.fixture
async def phone(auth: Auth, ada: User) -> Phone:
    """Ada's, which she has lost."""
    return await with_app(auth, ada)


@pytest.fixture
async def waiting(auth: Auth, browser: Browser, phone: Phone) -> Phone:
    """The same, with a reset that waits."""
    await schedule(auth, browser)
    return phone


async def reset_rows(auth: Auth) -> list[dict[str, Any]]:
    """What waits."""
    return (await factor_rows(auth))["FactorReset"]


async def test_a_reset_waits_three_days_and_changes_nothing_before(
    auth: Auth, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """The link logs nobody in, and is good once."""
    token = await ask(auth, browser)
    before = await factor_rows(auth)
    scheduled = data(await browser.ask(CONFIRM_FACTOR_RESET, {"token": token}))
    assert scheduled == {
        "__typename": "FactorResetScheduled",
        "effectiveAt": "2026-01-04T12:00:00.654Z",
    }
    assert browser.cookies == {}
    after = await factor_rows(auth)
    assert len(after["FactorReset"]) == 1
    assert {**after, "FactorReset": []} == before
    again = data(await browser.ask(CONFIRM_FACTOR_RESET, {"token": token}))
    assert again["__typename"] == "InvalidToken"
    clock.tick(WAIT - timedelta(seconds=1))
    await ask_for_second(browser)
    assert len((await factor_rows(auth))["Totp"]) == 1


async def test_every_address_is_told_and_each_mail_cancels_it(
    app: Starlette, auth: Auth, ada: User, browser: Browser, phone: Phone, clock: FrozenClock
) -> None:
    """That of before as well: whoever took the mailbox over is not alone with it."""
    with auth.database.use():
        await OneTimeToken.create(
            id=ada.id,
            user=ada,
            purpose=LinkPurpose.UNDO_EMAIL_CHANGE.value,
            token_hash="0" * 64,
            email=FORMER,
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=7),
        )
    for address in (ADA["email"], FORMER):
        await schedule(auth, browser)
        last = (await mails_to(auth, address))[-1]
        cancelled = data(
            await Browser(app).ask(CANCEL_FACTOR_RESET, {"token": token_in(link_in(last))})
        )
        assert cancelled == {"__typename": "FactorResetCancelled", "ok": True}
        assert await reset_rows(auth) == []
        clock.tick(WAIT)
        await ask_for_second(browser)


async def test_a_live_session_cancels_it_and_nobody_elses_does(
    app: Starlette, auth: Auth, browser: Browser, waiting: Phone
) -> None:
    """Without a link; and what was cancelled is cancelled once."""
    with auth.database.use():
        ada = await User.get(email=ADA["email"])
    bob = await person(auth, "bob@example.com")
    strange = (await begin(auth, bob)).access_token.value
    refused = data(await browser.ask(CANCEL_FACTOR_RESET, token=strange))
    assert refused["__typename"] == "InvalidToken"
    assert len(await reset_rows(auth)) == 1
    token = (await begin(auth, ada)).access_token.value
    done = data(await browser.ask(CANCEL_FACTOR_RESET, token=token))
    assert done["__typename"] == "FactorResetCancelled"
    assert await reset_rows(auth) == []
    again = data(await browser.ask(CANCEL_FACTOR_RESET, token=token))
    assert again["__typename"] == "InvalidToken"
    nobody = await browser.ask(CANCEL_FACTOR_RESET)
    assert nobody.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("proof", ["totp", "recovery code", "passkey", "passkey alone", "step-up"])
async def test_whatever_proves_a_factor_ends_the_wait(
    auth: Auth, ada: User, browser: Browser, phone: Phone, clock: FrozenClock, proof: str
) -> None:
    """Nothing was lost, whoever asked for it."""
    key = await with_passkey(auth, ada)
    token = (await begin(auth, ada)).access_token.value
    await schedule(auth, browser)
    if proof == "totp":
        await log_in(browser, totpCode=phone.next_code(clock.tick))
    elif proof == "recovery code":
        await log_in(browser, recoveryCode=phone.recovery_codes[0])
    elif proof == "passkey":
        asked = await ask_for_second(browser)
        await complete(browser, proof={"passkey": key.get(asked["passkeyOptions"])})
    elif proof == "passkey alone":
        asked = data(await browser.ask(BEGIN_PASSKEY_LOGIN))
        answer = key.get(asked["options"])
        await browser.ask(LOGIN_WITH_PASSKEY, credential=answer)
    else:
        shown = {"totpCode": phone.next_code(clock.tick)}
        await browser.ask(REAUTHENTICATE, token=token, proof=shown)
    assert await reset_rows(auth) == []
    clock.tick(WAIT)
    await ask_for_second(browser)


async def test_a_password_alone_does_not_end_the_wait(
    app: Starlette, auth: Auth, waiting: Phone
) -> None:
    """Whoever lost the phone has that, and tries it."""
    browser = Browser(app)
    await ask_for_second(browser)
    await complete(browser, proof={"totpCode": "000000"})
    with auth.database.use():
        ada = await User.get(email=ADA["email"])
    token = (await begin(auth, ada)).access_token.value
    proved = data(await browser.ask(REAUTHENTICATE, token=token, proof={"password": PASSWORD}))
    assert proved["__typename"] == "AuthPayload"
    assert len(await reset_rows(auth)) == 1


@pytest.mark.parametrize("by", ["login", "pruning"])
async def test_behind_the_wait_the_factors_are_gone_and_their_owner_is_told(
    make_app: MakeApp, clock: FrozenClock, by: str
) -> None:
    """By the next login, or by whoever sweeps; once, and with everything that rests on them."""
    app = await make_app(security_notices=True, event_ttl=86400 * 30)
    auth: Auth = app.state.auth
    ada, browser = await person(auth, ADA["email"]), Browser(app)
    phone = await with_app(auth, ada)
    await with_passkey(auth, ada)
    await schedule(auth, browser)
    await mails(auth)
    clock.tick(WAIT)
    if by == "pruning":
        assert (await auth.pruning.prune()).deleted(Kind.FACTOR_RESETS) == 1
        assert (await auth.pruning.prune()).deleted(Kind.FACTOR_RESETS) == 0
    answer = data(await browser.ask(LOGIN, ADA))
    assert answer["__typename"] == "AuthPayload"
    assert answer["session"]["acr"] == "aal1"
    rows = await factor_rows(auth)
    for table in ("Totp", "Passkey", "RecoveryCode", "FactorReset"):
        assert rows[table] == []
    told = [one for one in await mails_to(auth, ADA["email"]) if phone.id not in text_of(one)]
    assert any("taken off" in text_of(one) for one in told), subjects(told)


async def test_asking_tells_nothing_of_who_has_an_account_or_a_factor(
    auth: Auth, browser: Browser, phone: Phone
) -> None:
    """One answer; and a mail for nobody but who has both."""
    await person(auth, "bob@example.com")
    answers = {
        (await browser.ask(REQUEST_FACTOR_RESET, email=f"{name}@example.com")).content
        for name in ("ada", "bob", "nobody")
    }
    assert len(answers) == 1
    assert [str(one["To"]) for one in await mails(auth)] == [ADA["email"]]


async def test_a_second_link_does_not_begin_the_wait_again(
    auth: Auth, browser: Browser, waiting: Phone, clock: FrozenClock
) -> None:
    """Nor shorten it: what was told holds."""
    (row,) = await reset_rows(auth)
    clock.tick(3600)
    again = await schedule(auth, browser)
    assert again["effectiveAt"] == "2026-01-04T12:00:00.654Z"
    assert await reset_rows(auth) == [row]


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "\ud800", "\0"])
@pytest.mark.parametrize("document", [CONFIRM_FACTOR_RESET, CANCEL_FACTOR_RESET])
async def test_what_is_no_link_begins_and_cancels_nothing(
    auth: Auth, browser: Browser, waiting: Phone, document: str, token: str
) -> None:
    """Nor does a link of one kind do for the other."""
    rows = await reset_rows(auth)
    response = await browser.ask(document, {"token": token})
    body = response.json()
    assert body.get("errors") or data(response)["__typename"] == "InvalidToken"
    other = await ask(auth, browser)
    if document == CANCEL_FACTOR_RESET:
        refused = data(await browser.ask(document, {"token": other}))
        assert refused["__typename"] == "InvalidToken"
    assert await reset_rows(auth) == rows
