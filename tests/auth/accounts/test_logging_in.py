"""Logging in with a password: what is told to whom, and what it costs."""

import pytest
from argon2 import PasswordHasher, Type
from bobs_account import COOKIE, OUT_OF_BOUNDS, MakeAuth, bob, log_in, set_hash
from frozen_clock import NOON
from hash_work import OURS, Work, computed
from little_work import little_work
from people import BROWSER, PASSWORD, PHONE, tokens_of
from rows import everything, session_row, user_row

from authberry import Auth
from authberry.errors import (
    AuthError,
    InvalidCredentials,
    InvalidInput,
    TooManyAttempts,
)
from authberry.models import User

pytestmark = pytest.mark.usefixtures("usual_cost")

__all__ = ["bob", "computed"]


# Logging in


async def test_logging_in_begins_a_session(auth: Auth, bob: User) -> None:
    """Of the person, from the client, by the transport asked for; the person is unchanged."""
    before = await user_row(auth, bob)
    entered = await auth.logins.passwords.login(" BOB@example.com", PASSWORD, PHONE, COOKIE)
    issued = tokens_of(entered)
    row = await session_row(auth, issued)
    assert (row["user_id"], row["transport"], row["ip_address"]) == (
        bob.id,
        "COOKIE",
        "198.51.100.7",
    )
    assert row["authenticated_at"] == NOON
    assert (await auth.signing.access_tokens.verify(issued.access_token.value)).user_id == bob.id
    assert await user_row(auth, bob) == before


@pytest.mark.parametrize("password", [PASSWORD + " ", " " + PASSWORD, PASSWORD.upper(), "", "x"])
async def test_a_wrong_password_begins_no_session(auth: Auth, bob: User, password: str) -> None:
    """Nothing is trimmed or folded, and nothing is written."""
    before = await everything(auth)
    with pytest.raises(InvalidCredentials):
        await log_in(auth, password)
    assert await everything(auth) == before


async def test_a_password_too_long_to_have_been_set_is_not_hashed(auth: Auth, bob: User) -> None:
    """A megabyte is refused at once, whoever it is for."""
    for email in ("bob@example.com", "nobody@example.com"):
        with little_work(0.5), pytest.raises(InvalidInput):
            await log_in(auth, "a" * 1_000_000, email)


# Enumeration


WAYS_TO_FAIL = [
    *("unknown", "wrong", "disabled", "disabled and wrong"),
    *("no password", "no hash", "a torn hash", "another's hash", "no address"),
    *("no memory", "too many passes", "sixty digits"),
]


@pytest.mark.one_process("counts the hashes of one")
@pytest.mark.parametrize("way", WAYS_TO_FAIL)
async def test_every_failed_login_looks_alike_and_costs_one_hash(
    auth: Auth, bob: User, computed: list[Work], way: str
) -> None:
    """Neither the answer nor the work tells whether there is such an account."""
    email, password = "bob@example.com", PASSWORD
    match way:
        case "unknown":
            email = "nobody@example.com"
        case "wrong":
            password = "wrong password"
        case "disabled" | "disabled and wrong":
            await auth.accounts.disable(bob, BROWSER)
            password = PASSWORD if way == "disabled" else "wrong password"
        case "no password":
            await set_hash(auth, bob, None)
        case "no hash":
            await set_hash(auth, bob, "!")
        case "a torn hash":
            await set_hash(auth, bob, "$argon2id$v=19$m=19456,t=2,p=1$torn")
        case "another's hash":
            await set_hash(auth, bob, PasswordHasher(2, 19456, 1, type=Type.D).hash("another"))
        case "no memory" | "too many passes" | "sixty digits":
            await set_hash(auth, bob, OUT_OF_BOUNDS[way])
        case _:
            email = "no address"
    before = await everything(auth)
    computed.clear()

    with pytest.raises(InvalidCredentials) as refusal:
        await log_in(auth, password, email)

    assert str(refusal.value) == "The e-mail address or the password is wrong."
    assert vars(refusal.value) == {}
    assert computed == [OURS]
    assert await everything(auth) == before


async def test_a_hash_for_nobody_has_todays_parameters(auth: Auth) -> None:
    """The dummy costs what a real one does."""
    assert auth.passwords.hasher._dummy_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not auth.passwords.hasher.is_outdated(auth.passwords.hasher._dummy_hash)


async def test_known_and_unknown_accounts_are_throttled_alike(make_auth: MakeAuth) -> None:
    """Ten wrong guesses are answered in the same sequence, with the same time to wait."""
    auth = await make_auth()
    await auth.accounts.create("bob@example.com", PASSWORD)

    async def answers(email: str) -> list[object]:
        told: list[object] = []
        for _ in range(10):
            try:
                await log_in(auth, "wrong password", email)
            except TooManyAttempts as refusal:
                told.append("wait" if 500 < refusal.retry_after <= 900 else refusal.retry_after)
            except AuthError as refusal:
                told.append(refusal.code)
        return told

    known, unknown = await answers("bob@example.com"), await answers("nobody@example.com")
    assert known == unknown
    assert len(set(known[:5])) == 1
    assert known[5:] == ["wait"] * 5
