"""The keys that sign access tokens: made, kept under the server's secrets, looked up again."""

import asyncio
import base64
from contextlib import suppress

import pytest
from frozen_clock import NOON, FrozenClock
from people import begin
from rows import changes, everything
from statements import Statements
from stored_keys import ACTIVE, DAY, MakeAuth, is_good, states

from authberry import Auth, Issued, SettingsError
from authberry.errors import Unauthenticated
from authberry.models import DatabaseUnavailable, SigningKey
from authberry.signing.keys import PUBLISH_BEFORE
from authberry.tokens.jose import Key

OLD, NEW = "1-old-secret-of-the-server-abcdefghijklm", "2-new-secret-of-the-server-nopqrstuvwxyz"


# Made and kept


async def test_the_first_start_makes_a_key_and_the_second_finds_it(
    auth: Auth, make_auth: MakeAuth
) -> None:
    """One row, whose private half is ciphertext."""
    (row,) = (await everything(auth))["SigningKey"]
    key = auth.signing.keys.signing()
    assert row == {
        "kid": key.kid,
        "position": 1,
        "algorithm": "ES256",
        "public_jwk": key.public_jwk,
        "encrypted_jwk": row["encrypted_jwk"],
        "created_at": NOON,
        "activates_at": NOON,
    }
    assert states(auth) == [ACTIVE]
    assert (await make_auth()).signing.keys.signing().kid == key.kid
    assert len((await everything(auth))["SigningKey"]) == 1


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "HS256"])
async def test_no_private_half_is_stored_in_clear(make_auth: MakeAuth, algorithm: str) -> None:
    """Neither as the key set spells it nor as bytes; what is published holds none either."""
    auth = await make_auth(signing_algorithm=algorithm)
    key = auth.signing.keys.signing()
    stored = repr((await everything(auth))["SigningKey"])
    private = {name for name in key.jwk if name in {"d", "p", "q", "dp", "dq", "qi", "k"}}
    assert private
    for name in private:
        secret = base64.urlsafe_b64decode(key.jwk[name] + "==")
        for spelling in (key.jwk[name], secret.hex(), repr(secret)[2:-1]):
            assert spelling not in stored
    for jwk in auth.signing.keys.jwks()["keys"]:
        assert not set(jwk) & {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
    assert len(auth.signing.keys.jwks()["keys"]) == (algorithm != "HS256")


async def test_the_key_set_says_what_a_key_is_for(auth: Auth) -> None:
    """RFC 7517: type, curve, coordinates, id, algorithm, use; and nothing else."""
    ((jwk,),) = auth.signing.keys.jwks().values()
    assert set(jwk) == {"kty", "crv", "x", "y", "kid", "alg", "use"}
    assert (jwk["kty"], jwk["crv"], jwk["alg"], jwk["use"]) == ("EC", "P-256", "ES256", "sig")


async def test_ciphertext_cannot_be_moved_or_changed(auth: Auth, make_auth: MakeAuth) -> None:
    """It is bound to its row's key id; whoever can write rows can still not choose a key."""
    with auth.database.use():
        row = await SigningKey.get()
        raw = bytearray(base64.urlsafe_b64decode(row.encrypted_jwk))
        await row.delete()
        for kid, change in (("another", 0), (row.kid, 1)):
            raw[20] ^= change
            sealed = base64.urlsafe_b64encode(raw).decode()
            await SigningKey.all().delete()
            await SigningKey.create(
                kid=kid,
                position=1,
                algorithm="ES256",
                public_jwk={},
                encrypted_jwk=sealed,
                created_at=NOON,
                activates_at=NOON,
            )
            with pytest.raises(SettingsError):
                await make_auth()


# Secrets of the server


async def test_another_secret_is_refused_in_a_line_that_says_what_to_do(
    make_auth: MakeAuth,
) -> None:
    """It names the setting, and neither secret."""
    await make_auth(secret=(OLD,))
    with pytest.raises(SettingsError) as refusal:
        await make_auth(secret=(NEW,))
    assert str(refusal.value) == (
        "AUTHBERRY_SECRET: does not fit the signing keys in the database."
        " Configure the secret they were made with, behind the new one"
    )


async def test_a_secret_is_replaced_without_logging_anybody_out(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Added in front, then a rotation, then pruned: the old one is needed no more."""
    auth = await make_auth(secret=(OLD,))
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    auth = await make_auth(secret=(NEW, OLD))
    assert await is_good(auth, issued)
    await auth.signing.keys.rotate()
    clock.tick(PUBLISH_BEFORE)
    later = await begin(auth, issued.user)
    clock.tick(601)
    assert await auth.signing.keys.prune() == 1
    auth = await make_auth(secret=(NEW,))
    assert await is_good(auth, later)


async def test_no_key_stays_behind_under_a_secret_that_is_to_go(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """The first start with a new secret in front seals all keys anew; tokens go on being good."""
    auth = await make_auth(secret=(OLD,))
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    await auth.signing.keys.rotate()
    before = (await everything(auth))["SigningKey"]
    both = await make_auth(secret=(OLD, NEW))
    assert (await everything(both))["SigningKey"] == before
    both = await make_auth(secret=(NEW, OLD))
    after = (await everything(both))["SigningKey"]
    assert [changes(*rows).keys() for rows in zip(before, after, strict=True)] == [
        {"encrypted_jwk"}
    ] * 2
    anew = await make_auth(secret=(NEW,))
    assert await is_good(anew, issued)
    assert anew.signing.keys.signing() == auth.signing.keys.signing()
    with pytest.raises(SettingsError):
        await make_auth(secret=(OLD,))
    # Who has read the keys before goes on with them.
    clock.tick(60)
    assert await is_good(auth, await begin(auth, issued.user))


# Looking again


@pytest.mark.one_process("each looks up its own")
async def test_an_unknown_key_is_looked_up_every_five_seconds_at_most(
    auth: Auth, make_auth: MakeAuth, issued: Issued, clock: FrozenClock, statements: Statements
) -> None:
    """Another process rotated at once: its token is good; and strangers cannot cause queries."""
    other = await make_auth()
    await other.signing.keys.rotate(immediately=True)
    token = await other.signing.access_tokens.issue(issued.user, issued.session)
    # At once, also for each of many requests that arrive together.
    for claims in await asyncio.gather(
        *(auth.signing.access_tokens.verify(token.value) for _ in range(9))
    ):
        assert claims.user_id == issued.user.id
    statements.seen.clear()
    forged = Key.generate("ES256").sign({"sub": "x"}, typ="at+jwt")
    for _ in range(100):
        with pytest.raises(Unauthenticated):
            await auth.signing.access_tokens.verify(forged)
    assert statements.seen == []
    clock.tick(5)
    for _ in range(100):
        with pytest.raises(Unauthenticated):
            await auth.signing.access_tokens.verify(forged)
    assert len(statements.seen) == 1


async def test_a_database_that_is_away_takes_no_key_along(
    auth: Auth, issued: Issued, clock: FrozenClock, statements: Statements
) -> None:
    """Tokens are signed and verified with the keys that are known."""
    clock.tick(3600)
    with statements.broken():
        await auth.signing.keys.refresh()
    assert len(statements.seen) == 1
    assert await is_good(auth, issued)
    assert states(auth) == [ACTIVE]


async def test_a_start_without_a_database_makes_no_key(
    auth: Auth, make_auth: MakeAuth, statements: Statements
) -> None:
    """Keys that cannot be read are not replaced by new ones, whichever statement fails."""
    before = (await everything(auth))["SigningKey"]
    refusals = 0
    for number in range(1, 8):
        with statements.broken(number), suppress(DatabaseUnavailable):
            refusals += 1
            await make_auth()
            refusals -= 1
        assert (await everything(auth))["SigningKey"] == before
    assert refusals >= 2


async def test_a_clock_that_jumps_back_goes_on_signing(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """Even to before the first key."""
    clock.tick(-10 * DAY)
    assert auth.signing.keys.signing() is not None
    token = await auth.signing.access_tokens.issue(issued.user, issued.session)
    assert (await auth.signing.access_tokens.verify(token.value)).user_id == issued.user.id
