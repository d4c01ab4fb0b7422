"""Registering, by whoever asks and by the operator."""

import asyncio
from collections import Counter

import pytest
from bobs_account import BODY, COOKIE, MakeAuth, bob, log_in
from frozen_clock import NOON
from people import BROWSER, PASSWORD, PHONE, register
from rows import everything, session_row, user_row

from authberry import Auth
from authberry.errors import (
    EmailTaken,
    InvalidInput,
    RegistrationClosed,
    TooManyAttempts,
    WeakPassword,
)
from authberry.models import User

pytestmark = pytest.mark.usefixtures("usual_cost")

__all__ = ["bob"]


async def test_registering_makes_one_person_and_one_session(auth: Auth) -> None:
    """The row holds the address as it is looked up, and of the password a hash."""
    issued = await register(auth, " Ada@Example.COM ", PASSWORD, " Ada ", BROWSER, COOKIE)

    row = await user_row(auth, issued.user)
    password_hash = row.pop("password_hash")
    assert row == {
        "id": issued.user.id,
        "email": "ada@example.com",
        "email_key": None,
        "email_verified": False,
        "name": "Ada",
        "roles": [],
        "created_at": NOON,
        "disabled_at": None,
        "deletes_at": None,
        "locale": None,
    }
    assert password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert (await session_row(auth, issued))["user_id"] == issued.user.id
    assert issued.transport is COOKIE
    assert (await log_in(auth, email="ada@example.com")).user.id == issued.user.id


async def test_twenty_who_register_one_address_at_once_make_one_person(
    auth: Auth, make_auth: MakeAuth
) -> None:
    """However it is spelled, and on two servers: the unique index decides."""
    servers = [auth, await make_auth()]
    spellings = ["ada@example.com", "Ada@example.com", "ADA@EXAMPLE.COM", "ada@Example.Com "]

    async def attempt(turn: int) -> str:
        try:
            await servers[turn % 2].accounts.registration.register(
                spellings[turn % 4], PASSWORD, None, BROWSER, BODY
            )
        except EmailTaken:
            return "taken"
        return "made"

    assert Counter(await asyncio.gather(*map(attempt, range(20)))) == {"made": 1, "taken": 19}
    rows = await everything(auth)
    assert [row["email"] for row in rows["User"]] == ["ada@example.com"]
    assert len(rows["RefreshToken"]) == 1


async def test_an_address_that_is_taken_costs_no_hash(auth: Auth, bob: User) -> None:
    """And leaves everything as it was."""
    before = await everything(auth)
    auth.passwords.hasher.close()  # whoever hashes now fails
    with pytest.raises(EmailTaken):
        await auth.accounts.registration.register("BOB@example.com", PASSWORD, None, BROWSER, BODY)
    assert await everything(auth) == before


@pytest.mark.parametrize(
    ("email", "password", "name", "field"),
    [
        ("", PASSWORD, None, "email"),
        ("ada", PASSWORD, None, "email"),
        ("ada@example.com\0", PASSWORD, None, "email"),
        ("ada\ud800@example.com", PASSWORD, None, "email"),
        ("ada\uff20example.com", PASSWORD, None, "email"),
        ("ada@example.com", "a" * 1025, None, "password"),
        ("ada@example.com", "correct horse\0battery", None, "password"),
        ("ada@example.com", "correct horse \ud800 battery", None, "password"),
        ("ada@example.com", PASSWORD, "A" * 201, "name"),
        ("ada@example.com", PASSWORD, "A\0da", "name"),
        ("ada@example.com", PASSWORD, "A\ud800da", "name"),
        ("ada@example.com", PASSWORD, "A\r\nda", "name"),
        ("ada@example.com", PASSWORD, "A\x1b[31mda", "name"),
    ],
)
async def test_what_cannot_be_stored_is_refused_alike_on_both_databases(
    auth: Auth, email: str, password: str, name: str | None, field: str
) -> None:
    """The refusal names the argument and repeats nothing of it; nothing is written."""
    before = await everything(auth)
    with pytest.raises(InvalidInput) as refusal:
        await auth.accounts.registration.register(email, password, name, BROWSER, BODY)
    assert refusal.value.field == field
    assert "ada" not in str(refusal.value).lower()
    assert "horse" not in str(refusal.value)
    assert await everything(auth) == before


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        (None, None),
        ("", None),
        ("  ", None),
        (" Ada ", "Ada"),
        ("A" * 200, "A" * 200),
        ("李", "李"),
    ],
)
async def test_a_name_is_stored_as_it_is_shown(
    auth: Auth, name: str | None, stored: str | None
) -> None:
    """Without the space around it; one that is empty is none."""
    user = await auth.accounts.create("ada@example.com", None, name)
    assert (await user_row(auth, user))["name"] == stored


async def test_a_weak_password_makes_no_account(auth: Auth) -> None:
    """Neither a common one nor one made of the address or the name; every reason is told."""
    for weak in ("password", "ada@example.com", "Lovelace1", "short"):
        with pytest.raises(WeakPassword) as refusal:
            await auth.accounts.registration.register(
                "ada@example.com", weak, "Ada Lovelace", BROWSER, BODY
            )
        assert refusal.value.reasons
    assert (await everything(auth))["User"] == []


async def test_where_registration_is_closed_only_the_operator_makes_accounts(
    make_auth: MakeAuth,
) -> None:
    """The refusal comes before anything is looked at."""
    auth = await make_auth(registration="closed")
    with pytest.raises(RegistrationClosed):
        await auth.accounts.registration.register("", "", None, BROWSER, BODY)
    assert (await everything(auth))["User"] == []
    await auth.accounts.create("ada@example.com", PASSWORD)


@pytest.mark.parametrize("role", ["", "two words", "a,b", "é", "x" * 65, "a\n"])
async def test_a_role_is_a_plain_word(auth: Auth, role: str) -> None:
    """Roles are read by other services, out of tokens: none needs quoting anywhere."""
    with pytest.raises(InvalidInput) as refusal:
        await auth.accounts.create("eve@example.com", None, roles=("admin", role))
    assert refusal.value.field == "role"
    assert (await everything(auth))["User"] == []


async def test_an_account_made_by_the_operator_is_an_event(
    auth: Auth, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever makes it, the log says that there is somebody new."""
    caplog.set_level("INFO", "authberry.security")
    user = await auth.accounts.create("eve@example.com", None)
    assert [(vars(one)["event"], vars(one)["user_id"]) for one in caplog.records] == [
        ("registered", str(user.id))
    ]


async def test_registering_is_limited_by_network(make_auth: MakeAuth) -> None:
    """One address of the internet makes so many accounts an hour, another its own number."""
    auth = await make_auth(register_attempts="2/hour")
    for number in range(2):
        await auth.accounts.registration.register(
            f"a{number}@example.com", PASSWORD, None, BROWSER, BODY
        )
    with pytest.raises(TooManyAttempts):
        await auth.accounts.registration.register("a3@example.com", PASSWORD, None, BROWSER, BODY)
    await auth.accounts.registration.register("a3@example.com", PASSWORD, None, PHONE, BODY)
    assert len((await everything(auth))["User"]) == 3
