"""Guesses at a second factor: counted before they are looked at, wherever they are made."""

import asyncio
from collections import Counter

import pytest
from apps import MakeApp, person
from browser import Browser, codes, data, errors
from frozen_clock import FrozenClock
from people import PASSWORD
from second_factors import (
    ADA,
    COMPLETE,
    LOGIN,
    UNLIMITED,
    ask_for_second,
    complete,
    factor_rows,
    with_app,
)
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import User

WRONG = {"totpCode": "000000"}
WITHOUT_PROOF = """
mutation { completeLogin {
    __typename ... on InvalidProof { attemptsLeft } ... on Error { code message } } }"""


@pytest.fixture
async def unlimited(make_app: MakeApp) -> Starlette:
    """Where only the pending login itself counts."""
    return await make_app(**UNLIMITED)


async def test_the_fifth_wrong_proof_ends_the_pending_login(
    unlimited: Starlette, clock: FrozenClock
) -> None:
    """Each answer says how many are left; behind the last, a right one is worth nothing."""
    auth: Auth = unlimited.state.auth
    phone = await with_app(auth, await person(auth, ADA["email"]))
    browser = Browser(unlimited)
    await ask_for_second(browser)
    answers = [await complete(browser, proof=WRONG) for _ in range(5)]
    assert [one["__typename"] for one in answers] == ["InvalidProof"] * 5
    assert [one["attemptsLeft"] for one in answers] == [4, 3, 2, 1, 0]
    assert (await factor_rows(auth))["PendingLogin"] == []
    right = {"totpCode": phone.next_code(clock.tick)}
    assert (await complete(browser, proof=right))["__typename"] == "InvalidToken"
    await ask_for_second(browser)
    assert (await complete(browser, proof=right))["__typename"] == "AuthPayload"


@pytest.mark.parametrize("kind", ["totpCode", "recoveryCode", "password", "passkey"])
async def test_every_kind_of_wrong_proof_counts(unlimited: Starlette, kind: str) -> None:
    """The password is none here at all: it has been proved."""
    auth: Auth = unlimited.state.auth
    await with_app(auth, await person(auth, ADA["email"]))
    browser = Browser(unlimited)
    await ask_for_second(browser)
    proof: dict[str, object] = {kind: {"id": "a"} if kind == "passkey" else PASSWORD}
    answers = [await complete(browser, proof=proof) for _ in range(6)]
    assert [one["__typename"] for one in answers] == ["InvalidProof"] * 5 + ["InvalidToken"]


async def test_guesses_at_once_are_no_more_than_five(
    unlimited: Starlette, clock: FrozenClock
) -> None:
    """Twenty of them, at one pending login; each is told how many are left, and it is over."""
    auth: Auth = unlimited.state.auth
    phone = await with_app(auth, await person(auth, ADA["email"]))
    ticket = (await ask_for_second(Browser(unlimited), transport="BODY"))["ticket"]
    guesses = [
        complete(Browser(unlimited), proof={"totpCode": f"{number:06}"}, ticket=ticket)
        for number in range(20)
    ]
    answers = await asyncio.gather(*guesses)
    found = Counter(one["__typename"] for one in answers)
    assert found == {"InvalidProof": 5, "InvalidToken": 15}
    left = [one["attemptsLeft"] for one in answers if one["__typename"] == "InvalidProof"]
    assert sorted(left) == [0, 1, 2, 3, 4]
    right = {"totpCode": phone.next_code(clock.tick)}
    answer = await complete(Browser(unlimited), proof=right, ticket=ticket)
    assert answer["__typename"] == "InvalidToken"


@pytest.mark.parametrize("document", [COMPLETE, WITHOUT_PROOF])
async def test_what_is_no_proof_costs_no_attempt(
    unlimited: Starlette, clock: FrozenClock, document: str
) -> None:
    """Neither null nor nothing: the answer has a type, says what to send, and changes nothing."""
    auth: Auth = unlimited.state.auth
    phone = await with_app(auth, await person(auth, ADA["email"]))
    browser = Browser(unlimited)
    await ask_for_second(browser)
    assert (await complete(browser, proof=WRONG))["attemptsLeft"] == 4
    before = await factor_rows(auth)
    for _ in range(6):
        assert data(await browser.ask(document)) == {
            "__typename": "InvalidProof",
            "attemptsLeft": 4,
            "code": "INVALID_PROOF",
            "message": "Send a proof: a second factor is wanted.",
        }
    assert await factor_rows(auth) == before
    right = {"totpCode": phone.next_code(clock.tick)}
    assert (await complete(browser, proof=right))["__typename"] == "AuthPayload"


@pytest.mark.parametrize(
    "proof",
    ["{}", "{totpCode: null}", '{totpCode: "1", password: "2"}', "{totpCode: 1}", "1", "$proof"],
)
async def test_what_is_no_input_costs_no_attempt(unlimited: Starlette, proof: str) -> None:
    """It is refused in clear words, and not looked at whose login this is."""
    auth: Auth = unlimited.state.auth
    await with_app(auth, await person(auth, ADA["email"]))
    browser = Browser(unlimited)
    await ask_for_second(browser)
    before = await factor_rows(auth)
    declared = "($proof: Proof)" if proof == "$proof" else ""
    document = f"mutation{declared} {{ completeLogin(proof: {proof}) {{ __typename }} }}"
    response = await browser.ask(document, proof={})
    assert set(codes(response)) <= {"BAD_REQUEST", "GRAPHQL_VALIDATION_FAILED"}
    assert errors(response)
    assert await factor_rows(auth) == before


async def test_a_password_that_can_be_none_costs_no_attempt(unlimited: Starlette) -> None:
    """As at a login: too long for any."""
    auth: Auth = unlimited.state.auth
    await with_app(auth, await person(auth, ADA["email"]))
    browser = Browser(unlimited)
    await ask_for_second(browser)
    before = await factor_rows(auth)
    response = await browser.ask(COMPLETE, proof={"password": "x" * 5000})
    assert codes(response) == ["INVALID_INPUT"]
    assert await factor_rows(auth) == before


async def test_guesses_in_several_pending_logins_are_counted_together(
    app: Starlette, auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Whoever knows the password begins as many as they like, and guesses no more often."""
    phone = await with_app(auth, ada)
    browsers = [Browser(app) for _ in range(3)]
    for browser in browsers:
        await ask_for_second(browser)
    guesses = [await complete(browsers[number % 3], proof=WRONG) for number in range(7)]
    assert [one["__typename"] for one in guesses] == [
        *["InvalidProof"] * 5,
        *["TooManyAttempts"] * 2,
    ]
    right = {"totpCode": phone.next_code(clock.tick)}
    assert (await complete(browsers[2], proof=right))["__typename"] == "TooManyAttempts"
    elsewhere = Browser(app, address="198.51.100.7")
    await ask_for_second(elsewhere)
    assert (await complete(elsewhere, proof=right))["__typename"] == "AuthPayload"


async def test_guesses_from_many_networks_are_counted_at_the_account(
    make_app: MakeApp, clock: FrozenClock
) -> None:
    """A limit of ten is ten, from however many addresses."""
    app = await make_app(login_attempts_per_account="10/hour", login_attempts=None)
    auth: Auth = app.state.auth
    await with_app(auth, await person(auth, ADA["email"]))
    clock.tick(3600)
    answers = []
    for number in range(12):
        browser = Browser(app, address=f"198.51.{number}.7")
        await ask_for_second(browser)
        answers.append(await complete(browser, proof=WRONG))
    assert [one["__typename"] for one in answers] == [
        *["InvalidProof"] * 10,
        *["TooManyAttempts"] * 2,
    ]


@pytest.mark.parametrize("spelt", ["aliases", "batch", "fragments"])
async def test_a_request_holds_one_guess_however_it_is_spelt(
    app: Starlette, auth: Auth, ada: User, browser: Browser, spelt: str
) -> None:
    """A hundred aliases are a hundred guesses elsewhere."""
    await with_app(auth, ada)
    await ask_for_second(browser)
    before = await factor_rows(auth)
    one = 'completeLogin(proof: {totpCode: "%06d"}) { __typename }'
    if spelt == "aliases":
        fields = " ".join(f"a{number}: {one % number}" for number in range(100))
        response = await browser.ask(f"mutation {{ {fields} }}")
    elif spelt == "fragments":
        parts = " ".join(f"fragment F{n} on Mutation {{ a{n}: {one % n} }}" for n in range(10))
        spread = " ".join(f"...F{n}" for n in range(10))
        response = await browser.ask(f"mutation {{ {spread} }} {parts}")
    else:
        body = [{"query": f"mutation {{ {one % number} }}"} for number in range(100)]
        response = await browser.send(json=body, headers={"Origin": browser.origin})
    assert response.status_code in {200, 400, 422}
    assert not (response.json().get("data") if isinstance(response.json(), dict) else None)
    assert (await factor_rows(auth))["PendingLogin"] == before["PendingLogin"]
    if spelt != "batch":
        assert set(codes(response)) == {"OPERATION_TOO_COMPLEX"}


async def test_a_wrong_password_says_nothing_of_factors(
    auth: Auth, ada: User, browser: Browser
) -> None:
    """Known, with a factor, without one, or unknown: the same to the byte, and no row."""
    await with_app(auth, ada)
    await person(auth, "bob@example.com")
    rows = await factor_rows(auth)
    answers = {
        (await browser.ask(LOGIN, email=f"{name}@example.com", password="wrong one")).content
        for name in ("ada", "bob", "nobody")
    }
    assert len(answers) == 1
    assert (await factor_rows(auth))["PendingLogin"] == rows["PendingLogin"] == []
    assert data(await browser.ask(COMPLETE, proof=WRONG))["__typename"] == "InvalidToken"
