"""What `authberry doctor` finds in the database, the keys and the throttle's store."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from command_line import PRODUCTION, SECRET, CommandLine
from database_servers import Valkey
from diagnosis import REACHABLE, Configure, about
from frozen_clock import FrozenClock
from people import PASSWORD
from rows import ALL

from authberry import Auth
from authberry.doctor.diagnosis import diagnose
from authberry.models import User
from authberry.tokens.jose import Key

MakeAuth = Callable[..., Awaitable[Auth]]
UNREACHABLE = {"AUTHBERRY_DATABASE_URL": "postgres://ada:sentinel@127.0.0.1:1/authberry"}


@pytest.fixture
async def rules(make_auth: MakeAuth) -> Auth:
    """The rules on the database that the doctor looks at, with the keys made under its secret."""
    return await make_auth(secret=SECRET)


# The database


async def test_a_database_that_is_away_is_found(
    configure: Configure, authberry: CommandLine
) -> None:
    """With the reason, and without the password."""
    configure(**UNREACHABLE)
    problem = (
        "names PostgreSQL at 127.0.0.1:1, which cannot be used: it cannot be reached"
        " (ConnectionRefusedError)"
    )
    assert about(await diagnose(), "DATABASE_URL") == [("danger", problem)]


async def test_no_database_is_looked_for_where_none_was_meant(
    configure: Configure, authberry: CommandLine
) -> None:
    """An address that is none says nothing of the default one."""
    configure(**PRODUCTION, AUTHBERRY_DATABASE_URL="mysql://ada:sentinel@db/authberry")
    problem = (
        "must be sqlite://path or postgresql://user:password@host:port/name, the password"
        " percent-encoded"
    )
    dangers = [one for one in about(await diagnose(), "DATABASE_URL") if one[0] == "danger"]
    assert dangers == [("danger", problem)]


async def test_a_file_that_is_no_database_is_found(
    configure: Configure, authberry: CommandLine, tmp_path: Path
) -> None:
    """And not overwritten."""
    file = tmp_path / "notes.txt"
    file.write_text("not a database at all\n" * 100)
    file.chmod(0o600)
    configure(AUTHBERRY_DATABASE_URL=f"sqlite://{file}")
    problem = f"names {file}, which cannot be used: the file is not an SQLite database"
    assert about(await diagnose(), "DATABASE_URL") == [("danger", problem)]
    assert file.read_text() == "not a database at all\n" * 100


@pytest.mark.own_tables("migrations are forgotten")
@pytest.mark.parametrize(("environment", "level"), [({}, "advice"), (PRODUCTION, "danger")])
async def test_pending_migrations_are_found(
    configure: Configure,
    authberry: CommandLine,
    make_auth: MakeAuth,
    environment: dict[str, str],
    level: str,
) -> None:
    """Development applies them by itself; production waits for its operator."""
    auth = await make_auth()
    with auth.database.use():
        await auth.database._context.db().execute_script(
            "DELETE FROM tortoise_migrations WHERE app = 'authberry'"
        )
    configure(**environment)
    found = about(await diagnose(), "DATABASE_URL")
    assert (level, f"names a database that lacks {', '.join(ALL)}") in found


@pytest.mark.own_tables("a later version leaves a trace")
async def test_the_trace_of_a_later_version_is_found(
    configure: Configure, authberry: CommandLine, rules: Auth
) -> None:
    """In production this version goes on, and should be replaced; in development it cannot."""
    with rules.database.use():
        await rules.database._context.db().execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('authberry', '0099_later', CURRENT_TIMESTAMP),"
            " ('host', '0001_of_a_host', CURRENT_TIMESTAMP)"
        )
    problem = "names a database that a later version has changed: 0099_later"
    assert about(await diagnose(), "DATABASE_URL") == [("danger", problem)]
    configure(**PRODUCTION)
    assert ("advice", problem) in about(await diagnose(), "DATABASE_URL")


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        (0, None),
        (-10, ("advice", "+10")),
        (10, ("advice", "-10")),
        (3600, ("danger", "-3600")),
    ],
)
async def test_a_clock_that_disagrees_with_the_databases_is_found(
    authberry: CommandLine, rules: Auth, seconds: int, found: tuple[str, str] | None
) -> None:
    """Beyond half a minute, one machine refuses the tokens of another. SQLite has no clock."""
    ours = FrozenClock(datetime.now(UTC) + timedelta(seconds=seconds))
    expected = [] if found is None or rules.database.is_sqlite else [found]
    prefix = "names a database whose clock differs from this machine's by "
    assert [
        (level, problem.removeprefix(prefix).removesuffix(" s"))
        for level, problem in about(await diagnose(ours), "DATABASE_URL")
    ] == expected


async def test_a_database_file_that_others_may_read_is_found(
    authberry: CommandLine, rules: Auth
) -> None:
    """It holds addresses and password hashes. PostgreSQL looks after its own."""
    expected = []
    if rules.database.file:
        rules.database.file.chmod(0o640)
        expected = [("advice", "names a file that other users of this machine may read")]
    assert about(await diagnose(), "DATABASE_URL") == expected


# The keys


async def test_a_secret_that_does_not_fit_the_stored_keys_is_found(
    configure: Configure, authberry: CommandLine, rules: Auth
) -> None:
    """Unless it is there as well, behind the new one."""
    configure(AUTHBERRY_SECRET=SECRET[::-1])
    problem = "does not fit the signing keys in the database"
    assert about(await diagnose(), "SECRET") == [("danger", problem)]
    configure(AUTHBERRY_SECRET=f"{SECRET[::-1]},{SECRET}")
    assert about(await diagnose(), "SECRET") == []


async def test_an_algorithm_that_nothing_is_signed_with_is_found(
    configure: Configure, authberry: CommandLine, rules: Auth
) -> None:
    """The setting is for new keys, and the next may be months away."""
    configure(AUTHBERRY_SIGNING_ALGORITHM="EdDSA")
    problem = "is not that of the key that signs, which is for ES256"
    assert about(await diagnose(), "SIGNING_ALGORITHM") == [("advice", problem)]


async def test_configured_keys_that_cannot_sign_are_found(
    configure: Configure, authberry: CommandLine, rules: Auth
) -> None:
    """A public key is a common slip."""
    public = Key.generate("ES256").public_jwk
    configure(AUTHBERRY_SIGNING_KEYS=f'{{"keys": [{public}]}}'.replace("'", '"'))
    found = about(await diagnose(), "SIGNING_KEYS")
    assert found == [("danger", "a key has no private half")]


# The throttle's store


async def test_a_throttle_store_that_does_not_answer_is_found(
    configure: Configure, authberry: CommandLine, valkey: Valkey
) -> None:
    """One that does is in order."""
    configure(**REACHABLE, AUTHBERRY_THROTTLE_URL=valkey.url)
    assert about(await diagnose(), "THROTTLE_URL") == []
    configure(AUTHBERRY_THROTTLE_URL="valkey://:sentinel@127.0.0.1:1/0")
    problem = (
        "names a store that cannot be used, so that each process counts attempts by itself: it"
        " cannot be reached (ConnectionRefusedError)"
    )
    assert about(await diagnose(), "THROTTLE_URL") == [("danger", problem)]


async def test_accounts_of_one_address_are_found(
    configure: Configure, rules: Auth, authberry: CommandLine
) -> None:
    """By their ids, and what is left to write; nothing is written."""
    configure(AUTHBERRY_SECRET=SECRET)
    accounts = []
    with rules.database.use():
        for name in ("bob", "\uff42\uff4f\uff42", "\u03c3\u03c2"):
            user = User(id=uuid4(), email=f"{name}@x.org", created_at=rules.clock.now())
            await user.save(force_create=True)
            accounts.append(user.id)
    findings = about(await diagnose(), "DATABASE_URL")
    assert ("advice", "names a database that lacks the keys of addresses (1)") in findings
    pair = f"{accounts[1]} and {accounts[0]}"
    problem = f"names a database in which accounts have one address in two spellings: {pair}"
    assert ("advice", problem) in findings
    with rules.database.use():
        assert not await User.exclude(email_key=None).exists()


async def test_hashes_that_cannot_be_verified_are_counted(
    configure: Configure, rules: Auth, authberry: CommandLine
) -> None:
    """Their owners by their ids; nothing of a hash is said, and who has none is not meant."""
    configure(AUTHBERRY_SECRET=SECRET)
    stored = [None, "", *["$argon2id$v=19$m=0,t=2,p=1$c2VudGluZWw$c2VudGluZWw"] * 6]
    for number, password_hash in enumerate(stored):
        with rules.database.use():
            await User(
                id=UUID(int=number + 1),
                email=f"{number}@x.org",
                email_key=None,
                created_at=rules.clock.now(),
                password_hash=password_hash,
            ).save(force_create=True)
    await rules.accounts.create("ada@example.com", PASSWORD)
    problem = (
        "names a database with password hashes that cannot be verified (6), of the accounts"
        f" {', '.join(str(UUID(int=number)) for number in range(3, 8))} and 1 more"
    )
    assert about(await diagnose(), "DATABASE_URL") == [("advice", problem)]
