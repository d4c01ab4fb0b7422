"""Passwords whose hash was made with other parameters, or by nobody."""

import asyncio

import pytest
from argon2 import PasswordHasher
from bobs_account import BODY, NEW_PASSWORD, OUT_OF_BOUNDS, MakeAuth, bob, log_in, set_hash
from people import BROWSER, PASSWORD
from rows import changes, user_row
from sent_mail import token_to

from authberry import Auth
from authberry.errors import (
    InvalidCredentials,
)
from authberry.models import User
from authberry.passwords.hashing import PasswordHash, PreparedPassword

pytestmark = pytest.mark.usefixtures("usual_cost")

__all__ = ["bob"]


async def test_a_hash_of_weaker_parameters_is_renewed_once(auth: Auth, bob: User) -> None:
    """At the next login, with the password at hand; the one after that writes nothing."""
    await set_hash(auth, bob, PasswordHasher(1, 8192, 1).hash(PASSWORD))
    before = await user_row(auth, bob)

    await log_in(auth)

    after = await user_row(auth, bob)
    assert list(changes(before, after)) == ["password_hash"]
    assert after["password_hash"].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    await log_in(auth)
    assert await user_row(auth, bob) == after


async def test_whoever_logs_in_while_the_hash_is_renewed_gets_in(auth: Auth, bob: User) -> None:
    """Several tabs at once, the first time after the parameters have changed."""
    await set_hash(auth, bob, PasswordHasher(1, 8192, 1).hash(PASSWORD))
    logins = await asyncio.gather(*[log_in(auth) for _ in range(4)])
    assert len({issued.session.id for issued in logins}) == 4


async def test_a_password_that_changes_while_its_hash_is_renewed_lets_nobody_in(
    auth: Auth, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who has proved the old one is refused, and the new one stays."""
    await set_hash(auth, bob, PasswordHasher(1, 8192, 1).hash(PASSWORD))
    anew = PasswordHasher(2, 19456, 1).hash(NEW_PASSWORD)
    hash_ = auth.passwords.hasher.hash

    async def hash_late(password: PreparedPassword) -> PasswordHash:
        await set_hash(auth, bob, anew)
        return await hash_(password)

    monkeypatch.setattr(auth.passwords.hasher, "hash", hash_late)
    with pytest.raises(InvalidCredentials):
        await log_in(auth)
    assert (await user_row(auth, bob))["password_hash"] == anew


async def test_a_wrong_password_renews_no_hash(auth: Auth, bob: User) -> None:
    """Only who proves the password has it hashed anew."""
    await set_hash(auth, bob, PasswordHasher(1, 8192, 1).hash(PASSWORD))
    before = await user_row(auth, bob)
    with pytest.raises(InvalidCredentials):
        await log_in(auth, "wrong password")
    assert await user_row(auth, bob) == before


async def test_a_stronger_hash_is_kept(auth: Auth, bob: User) -> None:
    """A later version, or a host with more memory, made it: nothing is made weaker."""
    await set_hash(auth, bob, PasswordHasher(3, 65536, 1).hash(PASSWORD))
    before = await user_row(auth, bob)
    await log_in(auth)
    assert await user_row(auth, bob) == before


@pytest.mark.parametrize(
    "foreign", ["", "plain text", "kein Schlüssel", "$2b$12$" + "x" * 53, "$argon2id$v=19$torn"]
)
async def test_a_hash_that_is_none_of_ours_lets_nobody_in(
    auth: Auth, bob: User, foreign: str
) -> None:
    """It is refused like a wrong password, whatever is typed."""
    await set_hash(auth, bob, foreign)
    for password in (PASSWORD, foreign, ""):
        with pytest.raises(InvalidCredentials):
            await log_in(auth, password)


@pytest.mark.parametrize("way", OUT_OF_BOUNDS)
async def test_the_owner_of_a_hash_out_of_bounds_gets_in_by_a_mailed_link(
    make_auth: MakeAuth, way: str
) -> None:
    """To everybody else it is a wrong password; the link sets one that can be verified."""
    auth = await make_auth(email_verification="optional")
    bob = await auth.accounts.create("bob@example.com", PASSWORD)
    await set_hash(auth, bob, OUT_OF_BOUNDS[way])
    with pytest.raises(InvalidCredentials):
        await log_in(auth)
    await auth.accounts.recovery.request("bob@example.com", BROWSER)
    token = await token_to(auth, "bob@example.com")
    await auth.accounts.recovery.reset(token, NEW_PASSWORD, BROWSER, BODY)
    assert (await log_in(auth, NEW_PASSWORD)).user.id == bob.id


@pytest.mark.own_tables("a constraint is added")
async def test_a_hash_that_cannot_be_renewed_does_not_stop_the_login(auth: Auth, bob: User) -> None:
    """The person has proved the password; the hash is renewed another time."""
    await set_hash(auth, bob, PasswordHasher(1, 8192, 1).hash(PASSWORD))
    before = await user_row(auth, bob)
    with auth.database.use():
        connection = auth.database._context.db()
        if auth.database.is_sqlite:
            await connection.execute_script(
                "CREATE TRIGGER full_disk BEFORE UPDATE OF password_hash ON authberry_user"
                " BEGIN SELECT RAISE(ABORT, 'full'); END"
            )
        else:
            await connection.execute_script(
                "ALTER TABLE authberry_user ADD CONSTRAINT full_disk"
                " CHECK (password_hash NOT LIKE '%m=19456%') NOT VALID"
            )

    issued = await log_in(auth)

    assert issued.user.id == bob.id
    assert await user_row(auth, bob) == before
