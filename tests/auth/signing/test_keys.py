"""The keys that sign access tokens: made, published, rotated, forgotten."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from frozen_clock import NOON, FrozenClock
from jwt.algorithms import RSAAlgorithm
from people import begin
from rows import changes, everything
from statements import Statements

from authberry import Auth, Issued, SettingsError
from authberry.errors import Unauthenticated
from authberry.models import DatabaseUnavailable, SigningKey
from authberry.signing.keys import JWKS_MAX_AGE, PUBLISH_BEFORE, RELOAD_INTERVAL, KeyState
from authberry.tokens.jose import Key, UnusableKey

MakeAuth = Callable[..., Awaitable[Auth]]
ACTIVE, NEXT, RETIRED = KeyState.ACTIVE, KeyState.NEXT, KeyState.RETIRED
OLD, NEW = "1-old-secret-of-the-server-abcdefghijklm", "2-new-secret-of-the-server-nopqrstuvwxyz"
DAY = 24 * 60 * 60


def states(auth: Auth) -> list[KeyState]:
    """The states of the keys a process knows, oldest first."""
    return [state for _, state in auth.signing.keys.states()]


def published(auth: Auth) -> list[str]:
    """The key ids in the key set."""
    return [jwk["kid"] for jwk in auth.signing.keys.jwks()["keys"]]


async def is_good(auth: Auth, issued: Issued) -> bool:
    """Whether an access token verifies, its time aside."""
    try:
        await auth.signing.access_tokens.verify(issued.access_token.value, may_be_expired=True)
    except Unauthenticated:
        return False
    return True


def jwks(*keys: Key) -> str:
    """A JWK set as the environment holds it."""
    return json.dumps({"keys": [{**key.jwk, "kid": key.kid} for key in keys]})


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


# Rotation


async def test_a_key_is_published_before_it_signs(auth: Auth, clock: FrozenClock) -> None:
    """For longer than anybody keeps the key set, and a reload takes; then it signs at once."""
    assert PUBLISH_BEFORE > JWKS_MAX_AGE + RELOAD_INTERVAL
    former = auth.signing.keys.signing()
    added = await auth.signing.keys.rotate()
    assert states(auth) == [ACTIVE, NEXT]
    assert published(auth) == [former.kid, added.key.kid]

    clock.tick(PUBLISH_BEFORE - timedelta(microseconds=1))
    assert auth.signing.keys.signing() == former
    clock.tick(timedelta(microseconds=1))
    assert auth.signing.keys.signing() == added.key
    assert states(auth) == [RETIRED, ACTIVE]
    assert published(auth) == [former.kid, added.key.kid]


async def test_tokens_of_a_retired_key_are_good_until_they_expire(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """And a while longer, for clocks that differ; then the key is gone from the key set too."""
    former = auth.signing.keys.signing()
    added = await auth.signing.keys.rotate()
    clock.tick(PUBLISH_BEFORE)
    last = await begin(auth, issued.user)
    clock.tick(600)
    assert published(auth) == [former.kid, added.key.kid]
    assert await is_good(auth, issued)
    clock.tick(timedelta(microseconds=1))
    assert published(auth) == [added.key.kid]
    assert not await is_good(auth, issued)
    assert await is_good(auth, last)
    assert await auth.signing.keys.prune() == 1
    assert [row["kid"] for row in (await everything(auth))["SigningKey"]] == [added.key.kid]
    assert await auth.signing.keys.prune() == 0


async def test_a_stolen_key_is_replaced_at_once(auth: Auth, issued: Issued) -> None:
    """The new one signs now; tokens of the old one are good for no longer than they were."""
    added = await auth.signing.keys.rotate(immediately=True)
    assert auth.signing.keys.signing() == added.key
    assert states(auth) == [RETIRED, ACTIVE]
    assert await is_good(auth, issued)


async def test_a_stolen_next_key_is_passed_over(auth: Auth, clock: FrozenClock) -> None:
    """A key that replaces at once comes behind whatever was published, and stays the one."""
    passed_over = await auth.signing.keys.rotate()
    added = await auth.signing.keys.rotate(immediately=True)
    for _ in range(3):
        assert auth.signing.keys.signing() == added.key
        clock.tick(PUBLISH_BEFORE)
    assert auth.signing.keys.verifying(passed_over.key.kid) is None


async def test_keys_are_rotated_by_age(auth: Auth, clock: FrozenClock) -> None:
    """After 90 days the next one is published, and signs 15 minutes later, with no restart."""
    first = auth.signing.keys.signing()
    clock.tick(90 * DAY - 1)
    await auth.signing.keys.refresh()
    assert states(auth) == [ACTIVE]
    clock.tick(RELOAD_INTERVAL)
    await auth.signing.keys.refresh()
    assert states(auth) == [ACTIVE, NEXT]
    clock.tick(PUBLISH_BEFORE)
    await auth.signing.keys.refresh()
    assert states(auth) == [RETIRED, ACTIVE]
    assert auth.signing.keys.signing() != first
    assert len((await everything(auth))["SigningKey"]) == 2


async def test_a_service_that_slept_for_months_makes_one_key(
    auth: Auth, make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """It signs with the old one until the new one has been published."""
    clock.tick(400 * DAY)
    servers = [auth, await make_auth(), await make_auth()]
    for server in servers:
        await server.signing.keys.refresh()
        assert states(server) == [ACTIVE, NEXT]
    assert len({server.signing.keys.signing().kid for server in servers}) == 1


async def test_processes_that_rotate_at_once_make_one_key(
    auth: Auth, make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Whoever comes second finds the first one's."""
    servers = [auth, *[await make_auth() for _ in range(3)]]
    clock.tick(90 * DAY)
    await asyncio.gather(*(server.signing.keys.refresh() for server in servers))
    for server in servers:
        await server.signing.keys.load()
    assert [len(server.signing.keys.states()) for server in servers] == [2] * 4
    assert len((await everything(auth))["SigningKey"]) == 2
    assert len({server.signing.keys.states()[1][0].key.kid for server in servers}) == 1


async def test_processes_that_start_at_once_sign_with_one_key(make_auth: MakeAuth) -> None:
    """On an empty database."""
    await make_auth()  # the tables
    first = await make_auth()
    with first.database.use():
        await SigningKey.all().delete()
    servers = await asyncio.gather(*(make_auth() for _ in range(4)))
    for server in servers:
        await server.signing.keys.load()
    assert len({server.signing.keys.signing().kid for server in servers}) == 1


async def test_rotating_under_load_loses_no_token(
    auth: Auth, issued: Issued, make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Two servers, one of which has not heard: each verifies what the other signs, all the time."""
    other = await make_auth()
    await auth.signing.keys.rotate()
    for _ in range(30):
        clock.tick(60)
        for signer, reader in ((auth, other), (other, auth)):
            token = await signer.signing.access_tokens.issue(issued.user, issued.session)
            await reader.signing.access_tokens.verify(token.value)
    assert auth.signing.keys.signing() == other.signing.keys.signing()


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


# From the environment


async def test_keys_of_the_environment_are_used_and_no_others(
    auth: Auth, make_auth: MakeAuth, issued: Issued
) -> None:
    """The first signs, all verify; what the database holds is neither used nor changed."""
    first, second = Key.generate("ES256"), Key.generate("EdDSA")
    before = (await everything(auth))["SigningKey"]
    static = await make_auth(signing_keys=jwks(first, second))
    assert static.signing.keys.signing().kid == first.kid
    assert sorted(published(static)) == sorted([first.kid, second.kid])
    assert not await is_good(static, issued)
    assert (await everything(auth))["SigningKey"] == before

    turned = await make_auth(signing_keys=jwks(second, first))
    token = await begin(static, issued.user)
    assert turned.signing.keys.signing().kid == second.kid
    assert await is_good(turned, token)
    gone = await make_auth(signing_keys=jwks(second))
    assert not await is_good(gone, token)


async def test_keys_of_the_environment_cannot_be_rotated_here(make_auth: MakeAuth) -> None:
    """The refusal says where."""
    auth = await make_auth(signing_keys=jwks(Key.generate("ES256")))
    with pytest.raises(SettingsError, match="AUTHBERRY_SIGNING_KEYS holds the keys"):
        await auth.signing.keys.rotate()
    assert await auth.signing.keys.prune() == 0


def small_rsa() -> dict[str, Any]:
    """An RSA key that can be factored."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the point
    return RSAAlgorithm.to_jwk(key, as_dict=True)


def without(key: Key, *members: str) -> dict[str, str]:
    """A JWK that lacks something."""
    return {name: value for name, value in key.jwk.items() if name not in members}


P256, ED, SECRET_KEY = Key.generate("ES256"), Key.generate("EdDSA"), Key.generate("HS256")


UNUSABLE = [
    {},
    {"kty": "EC"},
    {"kty": "oct", "k": ""},
    {"kty": "oct", "k": "c2VjcmV0"},
    {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 31).decode()},
    {"kty": "oct"},
    {"kty": "none", "k": "x"},
    {**P256.jwk, "crv": "P-384"},
    {**P256.jwk, "crv": "secp256k1"},
    {**P256.jwk, "alg": "HS256"},
    {**P256.jwk, "alg": "none"},
    {**P256.jwk, "use": "enc"},
    {**P256.jwk, "x": ED.jwk["x"]},
    {**P256.jwk, "d": "!"},
    {**ED.jwk, "crv": "X25519"},
    {**SECRET_KEY.jwk, "alg": "RS256"},
    without(P256, "d"),
    without(P256, "x"),
    without(ED, "d"),
    P256.public_jwk,
    small_rsa(),
]


@pytest.mark.parametrize("jwk", UNUSABLE, ids=[str(at) for at in range(len(UNUSABLE))])
def test_a_key_that_is_weak_or_no_private_key_is_refused(jwk: dict[str, Any]) -> None:
    """With what is the matter, and nothing of the key."""
    with pytest.raises(UnusableKey) as refusal:
        Key.from_jwk(jwk)
    for value in jwk.values():
        assert len(str(value)) < 10 or str(value) not in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        "null",
        '{"keys": []}',
        '{"keys": {}}',
        '{"keys": [5]}',
        '{"keys": ["x"]}',
        '{"keys": [{"kty": "oct", "k": "c2VjcmV0LXZhbHVl"}]}',
        "-----BEGIN PRIVATE KEY-----\nc2VjcmV0LXZhbHVl\n-----END PRIVATE KEY-----",
        jwks(P256, P256),
    ],
    ids=range(12),
)
async def test_a_key_set_that_cannot_be_used_stops_the_start(
    make_auth: MakeAuth, text: str
) -> None:
    """In one line that names the setting and holds nothing of its value."""
    with pytest.raises(SettingsError) as refusal:
        await make_auth(signing_keys=text)
    message = str(refusal.value)
    assert message.startswith("AUTHBERRY_SIGNING_KEYS: ")
    assert "\n" not in message
    assert "c2VjcmV0" not in message
    assert P256.jwk["d"] not in message


def texts_of_keys() -> Iterator[bytes]:
    """Keys of other kinds, in every form that somebody might configure for a secret."""
    for key in (P256, ED):
        private, public = key._material, key._material.public_key()
        for encoding in (Encoding.PEM, Encoding.DER):
            yield public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
            yield private.private_bytes(encoding, PrivateFormat.PKCS8, NoEncryption())
        yield public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        yield json.dumps(key.public_jwk).encode()
        yield json.dumps(key.public_jwk, separators=(",", ":")).encode()
    rsa_key = rsa.generate_private_key(65537, 2048)
    yield rsa_key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    yield rsa_key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())


def test_a_shared_secret_is_no_other_key_and_no_pattern() -> None:
    """Half of such a key is published; whoever knows that half could sign."""
    for secret in (*texts_of_keys(), bytes(32), b"a" * 64, b"abcd" * 16):
        encoded = base64.urlsafe_b64encode(secret).rstrip(b"=").decode()
        with pytest.raises(UnusableKey) as refusal:
            Key.from_jwk({"kty": "oct", "k": encoded})
        assert str(refusal.value) in {"is the text of another key", "repeats itself"}
    for _ in range(1000):
        Key.generate("HS256")  # is never taken for one


def test_a_key_id_is_its_thumbprint() -> None:
    """RFC 7638, appendix A.1 of RFC 8037: the example's value."""
    example = Key.from_jwk(
        {
            "kty": "OKP",
            "crv": "Ed25519",
            "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }
    )
    assert example.kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_key_does_not_show_its_private_half() -> None:
    """Whoever logs one by mistake logs its id."""
    for key in (P256, ED, SECRET_KEY):
        assert key.jwk.get("d", key.jwk.get("k", "")) not in repr(key)
        assert key.kid in repr(key)


async def test_a_database_error_is_not_a_missing_key(auth: Auth, statements: Statements) -> None:
    """Rotation by command fails clearly, and half of it does not happen."""
    before = (await everything(auth))["SigningKey"]
    for number in (1, 2):
        assert await statements.break_(number, auth.signing.keys.rotate())
        assert (await everything(auth))["SigningKey"] == before
