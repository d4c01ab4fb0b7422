"""Access tokens: what they say, for how long, and what is not even the shape of one.

What is one and forged is in tests/forgery.
"""

import base64
import json
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from forger import Forger, Members, decoded, encoded
from frozen_clock import NOON, FrozenClock
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.algorithms import get_default_algorithms
from little_work import little_work
from people import begin

from authberry import Auth, Issued
from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.models import User
from authberry.tokens.claims import CACHE_SIZE
from authberry.tokens.jose import InvalidJwt, Key, read_unverified

MakeAuth = Callable[..., Awaitable[Auth]]
ISSUER = "http://127.0.0.1:8000"
NOW = int(NOON.timestamp())
EXPIRED, INVALID = UnauthenticatedReason.TOKEN_EXPIRED, UnauthenticatedReason.TOKEN_INVALID


@pytest.fixture
def forger(auth: Auth, issued: Issued) -> Forger:
    """Somebody with the key."""
    return Forger(auth.signing.keys.signing(), issued.access_token.value)


async def refusal(auth: Auth, token: str) -> UnauthenticatedReason | None:
    """Why a token is refused; None if it is good."""
    try:
        await auth.signing.access_tokens.verify(token)
    except Unauthenticated as error:
        return error.reason
    return None


# What they say


async def test_the_claims_of_a_token_are_these(auth: Auth, ada: User, issued: Issued) -> None:
    """All of RFC 9068, the session, and nothing about the person but id and roles."""
    header, payload = decoded(issued.access_token.value)
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": auth.signing.keys.signing().kid}
    token_id = payload.pop("jti")
    assert len(base64.urlsafe_b64decode(token_id + "==")) == 16
    assert payload == {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": str(ada.id),
        "client_id": "authberry",
        "iat": NOW,
        "exp": NOW + 300,
        "auth_time": NOW,
        "sid": str(issued.session.id),
        "roles": ["admin"],
        "amr": ["pwd"],
        "acr": "aal1",
    }


async def test_a_token_reads_back_as_it_was_issued(auth: Auth, ada: User, issued: Issued) -> None:
    """In types that a rule can use."""
    claims = await auth.signing.access_tokens.verify(issued.access_token.value)
    second = NOON.replace(microsecond=0)
    assert (claims.user_id, claims.session_id) == (ada.id, issued.session.id)
    assert claims.roles == ("admin",)
    assert (claims.issued_at, claims.authenticated_at) == (second, second)
    assert claims.expires_at == issued.access_token.expires_at == second + timedelta(seconds=300)
    assert issued.access_token.lifetime == timedelta(seconds=300)


async def test_every_token_has_an_id_of_its_own(auth: Auth, ada: User) -> None:
    """So that one can be named in a log, and told from another of the same second."""
    tokens = [(await begin(auth, ada)).access_token.value for _ in range(20)]
    assert len({decoded(token)[1]["jti"] for token in tokens}) == 20


async def test_issuer_audience_and_lifetime_are_settings(make_auth: MakeAuth) -> None:
    """The issuer is the public URL without a slash behind it."""
    auth = await make_auth(
        public_url="https://auth.example.com/",
        audience="https://api.example.com",
        access_token_ttl=60,
    )
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    _, payload = decoded(issued.access_token.value)
    assert payload["iss"] == "https://auth.example.com"
    assert payload["aud"] == "https://api.example.com"
    assert payload["exp"] - payload["iat"] == 60
    assert await refusal(auth, issued.access_token.value) is None


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256", "HS256"])
async def test_each_algorithm_signs_and_verifies(make_auth: MakeAuth, algorithm: str) -> None:
    """A token of any of them is good here, whole, and not with one character changed."""
    auth = await make_auth(signing_algorithm=algorithm)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    token = issued.access_token.value
    assert decoded(token)[0]["alg"] == algorithm
    assert await refusal(auth, token) is None
    restarted = await make_auth(signing_algorithm=algorithm)
    assert await refusal(restarted, token) is None
    for at in (5, len(token) // 2, len(token) - 20):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert await refusal(restarted, changed) is INVALID


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
async def test_a_stranger_verifies_a_token_from_the_key_set(
    make_auth: MakeAuth, algorithm: str
) -> None:
    """Any library does, with nothing but JWKS: here PyJWT, by `kid`, issuer and audience."""
    auth = await make_auth(signing_algorithm=algorithm, clock=FrozenClock(_real_time()))
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    published = jwt.PyJWKSet.from_dict(json.loads(json.dumps(auth.signing.keys.jwks())))
    token = issued.access_token.value
    key = published[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=[algorithm], audience=ISSUER, issuer=ISSUER)
    assert claims["sub"] == str(issued.user.id)


def _real_time() -> Any:
    return NOON + timedelta(seconds=time.time() - NOON.timestamp())


# Time


@pytest.mark.parametrize(
    ("claims", "late", "expected"),
    [
        ({}, 300 + 29.999999, None),
        ({}, 300 + 30, EXPIRED),
        ({"iat": NOW + 30}, 0, None),
        ({"iat": NOW + 31}, 0, INVALID),
        ({"nbf": NOW + 30}, 0, None),
        ({"nbf": NOW + 31}, 0, INVALID),
        ({"nbf": NOW - 5}, 0, None),
        ({"exp": NOW - 29}, 0, None),
        ({"exp": NOW - 30}, 0, EXPIRED),
        ({"exp": 0}, 0, EXPIRED),
    ],
)
async def test_clocks_may_differ_by_thirty_seconds(
    auth: Auth, forger: Forger, clock: FrozenClock, claims: Members, late: float, expected: object
) -> None:
    """For every time in a token, to the microsecond, and no longer."""
    clock.time = NOON.replace(microsecond=0)
    clock.tick(late)
    assert await refusal(auth, forger.claiming(**claims)) is expected


async def test_an_expired_token_logs_out_and_nothing_else(
    auth: Auth, issued: Issued, forger: Forger, clock: FrozenClock
) -> None:
    """For as long as its key is known; one from the future, or forged, does not even that."""
    clock.tick(3600)
    assert await refusal(auth, issued.access_token.value) is EXPIRED
    claims = await auth.signing.access_tokens.verify(issued.access_token.value, may_be_expired=True)
    assert claims.session_id == issued.session.id
    for token in (forger.claiming(iat=NOW + 3631), forger.claiming(iss="x"), forger.genuine[:-5]):
        with pytest.raises(Unauthenticated):
            await auth.signing.access_tokens.verify(token, may_be_expired=True)


# Remembering


async def test_a_remembered_token_expires_all_the_same(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """What is remembered is what it says, not that it is good."""
    assert await refusal(auth, issued.access_token.value) is None
    clock.tick(331)
    assert await refusal(auth, issued.access_token.value) is EXPIRED


async def test_a_remembered_token_goes_with_its_key(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A key that is not trusted any more takes its tokens along, even where time stood still."""
    assert await refusal(auth, issued.access_token.value) is None
    await auth.signing.keys.rotate(immediately=True)
    assert await refusal(auth, issued.access_token.value) is None
    clock.tick(601)
    assert auth.signing.keys.verifying(decoded(issued.access_token.value)[0]["kid"]) is None
    with pytest.raises(Unauthenticated) as error:
        await auth.signing.access_tokens.verify(issued.access_token.value, may_be_expired=True)
    assert error.value.reason is INVALID


async def test_only_so_many_tokens_are_remembered(
    auth: Auth, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest makes room; what is refused is not remembered at all."""
    assert CACHE_SIZE == 4096
    monkeypatch.setattr("authberry.tokens.claims.CACHE_SIZE", 3)
    tokens = [
        (await auth.sessions.issue(issued.user, issued.session, _opened(auth, issued)))
        for _ in range(5)
    ]
    for token in tokens:
        assert await refusal(auth, token.access_token.value) is None
        assert await refusal(auth, token.access_token.value[:-8] + "AAAAAAAA") is INVALID
    assert len(auth.signing.access_tokens._reader._verified) == 3
    assert await refusal(auth, tokens[0].access_token.value) is None


def _opened(auth: Auth, issued: Issued) -> Any:
    return auth.sessions._codec.open(issued.refresh_token)


async def test_a_remembered_token_is_not_another_with_the_same_claims(
    auth: Auth, issued: Issued, forger: Forger
) -> None:
    """The whole string is remembered, by digest."""
    assert await refusal(auth, issued.access_token.value) is None
    header, payload, _ = issued.access_token.value.split(".")
    assert await refusal(auth, f"{header}.{payload}.{encoded(b'x' * 64)}") is INVALID
    assert issued.access_token.value.encode() not in auth.signing.access_tokens._reader._verified


# Shapes


SHAPES = [
    *("{}=", "{}==", "{}\n", "\n{}", " {}", "{} ", "{}\0", "{}.", ".{}", "{}.{}", "{}.x", "'{}'"),
    *("{}é", "{}\ud800", "{}\u200b", "Bearer {}", "{}%3D", "{},{}"),
    *("", ".", "..", "...", "a.b.c", "a.b", "null", "\0", "é"),
]


async def test_a_token_dressed_up_is_refused(auth: Auth, issued: Issued) -> None:
    """Two programs that read one string differently is how tokens are forged."""
    token = issued.access_token.value
    assert await refusal(auth, token) is None
    for shape in SHAPES:
        assert await refusal(auth, shape.format(token, token)) is INVALID, shape


async def test_a_signature_has_one_spelling(auth: Auth, issued: Issued) -> None:
    """Its last character has bits to spare; other spellings of them are not the token."""
    token = issued.access_token.value
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spellings = [token[:-1] + last for last in alphabet]
    assert [one for one in spellings if await refusal(auth, one) is None] == [token]


@pytest.mark.parametrize("what", ["header", "payload"])
async def test_what_is_json_but_no_object_is_refused(auth: Auth, forger: Forger, what: str) -> None:
    """A string, a number, null, a list; bad UTF-8; nesting without end."""
    for odd in (
        *(
            "null",
            "[]",
            '"x"',
            "5",
            "",
            " ",
            "{",
            "{}{}",
            "\ufeff{}",
            "{'a':1}",
            "[" * 4000,
            '{"a":' * 1000,
        ),
        b"\xff\xfe{}",
        b"{\x00}\x00",
        b'{"a":"\xed\xa0\x80"}',
    ):
        segment = odd if isinstance(odd, bytes) else odd.encode()
        header = encoded(segment) if what == "header" else encoded(forger.header)
        payload = encoded(segment) if what == "payload" else encoded(forger.payload)
        assert await refusal(auth, f"{header}.{payload}.AAAA") is INVALID
        algorithm = get_default_algorithms()["ES256"]
        signature = algorithm.sign(f"{header}.{payload}".encode(), forger.key._material)
        assert await refusal(auth, f"{header}.{payload}.{encoded(signature)}") is INVALID


async def test_megabytes_are_refused_at_once(auth: Auth, forger: Forger) -> None:
    """The length is looked at before anything is decoded."""
    big = [
        "A" * 6_000_000,
        "." * 6_000_000,
        forger.genuine + "A" * 6_000_000,
        forger.claiming(jti="x" * 6_000_000),
        f"{encoded(forger.header)}.{'A' * 6_000_000}.AAAA",
    ]
    with little_work(1):
        for token in big:
            assert await refusal(auth, token) is INVALID


async def test_a_token_of_8_kib_is_the_longest(auth: Auth, forger: Forger) -> None:
    """Exactly; the roles of an organisation fit."""
    spare = 8192 - len(forger.claiming(jti=""))
    fits = next(
        token
        for length in range(spare * 3 // 4 + 4, 0, -1)
        if len(token := forger.claiming(jti="x" * length)) <= 8192
    )
    assert len(fits) >= 8191
    assert await refusal(auth, fits) is None
    assert await refusal(auth, forger.claiming(jti="x" * (spare * 3 // 4 + 8))) is INVALID


@settings(max_examples=300)
@given(st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("latin-1"))))
async def test_no_text_is_a_token(auth: Auth, text: str) -> None:
    """And none makes the server crash."""
    assert await refusal(auth, text) is INVALID


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(
    ["alg", "typ", "kid", "crit", "jwk", "b64", "exp", "sub", "aud", "iss", "nbf"]
)


@settings(max_examples=300)
@given(
    st.dictionaries(names, json_values, min_size=1, max_size=4),
    st.dictionaries(names, json_values, min_size=1, max_size=4),
)
async def test_no_json_makes_the_server_crash(
    auth: Auth, forger: Forger, header: Members, payload: Members
) -> None:
    """Whatever stands in a header or a payload, even under a good signature, is an answer."""
    token = forger.signed({**forger.header, **header}, {**forger.payload, **payload})
    assert await refusal(auth, token) in {None, INVALID, EXPIRED}


async def test_a_refresh_token_is_no_access_token(auth: Auth, issued: Issued) -> None:
    """Nor the other way round."""
    assert await refusal(auth, issued.refresh_token) is INVALID


def test_what_is_read_is_not_believed() -> None:
    """Reading a token without its key is a step, and says so in its name."""
    header, claims = read_unverified(f"{encoded({'alg': 'none'})}.{encoded({'sub': 'x'})}.x")
    assert (header, claims) == ({"alg": "none"}, {"sub": "x"})
    with pytest.raises(InvalidJwt):
        Key.generate("ES256").verify(f"{encoded({'alg': 'none'})}.{encoded({'sub': 'x'})}.")


async def test_a_token_shows_itself_in_no_repr(issued: Issued, auth: Auth) -> None:
    """Whoever logs one by mistake logs when it expires."""
    assert issued.access_token.value not in repr(issued.access_token)
    claims = await auth.signing.access_tokens.verify(issued.access_token.value)
    assert isinstance(claims.session_id, UUID)
    assert ec.SECP256R1.name not in repr(auth.signing.keys.signing())
    assert auth.signing.keys.signing().jwk["d"] not in repr(auth.signing.keys.signing())
