"""How often something may be tried, as a client sees it."""

import asyncio
import gc
from unittest.mock import ANY

import httpx
import pytest
from apps import MakeApp, person
from browser import Browser, data
from clocks_moved import WallClock, wall
from documents import LOGIN, REFRESH_TOKEN, REGISTER
from limits import parse
from log_lines import LogLines
from people import PASSWORD, begin
from rows import everything

from authberry import Auth, Client
from authberry.models import User
from authberry.throttle import Budget

__all__ = ["wall"]

ADA = {"email": "ada@example.com", "password": PASSWORD}
WRONG = {"email": "ada@example.com", "password": "wrong"}


def kinds(responses: list[httpx.Response]) -> list[str]:
    """What each was answered with."""
    return [data(response)["__typename"] for response in responses]


async def guess(browser: Browser, times: int, email: str = "ada@example.com") -> list[str]:
    """Guess so many passwords, one after the other."""
    return kinds(
        [
            await browser.ask(LOGIN, email=email, password=f"guess {number}")
            for number in range(times)
        ]
    )


async def test_the_sixth_guess_is_not_looked_at(auth: Auth, browser: Browser, ada: User) -> None:
    """Not even where it is right; nothing is set, nothing begins."""
    assert await guess(browser, 5) == ["InvalidCredentials"] * 5
    before = await everything(auth)

    response = await browser.ask(LOGIN, ADA)

    answer = data(response)
    assert answer == {
        "__typename": "TooManyAttempts",
        "code": "TOO_MANY_ATTEMPTS",
        "message": "Too many attempts. Try again later.",
        "retryAfter": ANY,
    }
    assert 500 < answer["retryAfter"] <= 900
    assert response.headers["retry-after"] == str(answer["retryAfter"])
    assert response.status_code == 200
    assert "set-cookie" not in response.headers
    assert await everything(auth) == before


@pytest.mark.one_process("a store that servers share goes by a clock of its own")
async def test_waiting_as_told_is_enough(make_app: MakeApp, wall: WallClock) -> None:
    """No lockout, and nobody to call: the time comes down, and then the owner is let in."""
    app = await make_app(login_attempts="1/2hours")
    await person(app.state.auth, "ada@example.com")
    browser = Browser(app)
    await guess(browser, 1)
    refused = data(await browser.ask(LOGIN, ADA))
    assert refused["retryAfter"] == 7200
    wall.now += refused["retryAfter"]
    assert kinds([await browser.ask(LOGIN, ADA)]) == ["AuthPayload"]


async def test_known_and_unknown_accounts_are_throttled_alike(browser: Browser, ada: User) -> None:
    """To the header: a throttle is no oracle for who has an account."""
    sequences = []
    for email in ("ada@example.com", "unknown@example.com", "not an address"):
        responses = [await browser.ask(LOGIN, email=email, password="wrong") for _ in range(7)]
        waits = [int(response.headers.get("retry-after", 0)) for response in responses]
        assert all(500 < wait <= 900 for wait in waits[5:])
        sequences.append(
            [
                (response.status_code, sorted(set(response.headers) - {"x-request-id"}))
                for response in responses
            ]
        )
        assert kinds(responses) == ["InvalidCredentials"] * 5 + ["TooManyAttempts"] * 2
    assert sequences[0] == sequences[1] == sequences[2]


async def test_guesses_in_parallel_do_not_exceed_the_budget(browser: Browser, ada: User) -> None:
    """Counted before the password is looked at, in one step."""
    responses = await asyncio.gather(*(browser.ask(LOGIN, WRONG) for _ in range(20)))
    assert sorted(kinds(responses)) == ["InvalidCredentials"] * 5 + ["TooManyAttempts"] * 15


async def test_a_stranger_s_guesses_do_not_lock_the_owner_out(app: object, ada: User) -> None:
    """What is counted is the account from an address, and wider limits are wider."""
    stranger, owner = (Browser(app, address=address) for address in ("203.0.113.9", "192.0.2.1"))
    assert (await guess(stranger, 7))[-1] == "TooManyAttempts"
    assert kinds([await owner.ask(LOGIN, ADA)]) == ["AuthPayload"]


async def test_whoever_gets_in_begins_anew(browser: Browser, ada: User) -> None:
    """An honest person who mistyped is not closer to the limit for it."""
    for _ in range(2):
        assert await guess(browser, 4) == ["InvalidCredentials"] * 4
        assert kinds([await browser.ask(LOGIN, ADA)]) == ["AuthPayload"]


async def test_an_honest_login_among_many_attempts_is_counted_without_a_stumble(
    auth: Auth, browser: Browser, ada: User, log: LogLines
) -> None:
    """A budget is given back while others are swept out, and nothing is said of it."""
    log.start(log_level="info")
    for number in range(500):
        await auth.throttle.spend(Client(), Budget(parse("1/hour"), ("somebody", str(number))))
    assert kinds([await browser.ask(LOGIN, ADA) for _ in range(2)]) == ["AuthPayload"] * 2
    await asyncio.sleep(0)
    await auth.throttle.spend(Client(), Budget(parse("1/hour"), ("somebody", "else")))
    gc.collect()
    assert [record["event"] for record in log.records] == ["login_succeeded"] * 2


async def test_another_spelling_of_an_address_is_no_new_budget(browser: Browser, ada: User) -> None:
    """It is counted as it is looked up."""
    for email in ("ada@example.com", "ADA@example.com", " ada@example.com", "Ada@Example.COM\t"):
        await guess(browser, 1, email)
    assert await guess(browser, 2) == ["InvalidCredentials", "TooManyAttempts"]


async def test_one_account_from_many_addresses_is_throttled(make_app: MakeApp) -> None:
    """A budget of the account's own, wider than that of the pair."""
    app = await make_app(login_attempts_per_account="10/hour")
    await person(app.state.auth, "ada@example.com")
    browsers = [Browser(app, address=f"198.51.100.{number}") for number in range(12)]
    answers = kinds([await browser.ask(LOGIN, WRONG) for browser in browsers])
    assert answers == ["InvalidCredentials"] * 10 + ["TooManyAttempts"] * 2


async def test_one_address_over_many_accounts_is_throttled(make_app: MakeApp) -> None:
    """A budget of the address's own; a success of its own account does not fill it up again."""
    app = await make_app(login_attempts_per_address="10/hour")
    await person(app.state.auth, "mallory@example.com")
    browser = Browser(app)
    mallory = {"email": "mallory@example.com", "password": PASSWORD, "transport": "BODY"}
    answers = []
    for number in range(5):
        answers.append(await browser.ask(LOGIN, mallory))
        answers.append(await browser.ask(LOGIN, email=f"{number}@example.com", password="x"))
    answers.append(await browser.ask(LOGIN, mallory))
    assert kinds(answers) == ["AuthPayload", "InvalidCredentials"] * 5 + ["TooManyAttempts"]


async def test_addresses_of_one_ipv6_network_are_one(make_app: MakeApp) -> None:
    """Anybody has 2^64 of them."""
    app = await make_app()
    await person(app.state.auth, "ada@example.com")
    same = [Browser(app, address=f"2001:db8:0:1::{number}") for number in range(1, 7)]
    answers = kinds([await browser.ask(LOGIN, WRONG) for browser in same])
    assert answers == ["InvalidCredentials"] * 5 + ["TooManyAttempts"]
    other = Browser(app, address="2001:db8:0:2::1")
    assert kinds([await other.ask(LOGIN, ADA)]) == ["AuthPayload"]


async def test_registering_is_throttled_by_address(make_app: MakeApp) -> None:
    """Whether or not the addresses are taken, so that nobody asks for all of them."""
    app = await make_app(register_attempts="2/hour")
    auth: Auth = app.state.auth
    await auth.accounts.create("ada@example.com", None)
    browser = Browser(app)
    answers = [
        await browser.ask(REGISTER, email=email, password=PASSWORD)
        for email in ("ada@example.com", "grace@example.com", "edsger@example.com")
    ]
    assert kinds(answers) == ["EmailTaken", "AuthPayload", "TooManyAttempts"]
    assert 3000 < int(answers[-1].headers["retry-after"]) <= 3600
    people = [row["email"] for row in (await everything(auth))["User"]]
    assert sorted(people) == ["ada@example.com", "grace@example.com"]


async def test_refreshing_is_throttled_by_address(make_app: MakeApp) -> None:
    """Garbage counts as well."""
    app = await make_app(refresh_attempts="2/hour")
    auth: Auth = app.state.auth
    session = await begin(auth, await auth.accounts.create("ada@example.com", None))
    browser = Browser(app)
    answers = [
        await browser.ask(REFRESH_TOKEN, refreshToken=token)
        for token in ("garbage", "garbage", session.refresh_token)
    ]
    assert kinds(answers) == ["RefreshTokenInvalid"] * 2 + ["TooManyAttempts"]
    other = Browser(app, address="198.51.100.7")
    answer = await other.ask(REFRESH_TOKEN, refreshToken=session.refresh_token)
    assert kinds([answer]) == ["AuthPayload"]
