"""What is stored and logged of second factors: no seed, no code, no ticket, no challenge."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from every_log import EveryRecord, bytes_of, every_log
from factor_story import ADA, story
from frozen_clock import FrozenClock
from people import BROWSER
from second_factors import factor_rows, with_app

from authberry import Auth
from authberry.models import Totp

__all__ = ["every_log"]

MakeAuth = Callable[..., Awaitable[Auth]]


def found(secrets: list[str], text: str) -> list[str]:
    """Which of them stand there."""
    return [secret for secret in secrets if secret in text]


async def test_nothing_that_proves_a_factor_is_stored_or_logged(
    every_log: EveryRecord, make_auth: MakeAuth, clock: FrozenClock, tmp_path: Path
) -> None:
    """Not in a row, not in the file and its write-ahead log, and not at DEBUG in any log."""
    auth = await make_auth(security_notices=True, event_ttl=86400)
    secrets = await story(auth, clock)
    assert len(secrets) > 45
    assert all(len(secret) > 14 for secret in secrets)
    rows, files, text = await factor_rows(auth), bytes_of(tmp_path), "\n".join(every_log.lines)
    assert [len(rows[name]) for name in ("Totp", "Passkey", "TrustedDevice")] == [1, 1, 1]
    assert "authberry_totp" in text  # the statements are there
    assert bool(files) == auth.database.is_sqlite
    assert not files or rows["Totp"][0]["sealed_seed"].encode() in files
    assert not files or (tmp_path / "authberry.db-wal").stat().st_size
    assert found(secrets, repr(rows)) == []
    assert [secret for secret in secrets if secret.encode() in files] == []
    assert found(secrets, text) == []


async def test_recovery_codes_are_hashed_as_passwords_are(auth: Auth, clock: FrozenClock) -> None:
    """With 65 bits each they are too short for less; and seeds are sealed, each for its row."""
    await story(auth, clock)
    rows = await factor_rows(auth)
    (ada,) = rows["User"]
    own = ada["password_hash"].split("$")[:4]
    assert own[1] == "argon2id"
    assert [one["code_hash"].split("$")[:4] for one in rows["RecoveryCode"]] == [own] * 10
    salts = {one["code_hash"].split("$")[4] for one in rows["RecoveryCode"]}
    assert len(salts) == 10


async def test_a_seed_opens_in_its_own_row_alone(auth: Auth, clock: FrozenClock) -> None:
    """Whoever can write to the table cannot put the seed of their own app under Ada's."""
    ada, bob = [await auth.accounts.create(f"{name}@example.com", None) for name in ("ada", "bob")]
    await with_app(auth, ada)
    thief = await with_app(auth, bob)
    with auth.database.use():
        sealed = (await Totp.get(user_id=bob.id)).sealed_seed
        await Totp.filter(user_id=ada.id).update(sealed_seed=sealed)
    clock.tick(300)
    apps = auth.logins.second_factors.factors.totp
    with auth.database.use():
        assert await apps.check(bob, thief.code())
        assert await apps.check(ada, thief.code()) is None


async def test_an_export_of_the_account_has_no_secret_of_a_factor(
    auth: Auth, clock: FrozenClock
) -> None:
    """It is for its owner, and is left lying about: neither a secret nor what is stored of it."""
    secrets = await story(auth, clock)
    ada = await auth.accounts.find(ADA)
    assert ada
    rows = await factor_rows(auth)
    exported = auth.accounts.export.of_user(ada, BROWSER)
    told = f"{exported.head} {[row async for row in exported.rows]}"
    stored = [
        *(one["code_hash"] for one in rows["RecoveryCode"]),
        *(one["sealed_seed"] for one in rows["Totp"]),
        *(one["token_hash"] for one in rows["TrustedDevice"]),
    ]
    assert ADA in told
    assert found([*secrets, *stored], told) == []
