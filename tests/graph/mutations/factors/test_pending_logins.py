"""A login that waits for its second factor: in one browser, for one account, one thing and once."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from apps import MakeApp, person
from browser import Browser, cookie_set, data
from documents import LOGIN_WITH_LINK, REQUEST_LOGIN_LINK, REQUEST_PASSWORD_RESET
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD
from second_factors import (
    ADA,
    COMPLETE_RESET,
    LOGIN,
    ask_for_second,
    complete,
    factor_rows,
    with_app,
    with_passkey,
)
from sent_mail import mails, token_to
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import PendingLogin, User
from authberry.pruning.progress import Kind

RESET = """
mutation($token: String!, $newPassword: String!, $transport: RefreshTokenTransport! = COOKIE) {
  resetPassword(token: $token, newPassword: $newPassword, transport: $transport) {
    __typename ... on SecondFactorRequired { ticket } ... on Error { code message } } }"""


async def test_the_ticket_is_in_a_cookie_of_its_own(make_app: MakeApp, clock: FrozenClock) -> None:
    """Which no script reads, no subdomain sets, and that is gone once the login is complete."""
    app = await make_app(env="production", public_url="https://auth.example.com")
    auth: Auth = app.state.auth
    phone = await with_app(auth, await person(auth, ADA["email"]))
    browser = Browser(app, url="https://auth.example.com")
    response = await browser.ask(LOGIN, ADA)
    cookie = cookie_set(response)
    assert data(response)["ticket"] is None
    assert cookie.key == "__Host-pending_login"
    assert cookie["httponly"]
    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert cookie["samesite"].lower() == "strict"
    assert cookie["max-age"] == "300"
    assert response.headers["cache-control"] == "no-store"
    answer = await complete(browser, proof={"totpCode": phone.next_code(clock.tick)})
    assert answer["__typename"] == "AuthPayload"
    assert list(browser.cookies) == ["__Host-refresh_token"]


@pytest.mark.parametrize("transport", ["COOKIE", "BODY"])
async def test_what_the_login_was_asked_with_is_asked_for_once(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock, transport: str
) -> None:
    """Neither the address nor the transport: others have both sent again, or lose them between."""
    phone = await with_app(auth, ada)
    asked = await ask_for_second(browser, transport=transport)
    proof = {"totpCode": phone.next_code(clock.tick)}
    answer = await complete(browser, proof=proof, ticket=asked["ticket"])
    assert answer["__typename"] == "AuthPayload"
    assert (answer["refreshToken"] is None) == (transport == "COOKIE")
    assert list(browser.cookies) == (["refresh_token"] if transport == "COOKIE" else [])


async def test_another_browser_cannot_complete_it(
    app: Starlette, auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """Though it has a right code."""
    phone = await with_app(auth, ada)
    await ask_for_second(browser)
    proof = {"totpCode": phone.next_code(clock.tick)}
    assert (await complete(Browser(app), proof=proof))["__typename"] == "InvalidToken"
    assert (await complete(browser, proof=proof))["__typename"] == "AuthPayload"


async def test_a_page_of_another_site_cannot_complete_it(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """Its cookie is looked at where cookies may be used, and nowhere else."""
    phone = await with_app(auth, ada)
    await ask_for_second(browser)
    rows = await factor_rows(auth)
    proof = {"totpCode": phone.next_code(clock.tick)}
    response = await browser.ask(
        "mutation($proof: Proof) { completeLogin(proof: $proof) { __typename } }",
        proof=proof,
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert response.json()["errors"]
    assert await factor_rows(auth) == rows


@pytest.mark.parametrize("field", ["completeLogin", "completePasswordReset"])
async def test_what_waits_in_a_cookie_is_not_completed_by_an_argument(
    app: Starlette, auth: Auth, ada: User, browser: Browser, clock: FrozenClock, field: str
) -> None:
    """For an argument nobody looks at who asks; nor is what waits in a body good as a cookie."""
    phone = await with_app(auth, ada)
    tickets = []
    for transport in ("COOKIE", "BODY"):
        if field == "completeLogin":
            asked = await ask_for_second(browser, transport=transport)
        else:
            await mails(auth)
            await browser.ask(REQUEST_PASSWORD_RESET, email=ADA["email"])
            new = {"token": await token_to(auth, ADA["email"]), "newPassword": "another, another"}
            asked = data(await browser.ask(RESET, new, transport=transport))
        tickets.append(asked["ticket"] or browser.cookies["pending_login"])
    proof, rows = {"totpCode": phone.next_code(clock.tick)}, await factor_rows(auth)
    document = f"""
      mutation($proof: Proof!, $ticket: String) {{
        {field}(proof: $proof, ticket: $ticket) {{ __typename }} }}"""
    elsewhere, stranger = Browser(app), {"Origin": "https://evil.example"}
    for headers in ({}, stranger):
        answer = await elsewhere.ask(document, proof=proof, ticket=tickets[0], headers=headers)
        assert data(answer)["__typename"] == "InvalidToken"
    elsewhere.keep("pending_login", str(tickets[1]))
    assert data(await elsewhere.ask(document, proof=proof))["__typename"] == "InvalidToken"
    assert await factor_rows(auth) == rows
    done = data(await Browser(app).ask(document, proof=proof, ticket=tickets[1]))
    assert done["__typename"] in {"AuthPayload", "PasswordReset"}


async def test_it_takes_no_factor_of_another_account(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """A thief has a phone and a passkey of their own, and Ada's password.

    The passkey answers just what this login asks of Ada's.
    """
    await with_app(auth, ada)
    clock.tick(30)
    own = await with_passkey(auth, ada)
    bob = await person(auth, "bob@example.com")
    thief, key = await with_app(auth, bob), await with_passkey(auth, bob)
    asked = await ask_for_second(browser)
    clock.tick(30)
    options = asked["passkeyOptions"]
    proofs: list[dict[str, Any]] = [
        {"totpCode": thief.code()},
        {"recoveryCode": thief.recovery_codes[0]},
        {"passkey": key.get(options)},
    ]
    for proof in proofs:
        assert (await complete(browser, proof=proof))["__typename"] == "InvalidProof"
    rows = await factor_rows(auth)
    assert all(one["used_at"] is None for one in rows["RecoveryCode"])
    assert rows["SpentChallenge"] == []
    answer = await complete(browser, proof={"passkey": own.get(options)})
    assert answer["__typename"] == "AuthPayload"


async def test_it_takes_no_passkey_that_answers_another_login(
    app: Starlette, auth: Auth, ada: User
) -> None:
    """The challenge is of this login: neither of one before, nor of a page that logs in."""
    key = await with_passkey(auth, ada)
    first, second = Browser(app), Browser(app)
    asked = await ask_for_second(first)
    await ask_for_second(second)
    for options in (
        asked["passkeyOptions"],
        data(await first.ask("mutation { beginPasskeyLogin { options } }"))["options"],
    ):
        answer = await complete(second, proof={"passkey": key.get(options)})
        assert answer["__typename"] == "InvalidToken"
    answer = await complete(first, proof={"passkey": key.get(asked["passkeyOptions"])})
    assert answer["session"]["acr"] == "phr"


async def test_it_is_for_one_purpose(
    app: Starlette, auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """A login is not completed with the ticket of a password reset, nor the other way round."""
    phone = await with_app(auth, ada)
    await browser.ask(REQUEST_PASSWORD_RESET, email=ADA["email"])
    token = await token_to(auth, ADA["email"])
    program = Browser(app)
    new = "another horse, another staple"
    variables = {"token": token, "newPassword": new, "transport": "BODY"}
    asked = data(await program.ask(RESET, variables))
    login = await ask_for_second(program, transport="BODY")
    proof = {"totpCode": phone.next_code(clock.tick)}
    refused = await complete(program, proof=proof, ticket=asked["ticket"])
    assert refused["__typename"] == "InvalidToken"
    refused = data(await program.ask(COMPLETE_RESET, proof=proof, ticket=login["ticket"]))
    assert refused["__typename"] == "InvalidToken"
    for field in ("beginTotpEnrollment", "beginPasskeyRegistration"):
        document = f"mutation($ticket: String) {{ {field}(ticket: $ticket) {{ expiresAt }} }}"
        response = await program.ask(document, ticket=login["ticket"])
        assert response.json()["errors"]
    done = await complete(program, proof=proof, ticket=login["ticket"])
    assert done["__typename"] == "AuthPayload"


@pytest.mark.parametrize(("seconds", "outcome"), [(299, "AuthPayload"), (300, "InvalidToken")])
async def test_it_lasts_five_minutes_and_its_row_is_pruned(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock, seconds: int, outcome: str
) -> None:
    """To the second."""
    phone = await with_app(auth, ada)
    await ask_for_second(browser)
    (cookie,) = browser.cookies.values()
    clock.tick(seconds)
    browser.keep("pending_login", str(cookie))
    wrong = await complete(browser, proof={"totpCode": "000000"})
    assert (wrong["__typename"] == "InvalidProof") is (outcome == "AuthPayload")
    answer = await complete(browser, proof={"totpCode": phone.code()})
    assert answer["__typename"] == outcome
    pruned = (await auth.pruning.prune()).deleted(Kind.PENDING_LOGINS)
    assert pruned == (outcome == "InvalidToken")
    assert (await factor_rows(auth))["PendingLogin"] == []


@pytest.mark.parametrize("change", ["password", "factor", "disabled"])
async def test_it_dies_with_what_it_rests_on(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock, change: str
) -> None:
    """A new password or another factor: what was proved before says nothing of the account."""
    phone = await with_app(auth, ada)
    await ask_for_second(browser)
    if change == "password":
        await auth.accounts.password_changes.set(ada, "another horse, another staple", BROWSER)
    elif change == "factor":
        clock.tick(30)
        await with_passkey(auth, ada)
    else:
        await auth.accounts.disable(ada, BROWSER)
    answer = await complete(browser, proof={"totpCode": phone.next_code(clock.tick)})
    assert answer["__typename"] == "InvalidToken"


async def test_a_mailed_link_asks_for_the_second_factor_and_both_are_said(
    auth: Auth, ada: User, browser: Browser, clock: FrozenClock
) -> None:
    """Others gate the password and no other way in."""
    phone = await with_app(auth, ada)
    await browser.ask(REQUEST_LOGIN_LINK, email=ADA["email"])
    token = await token_to(auth, ADA["email"])
    rows = await factor_rows(auth)
    asked = data(await browser.ask(LOGIN_WITH_LINK, {"token": token}))
    assert asked["__typename"] == "SecondFactorRequired"
    assert (await factor_rows(auth))["RefreshToken"] == rows["RefreshToken"]
    answer = await complete(browser, proof={"totpCode": phone.next_code(clock.tick)})
    assert answer["session"]["amr"] == ["otp", "mfa"]
    assert answer["session"]["acr"] == "aal2"


@pytest.mark.parametrize(
    "ticket", ["", "x", "A" * 64, "A" * 63 + "!", "é" * 64, "\ud800" * 64, "A" * 60_000]
)
async def test_what_is_no_ticket_is_refused_and_is_no_fault(
    auth: Auth, ada: User, browser: Browser, ticket: str
) -> None:
    """However strange."""
    await with_app(auth, ada)
    answer = await complete(browser, proof={"totpCode": "000000"}, ticket=ticket)
    assert answer["__typename"] == "InvalidToken"


async def test_a_ticket_with_the_secret_of_another_is_refused(
    app: Starlette, auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Its id alone opens nothing."""
    phone = await with_app(auth, ada)
    tickets = [(await ask_for_second(Browser(app), transport="BODY"))["ticket"] for _ in range(2)]
    proof = {"totpCode": phone.next_code(clock.tick)}
    first, second = (urlsafe_b64decode(ticket) for ticket in tickets)
    mixed = urlsafe_b64encode(first[:16] + second[16:]).decode()
    assert (await complete(Browser(app), proof=proof, ticket=mixed))["__typename"] == "InvalidToken"
    with auth.database.use():
        row = await PendingLogin.first()
    assert row
    assert json.loads(row.proofs) == {"amr": ["pwd"], "acr": "aal1"}
    assert PASSWORD not in repr(vars(row))
