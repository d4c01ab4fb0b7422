"""Accounts: registering, logging in, changing the password, being shut out."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type
from frozen_clock import NOON, FrozenClock
from hash_work import OURS, Work, computed
from people import BROWSER, PASSWORD, PHONE, begin, outcome, register, tokens_of
from rows import changes, everything, session_row, user_row
from sent_mail import token_to

from authberry import Auth, Issued, RefreshTokenTransport, Viewer
from authberry.errors import (
    AuthError,
    EmailTaken,
    InvalidCredentials,
    InvalidInput,
    RegistrationClosed,
    SessionRevoked,
    TooManyAttempts,
    Unauthenticated,
    WeakPassword,
)
from authberry.models import User

MakeAuth = Callable[..., Awaitable[Auth]]
BODY, COOKIE = RefreshTokenTransport.BODY, RefreshTokenTransport.COOKIE
NEW_PASSWORD = "another long phrase"
REST = f"p=1${'c2FsdHNhbHRzYWx0c2FsdA'}${'A' * 43}"
OUT_OF_BOUNDS = {
    "no memory": f"$argon2id$v=19$m=0,t=2,{REST}",
    "too many passes": f"$argon2id$v=19$m=19456,t=4000000000,{REST}",
    "sixty digits": f"$argon2id$v=19$m={'9' * 60},t=2,{REST}",
}

__all__ = ["computed"]


@pytest.fixture
async def bob(auth: Auth) -> User:
    """Bob, who has a password."""
    return await auth.accounts.create("bob@example.com", PASSWORD, "Bob")


async def log_in(auth: Auth, password: str = PASSWORD, email: str = "bob@example.com") -> Issued:
    """Log in from the browser."""
    return tokens_of(await auth.logins.passwords.login(email, password, BROWSER, BODY))


async def change(auth: Auth, viewer: Viewer, current: str, new: str = NEW_PASSWORD) -> Issued:
    """Change a password in the browser."""
    return await auth.accounts.password_changes.change(viewer, current, new, BROWSER)


async def set_hash(auth: Auth, user: User, password_hash: str | None) -> None:
    """Store a hash that another program, or an earlier version, has made."""
    with auth.database.use():
        await User.filter(id=user.id).update(password_hash=password_hash)


# Registering


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
        begun = time.process_time()
        with pytest.raises(InvalidInput):
            await log_in(auth, "a" * 1_000_000, email)
        assert time.process_time() - begun < 0.5


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


# Hashes of other times


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


# Changing the password


async def test_a_new_password_ends_every_other_session(
    auth: Auth, bob: User, clock: FrozenClock
) -> None:
    """This one goes on with a new token and a fresh proof; nobody else is touched."""
    stranger = await begin(auth, await auth.accounts.create("eve@example.com", None))
    here, there = await log_in(auth), await log_in(auth)
    person, former = await user_row(auth, bob), await session_row(auth, there)
    clock.tick(60)

    changed = await change(auth, Viewer(bob, here.session), PASSWORD)

    after = await user_row(auth, bob)
    assert list(changes(person, after)) == ["password_hash"]
    assert re.match(r"\$argon2id\$v=19\$m=19456,t=2,p=1\$", after["password_hash"])
    assert changes(former, await session_row(auth, there)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "password changed",
    }
    assert changed.session.id not in {here.session.id, there.session.id}
    assert (await session_row(auth, changed))["authenticated_at"] == clock.now()
    claims = await auth.signing.access_tokens.verify(changed.access_token.value)
    assert claims.authenticated_at == clock.now().replace(microsecond=0)
    assert isinstance(await outcome(auth, changed.refresh_token), str)
    assert await outcome(auth, there.refresh_token) is SessionRevoked
    assert isinstance(await outcome(auth, stranger.refresh_token), str)
    with pytest.raises(InvalidCredentials):
        await log_in(auth)
    await log_in(auth, NEW_PASSWORD)


@pytest.mark.parametrize(
    ("current", "new", "refusal"),
    [
        ("wrong password", NEW_PASSWORD, InvalidCredentials),
        ("", NEW_PASSWORD, InvalidCredentials),
        (PASSWORD, "password", WeakPassword),
        (PASSWORD, "bob@example.com", WeakPassword),
        (PASSWORD, "x" * 1025, InvalidInput),
        (PASSWORD, "with a \0 in it", InvalidInput),
        ("x" * 1025, NEW_PASSWORD, InvalidInput),
    ],
)
async def test_a_password_that_is_not_changed_changes_nothing(
    auth: Auth, bob: User, current: str, new: str, refusal: type[AuthError]
) -> None:
    """No session ends, no token is renewed, the old password works."""
    issued = await log_in(auth)
    before = await everything(auth)
    with pytest.raises(refusal):
        await change(auth, Viewer(bob, issued.session), current, new)
    assert await everything(auth) == before


async def test_the_refused_argument_is_named(auth: Auth, bob: User) -> None:
    """By the name that clients know it by."""
    viewer = Viewer(bob, (await log_in(auth)).session)
    for current, new, field in (
        ("x" * 1025, NEW_PASSWORD, "currentPassword"),
        (PASSWORD, "x" * 1025, "newPassword"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            await change(auth, viewer, current, new)
        assert refusal.value.field == field


async def test_of_two_changes_at_once_one_wins(auth: Auth, bob: User, make_auth: MakeAuth) -> None:
    """The other finds its old password wrong, and undoes nothing of the first."""
    servers = [auth, await make_auth()]
    sessions = [await log_in(auth), await log_in(auth)]

    results = await asyncio.gather(
        *(
            change(server, Viewer(bob, issued.session), PASSWORD, f"{NEW_PASSWORD} {turn}")
            for turn, (server, issued) in enumerate(zip(servers, sessions, strict=True))
        ),
        return_exceptions=True,
    )

    (winner,) = [turn for turn, result in enumerate(results) if isinstance(result, Issued)]
    assert isinstance(results[1 - winner], InvalidCredentials)
    reasons = [(await session_row(auth, issued))["revoked_reason"] for issued in sessions]
    assert reasons[winner] == "renewed"
    assert reasons[1 - winner] == "password changed"
    await log_in(auth, f"{NEW_PASSWORD} {winner}")


async def test_a_session_that_has_ended_meanwhile_changes_no_password(
    auth: Auth, bob: User
) -> None:
    """Who is logged out while they type gets nothing changed."""
    issued, other = await log_in(auth), await log_in(auth)
    await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    before = await everything(auth)
    with pytest.raises(Unauthenticated):
        await change(auth, Viewer(bob, issued.session), PASSWORD)
    assert await everything(auth) == before
    assert isinstance(await outcome(auth, other.refresh_token), str)


async def test_a_disabled_person_changes_no_password(auth: Auth, bob: User) -> None:
    """Even with a viewer loaded before."""
    issued = await log_in(auth)
    await auth.accounts.disable(bob, BROWSER)
    before = await everything(auth)
    with pytest.raises(InvalidCredentials):
        await change(auth, Viewer(bob, issued.session), PASSWORD)
    assert await everything(auth) == before


async def test_guessing_the_current_password_is_throttled_apart_from_the_logins(
    make_auth: MakeAuth,
) -> None:
    """A stolen session buys as many guesses as a login; and strangers use none of them up."""
    auth = await make_auth(login_attempts="5/hour")
    bob = await auth.accounts.create("bob@example.com", PASSWORD)
    viewer = Viewer(bob, (await log_in(auth)).session)
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            await log_in(auth, "wrong password")
    with pytest.raises(TooManyAttempts):
        await log_in(auth)
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            await change(auth, viewer, "wrong password")
    with pytest.raises(TooManyAttempts):
        await change(auth, viewer, PASSWORD)


# The operator


async def test_disabling_ends_every_session_and_enabling_brings_none_back(
    auth: Auth, bob: User, clock: FrozenClock
) -> None:
    """Nobody logs in meanwhile; afterwards the password is as good as before."""
    issued = await log_in(auth)
    clock.tick(5)

    await auth.accounts.disable(bob, BROWSER)

    assert (await user_row(auth, bob))["disabled_at"] == clock.now()
    row = await session_row(auth, issued)
    assert (row["revoked_at"], row["revoked_reason"]) == (clock.now(), "disabled")
    with pytest.raises(InvalidCredentials):
        await log_in(auth)

    await auth.accounts.enable(bob, BROWSER)
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
    await log_in(auth)


async def test_a_password_set_by_the_operator_ends_every_session(auth: Auth, bob: User) -> None:
    """It is held to the same rules; somebody without a password can then log in."""
    issued = await log_in(auth)
    with pytest.raises(WeakPassword):
        await auth.accounts.password_changes.set(bob, "password", BROWSER)
    await auth.accounts.password_changes.set(bob, NEW_PASSWORD, BROWSER)
    assert (await session_row(auth, issued))["revoked_reason"] == "password set"
    await log_in(auth, NEW_PASSWORD)
    eve = await auth.accounts.create("eve@example.com", None)
    await auth.accounts.password_changes.set(eve, NEW_PASSWORD, BROWSER)
    await log_in(auth, NEW_PASSWORD, "eve@example.com")


async def test_people_are_found_by_id_and_by_any_spelling_of_their_address(
    auth: Auth, bob: User
) -> None:
    """Whoever is not there is not found."""
    for name in (str(bob.id), "bob@example.com", " BOB@Example.com"):
        found = await auth.accounts.find(name)
        assert found is not None
        assert found.id == bob.id
    assert await auth.accounts.find("nobody@example.com") is None
    assert await auth.accounts.find("00000000-0000-0000-0000-000000000000") is None


async def test_people_are_listed_newest_first_page_by_page(auth: Auth, clock: FrozenClock) -> None:
    """Every one once."""
    people = []
    for number in range(5):
        people.append((await auth.accounts.create(f"a{number}@example.com", None)).id)
        clock.tick(timedelta(seconds=1))
    pages = [auth.accounts.walk(limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [user.id for page in pages async for user in page] == people[::-1]
