"""Twenty at once, on two servers: what is good once is good for exactly one of them."""

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from apps import MakeApp
from browser import Browser, codes, data
from frozen_clock import FrozenClock
from people import begin
from second_factors import (
    BEGIN_PASSKEY_LOGIN,
    COMPLETE,
    LOGIN_WITH_PASSKEY,
    REAUTHENTICATE,
    UNLIMITED,
    ask_for_second,
    complete,
    factor_rows,
    live_sessions,
    with_app,
    with_passkey,
)
from starlette.applications import Starlette
from statements import Statements

from authberry import Auth
from authberry.models import User

AT_ONCE = 20


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """Where nobody is told to wait."""
    return await make_app(**UNLIMITED, change_attempts=None)


async def outcomes(*answers: Any) -> Counter[str]:
    """Ask all of it at once; how many answers there are of each kind."""
    return Counter(one["__typename"] for one in await asyncio.gather(*answers))


async def waiting(app: Starlette) -> list[Browser]:
    """Browsers, in each of which a login of Ada's waits for its second factor."""
    browsers = [Browser(app) for _ in range(AT_ONCE)]
    await asyncio.gather(*(ask_for_second(browser) for browser in browsers))
    return browsers


async def test_one_code_completes_one_of_twenty_logins(
    app: Starlette, auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Each has a pending login of its own, and all of them the same code."""
    phone = await with_app(auth, ada)
    browsers = await waiting(app)
    proof = {"totpCode": phone.next_code(clock.tick)}
    before = await live_sessions(auth)
    found = await outcomes(*(complete(browser, proof=proof) for browser in browsers))
    assert found == {"AuthPayload": 1, "InvalidProof": AT_ONCE - 1}
    assert await live_sessions(auth) == before + 1


async def test_one_recovery_code_completes_one_of_twenty_logins(
    app: Starlette, auth: Auth, ada: User
) -> None:
    """Each of them has hashed it, and found it good."""
    phone = await with_app(auth, ada)
    browsers = await waiting(app)
    proof = {"recoveryCode": phone.recovery_codes[0]}
    found = await outcomes(*(complete(browser, proof=proof) for browser in browsers))
    assert found == {"AuthPayload": 1, "InvalidProof": AT_ONCE - 1}
    rows = await factor_rows(auth)
    assert sum(one["used_at"] is not None for one in rows["RecoveryCode"]) == 1


async def test_one_pending_login_is_completed_once(
    app: Starlette, auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """By whichever of twenty copies of its cookie, each with a proof that is good."""
    phone = await with_app(auth, ada)
    asked = await ask_for_second(Browser(app), transport="BODY")
    proofs = [{"recoveryCode": one} for one in phone.recovery_codes]
    proofs += [{"totpCode": phone.next_code(clock.tick)}] * (AT_ONCE - len(proofs))
    before = await live_sessions(auth)
    found = await outcomes(
        *(complete(Browser(app), proof=one, ticket=asked["ticket"]) for one in proofs)
    )
    assert found["AuthPayload"] == 1
    assert found["InvalidToken"] + found["InvalidProof"] == AT_ONCE - 1
    assert await live_sessions(auth) == before + 1
    assert (await factor_rows(auth))["PendingLogin"] == []


async def test_one_answer_of_a_passkey_logs_in_once(
    app: Starlette, auth: Auth, ada: User, browser: Browser
) -> None:
    """Its challenge is spent by one, and the others are told so."""
    authenticator = await with_passkey(auth, ada)
    asked = data(await browser.ask(BEGIN_PASSKEY_LOGIN))
    answer = authenticator.get(asked["options"])
    before = await live_sessions(auth)

    async def log_in() -> Any:
        return data(await Browser(app).ask(LOGIN_WITH_PASSKEY, credential=answer))

    found = await outcomes(*(log_in() for _ in range(AT_ONCE)))
    assert found == {"AuthPayload": 1, "InvalidToken": AT_ONCE - 1}
    assert await live_sessions(auth) == before + 1
    assert len((await factor_rows(auth))["SpentChallenge"]) == 1


async def test_one_code_raises_one_of_twenty_sessions(
    app: Starlette, auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """A step-up uses a code up as a login does."""
    phone = await with_app(auth, ada)
    tokens = [(await begin(auth, ada)).access_token.value for _ in range(AT_ONCE)]
    proof = {"totpCode": phone.next_code(clock.tick)}

    async def raise_(token: str) -> Any:
        return data(await Browser(app).ask(REAUTHENTICATE, token=token, proof=proof))

    found = await outcomes(*(raise_(token) for token in tokens))
    assert found == {"AuthPayload": 1, "InvalidProof": AT_ONCE - 1}


async def test_one_code_is_good_for_a_login_or_a_step_up(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """Whichever comes first; the other asks for the next."""
    phone = await with_app(auth, ada)
    token = (await begin(auth, ada)).access_token.value
    await ask_for_second(browser)
    proof = {"totpCode": phone.next_code(clock.tick)}
    raised = data(await browser.ask(REAUTHENTICATE, token=token, proof=proof))
    assert raised["__typename"] == "AuthPayload"
    assert (await complete(browser, proof=proof))["__typename"] == "InvalidProof"
    proof = {"totpCode": phone.next_code(clock.tick)}
    assert (await complete(browser, proof=proof))["__typename"] == "AuthPayload"


async def test_a_fault_of_the_database_refuses_and_costs_nobody_a_code(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock, statements: Statements
) -> None:
    """Whichever statement fails, nobody is in; and the code is good once all of them succeed."""
    phone = await with_app(auth, ada)
    proof = {"totpCode": phone.next_code(clock.tick)}
    before, refused = await live_sessions(auth), []
    for number in count(1):
        await ask_for_second(browser)
        with statements.broken(number):
            response = await browser.ask(COMPLETE, proof=proof)
        if "errors" not in response.json():
            assert data(response)["__typename"] == "AuthPayload"
            break
        refused.append(codes(response))
        assert await live_sessions(auth) == before
    assert refused == [["SERVICE_UNAVAILABLE"]] * len(refused)
    assert len(refused) > 5


async def test_a_login_with_an_app_writes_no_session_before_its_code_which_is_good_once(
    app: Starlette, auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """No cookie of a session and no row of one; a code of the step before is taken, and once."""
    phone = await with_app(auth, ada)
    rows = await factor_rows(auth)
    asked = await ask_for_second(browser)
    after = await factor_rows(auth)
    assert asked["ticket"] is None
    assert list(browser.cookies) == ["pending_login"]
    assert after["RefreshToken"] == rows["RefreshToken"]
    assert len(after["PendingLogin"]) == 1
    clock.tick(60)
    proof = {"totpCode": phone.code(after=timedelta(seconds=-30))}
    assert (await complete(browser, proof=proof))["__typename"] == "AuthPayload"
    assert list(browser.cookies) == ["refresh_token"]
    other = Browser(app)
    await ask_for_second(other)
    assert (await complete(other, proof=proof))["__typename"] == "InvalidProof"
