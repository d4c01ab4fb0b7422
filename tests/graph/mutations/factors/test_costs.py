"""What a second factor costs: no hash beside that of the password, and few statements."""

import pytest
from browser import Browser, data
from frozen_clock import FrozenClock
from hash_work import OURS, Work, computed
from second_factors import ADA, LOGIN, ask_for_second, complete, with_app, with_passkey
from statements import Statements

from authberry import Auth
from authberry.models import User

pytestmark = pytest.mark.usefixtures("usual_cost")

__all__ = ["computed"]


async def test_a_login_with_a_code_costs_one_hash(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock, computed: list[Work]
) -> None:
    """That of the password, as a login without one; a wrong code costs none either."""
    assert data(await browser.ask(LOGIN, ADA))["__typename"] == "AuthPayload"
    assert computed == [OURS]
    phone = await with_app(auth, ada)
    computed.clear()
    await ask_for_second(browser)
    refused = await complete(browser, proof={"totpCode": "000000"})
    answer = await complete(browser, proof={"totpCode": phone.next_code(clock.tick)})
    assert refused["__typename"] == "InvalidProof"
    assert answer["__typename"] == "AuthPayload"
    assert computed == [OURS]


async def test_a_login_with_a_passkey_costs_one_hash(
    auth: Auth, ada: User, browser: Browser, computed: list[Work]
) -> None:
    """As second factor."""
    key = await with_passkey(auth, ada)
    computed.clear()
    asked = await ask_for_second(browser)
    answer = await complete(browser, proof={"passkey": key.get(asked["passkeyOptions"])})
    assert answer["__typename"] == "AuthPayload"
    assert computed == [OURS]


async def test_whoever_has_no_factor_pays_for_none(
    auth: Auth, ada: User, browser: Browser, statements: Statements
) -> None:
    """Whether there is one is asked before the session begins, and once more behind that."""
    statements.seen.clear()
    assert data(await browser.ask(LOGIN, ADA))["__typename"] == "AuthPayload"
    about = [one for one in statements.seen if "totp" in one or "passkey" in one]
    assert len(about) == 2
    for one in about:
        assert one.startswith(("SELECT", "INSERT INTO authberry_refresh_token"))
