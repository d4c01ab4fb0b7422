"""Access tokens: what they say, and everything that is not one."""

import base64
import hashlib
import hmac
import json
import socket
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from frozen_clock import NOON, FrozenClock
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.algorithms import get_default_algorithms
from people import begin

from authberry import Auth, Issued
from authberry.claims import CACHE_SIZE, TYPE
from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.jose import InvalidJwt, Key, read_unverified
from authberry.models import User

MakeAuth = Callable[..., Awaitable[Auth]]
Members = dict[str, Any]
ISSUER = "http://127.0.0.1:8000"
NOW = int(NOON.timestamp())
EXPIRED, INVALID = UnauthenticatedReason.TOKEN_EXPIRED, UnauthenticatedReason.TOKEN_INVALID


def encoded(raw: bytes | str | Members) -> str:
    """A segment of a token."""
    if isinstance(raw, dict):
        raw = json.dumps(raw)
    data = raw.encode("utf-8", "surrogatepass") if isinstance(raw, str) else raw
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(token: str) -> tuple[Members, Members]:
    """Header and payload, by the standard library alone."""
    header, payload, _ = (base64.urlsafe_b64decode(part + "==") for part in token.split("."))
    return json.loads(header), json.loads(payload)


class Forger:
    """Signs anything with the service's own key, as the service never would."""

    def __init__(self, auth: Auth, issued: Issued) -> None:
        """Take a genuine token to begin with."""
        self.key = auth.keys.signing()
        self.genuine = issued.access_token.value
        self.header, self.payload = decoded(self.genuine)

    def signed(self, header: str | Members, payload: str | Members) -> str:
        """Two segments, and a signature that is good for them."""
        text = f"{encoded(header)}.{encoded(payload)}"
        algorithm = get_default_algorithms()[self.key.algorithm]
        return f"{text}.{encoded(algorithm.sign(text.encode(), self.key._material))}"

    def claiming(self, **claims: object) -> str:
        """The genuine token with other claims; `...` leaves one out."""
        payload = {**self.payload, **claims}
        return self.signed(
            self.header, {name: value for name, value in payload.items() if value is not ...}
        )

    def headed(self, **members: object) -> str:
        """The genuine token with other header members; `...` leaves one out."""
        header = {**self.header, **members}
        return self.signed(
            {name: value for name, value in header.items() if value is not ...}, self.payload
        )


@pytest.fixture
def forger(auth: Auth, issued: Issued) -> Forger:
    """Somebody with the key."""
    return Forger(auth, issued)


async def refusal(auth: Auth, token: str) -> UnauthenticatedReason | None:
    """Why a token is refused; None if it is good."""
    try:
        await auth.access_tokens.verify(token)
    except Unauthenticated as error:
        return error.reason
    return None


# What they say


async def test_the_claims_of_a_token_are_these(auth: Auth, ada: User, issued: Issued) -> None:
    """All of RFC 9068, the session, and nothing about the person but id and roles."""
    header, payload = decoded(issued.access_token.value)
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": auth.keys.signing().kid}
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
    }


async def test_a_token_reads_back_as_it_was_issued(auth: Auth, ada: User, issued: Issued) -> None:
    """In types that a rule can use."""
    claims = await auth.access_tokens.verify(issued.access_token.value)
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
    published = jwt.PyJWKSet.from_dict(json.loads(json.dumps(auth.keys.jwks())))
    token = issued.access_token.value
    key = published[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=[algorithm], audience=ISSUER, issuer=ISSUER)
    assert claims["sub"] == str(issued.user.id)


def _real_time() -> Any:
    return NOON + timedelta(seconds=time.time() - NOON.timestamp())


# Claims that are wrong


TIMES = ["iat", "exp", "auth_time"]
WORDS = ["roles", "amr"]
REQUIRED = ["iss", "aud", "sub", "client_id", "jti", "sid", *WORDS, *TIMES]


@pytest.mark.parametrize("claim", REQUIRED)
async def test_every_claim_is_required_and_has_its_type(
    auth: Auth, forger: Forger, claim: str
) -> None:
    """A token that lacks one, or has something else there, is refused although its key is ours."""
    odd: list[Any] = [..., None, True, 1.5, [], {}, "", [None], -1]
    for value in odd:
        expected = None if claim in WORDS and value == [] else INVALID
        assert await refusal(auth, forger.claiming(**{claim: value})) is expected, value


async def test_a_claim_with_another_value_is_refused(auth: Auth, forger: Forger) -> None:
    """Issuer and audience are compared whole; ids have one spelling."""
    for claim, value in (
        ("iss", "http://127.0.0.1"),
        ("iss", ISSUER + "/"),
        ("iss", ISSUER + ".evil.example"),
        ("iss", [ISSUER]),
        ("aud", ISSUER + "/"),
        ("aud", ISSUER[:-1]),
        ("aud", ["https://other.example"]),
        ("aud", {ISSUER: ISSUER}),
        ("client_id", "another"),
        ("sub", "0"),
        ("sub", 12),
        ("sub", str(uuid4()).upper()),
        ("sub", "{" + str(uuid4()) + "}"),
        ("sub", uuid4().hex),
        ("sub", "\ud800"),
        ("sid", uuid4().hex),
        ("sid", "' OR 1=1"),
        ("roles", "admin"),
        ("roles", [1]),
        ("roles", {"admin": 1}),
        ("amr", "pwd"),
    ):
        assert await refusal(auth, forger.claiming(**{claim: value})) is INVALID, (claim, value)


async def test_an_audience_may_be_one_of_several(auth: Auth, forger: Forger) -> None:
    """RFC 7519 allows a list."""
    assert await refusal(auth, forger.claiming(aud=["https://other.example", ISSUER])) is None


NO_TIMES = [
    *("NaN", "Infinity", "-Infinity", "1e999", "-1", "true", "null", "[]"),
    *(f"{NOW + 60}.0", f"{NOW + 60}.5", f'"{NOW + 60}"'),
    *(str(2**33 + 1), str(2**63), str(10**400), "9" * 5000),
]


@pytest.mark.parametrize("claim", [*TIMES, "nbf"])
async def test_times_that_are_none_are_refused(auth: Auth, forger: Forger, claim: str) -> None:
    """Whatever Python would make of NaN, a boolean or a number without end."""
    for value in NO_TIMES:
        payload = json.dumps({**forger.payload, claim: "HERE"}).replace('"HERE"', value)
        assert await refusal(auth, forger.signed(forger.header, payload)) is INVALID, value


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
    claims = await auth.access_tokens.verify(issued.access_token.value, may_be_expired=True)
    assert claims.session_id == issued.session.id
    for token in (forger.claiming(iat=NOW + 3631), forger.claiming(iss="x"), forger.genuine[:-5]):
        with pytest.raises(Unauthenticated):
            await auth.access_tokens.verify(token, may_be_expired=True)


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
    await auth.keys.rotate(immediately=True)
    assert await refusal(auth, issued.access_token.value) is None
    clock.tick(601)
    assert auth.keys.verifying(decoded(issued.access_token.value)[0]["kid"]) is None
    with pytest.raises(Unauthenticated) as error:
        await auth.access_tokens.verify(issued.access_token.value, may_be_expired=True)
    assert error.value.reason is INVALID


async def test_only_so_many_tokens_are_remembered(
    auth: Auth, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest makes room; what is refused is not remembered at all."""
    assert CACHE_SIZE == 4096
    monkeypatch.setattr("authberry.claims.CACHE_SIZE", 3)
    tokens = [
        (await auth.sessions.issue(issued.user, issued.session, _opened(auth, issued)))
        for _ in range(5)
    ]
    for token in tokens:
        assert await refusal(auth, token.access_token.value) is None
        assert await refusal(auth, token.access_token.value[:-8] + "AAAAAAAA") is INVALID
    assert len(auth.access_tokens._reader._verified) == 3
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
    assert issued.access_token.value.encode() not in auth.access_tokens._reader._verified


# Headers


async def test_only_an_access_token_is_one(auth: Auth, forger: Forger) -> None:
    """A token of another type, although signed with the same key, opens nothing (RFC 9068, 4)."""
    for typ in ("at+jwt", "application/at+jwt"):
        assert await refusal(auth, forger.headed(typ=typ)) is None
    for odd in (..., None, "", "JWT", "jwt", "refresh+jwt", "id+jwt", ["at+jwt"], True):
        assert await refusal(auth, forger.headed(typ=odd)) is INVALID, odd


async def test_a_header_that_is_odd_is_refused(auth: Auth, forger: Forger) -> None:
    """The key is known by an exact `kid`, and says by itself how it signs."""
    for critical in (["exp"], [], None, ["b64"]):
        assert await refusal(auth, forger.headed(crit=critical, b64=False)) is INVALID, critical
    for kid in (
        ...,
        None,
        "",
        5,
        ["x"],
        {"x": 1},
        "unknown",
        "../../../../dev/null",
        "' OR 1=1 --",
    ):
        assert await refusal(auth, forger.headed(kid=kid)) is INVALID, kid
    for kid in ("\ud800", "\0", "x" * 5000, forger.key.kid + " ", forger.key.kid.lower() + "."):
        assert await refusal(auth, forger.headed(kid=kid)) is INVALID, kid
    for alg in (..., None, "ES384", "es256", "RS256", ["ES256"]):
        assert await refusal(auth, forger.headed(alg=alg)) is INVALID, alg


async def test_an_unsigned_token_is_refused(auth: Auth, forger: Forger) -> None:
    """Whatever it calls that."""
    for alg in ("none", "None", "NONE", "nOnE", "", "HS256", "ES256"):
        for signature in ("", "AAAA"):
            header = {**forger.header, "alg": alg}
            token = f"{encoded(header)}.{encoded(forger.payload)}.{signature}"
            assert await refusal(auth, token) is INVALID, alg


async def test_the_public_key_is_no_secret(auth: Auth, forger: Forger) -> None:
    """A token signed by HMAC with the published key, in any of its spellings, is refused."""
    public = forger.key._material.public_key()
    numbers = public.public_numbers()
    spellings = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).strip(),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint),
        json.dumps(forger.key.public_jwk).encode(),
        json.dumps(auth.keys.jwks()["keys"][0], separators=(",", ":")).encode(),
        numbers.x.to_bytes(32),
        forger.key.kid.encode(),
        b"",
    ]
    for secret in spellings:
        for header in ({**forger.header, "alg": "HS256"}, {"alg": "HS256", "typ": TYPE}):
            text = f"{encoded(header)}.{encoded(forger.payload)}"
            tag = hmac.digest(secret, text.encode(), hashlib.sha256)
            assert await refusal(auth, f"{text}.{encoded(tag)}") is INVALID


async def test_a_token_of_a_strangers_key_is_refused(auth: Auth, forger: Forger) -> None:
    """Under our `kid`, under its own, and with its key in the header."""
    stranger = Key.generate("ES256")
    forger.key = stranger
    for members in (
        {},
        {"kid": stranger.kid},
        {"jwk": stranger.public_jwk},
        {"kid": stranger.kid, "jwk": dict(stranger.jwk)},
        {"x5c": ["MIIB"]},
    ):
        assert await refusal(auth, forger.headed(**members)) is INVALID


async def test_a_signature_of_zeros_is_refused(auth: Auth, forger: Forger) -> None:
    """The hole that Java had: r and s of nought, and other edges of the curve."""
    text = forger.genuine.rpartition(".")[0]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for r in (0, 1, order - 1, order):
        for s in (0, 1, order - 1, order):
            signature = r.to_bytes(32) + s.to_bytes(32)
            assert await refusal(auth, f"{text}.{encoded(signature)}") is INVALID


async def test_nothing_in_a_token_makes_this_server_look_anywhere(
    auth: Auth, forger: Forger
) -> None:
    """Where keys lie is configured here, not told by whoever sends a token."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.05)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/keys.json"
        signers = [forger.key, Key.generate("ES256")]
        for member in ("jku", "x5u", "kid", "iss", "jwk", "x5c", "x5t#S256"):
            for forger.key in signers:
                await refusal(auth, forger.headed(**{member: url}))
                await refusal(auth, forger.headed(**{member: [url], "kid": "unknown"}))
                await refusal(auth, forger.claiming(iss=url))
        with pytest.raises(TimeoutError):
            listener.accept()


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


async def test_padding_inside_is_refused(auth: Auth, issued: Issued) -> None:
    """Each segment is spelled without."""
    header, payload, signature = issued.access_token.value.split(".")
    for one in (f"{header}=.{payload}.{signature}", f"{header}.{payload}=.{signature}"):
        assert await refusal(auth, one) is INVALID
    for one in (f"{header}.{payload}.{signature[:40]} {signature[40:]}", f"{header} .{payload}.x"):
        assert await refusal(auth, one) is INVALID


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


async def test_a_member_that_stands_twice_is_refused(auth: Auth, forger: Forger) -> None:
    """The first and the last are read by different libraries; here neither is."""
    payload = json.dumps(forger.payload)
    for member in ("sub", "iss", "exp", "sid", "roles"):
        again = json.dumps({member: forger.payload[member]})
        for twice in (payload[:-1] + "," + again[1:], again[:-1] + "," + payload[1:]):
            assert await refusal(auth, forger.signed(forger.header, twice)) is INVALID
    header = json.dumps(forger.header)[:-1] + ', "alg": "ES256"}'
    assert await refusal(auth, forger.signed(header, forger.payload)) is INVALID


async def test_the_json_serialisation_is_refused(auth: Auth, issued: Issued) -> None:
    """Only the compact one is an access token."""
    protected, payload, signature = issued.access_token.value.split(".")
    flat = {"protected": protected, "payload": payload, "signature": signature}
    general = {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}
    for members in (flat, general):
        assert await refusal(auth, json.dumps(members)) is INVALID
        assert await refusal(auth, encoded(members)) is INVALID


async def test_megabytes_are_refused_at_once(auth: Auth, forger: Forger) -> None:
    """The length is looked at before anything is decoded."""
    big = [
        "A" * 6_000_000,
        "." * 6_000_000,
        forger.genuine + "A" * 6_000_000,
        forger.claiming(jti="x" * 6_000_000),
        f"{encoded(forger.header)}.{'A' * 6_000_000}.AAAA",
    ]
    begun = time.perf_counter()
    for token in big:
        assert await refusal(auth, token) is INVALID
    assert time.perf_counter() - begun < 1


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
    claims = await auth.access_tokens.verify(issued.access_token.value)
    assert isinstance(claims.session_id, UUID)
    assert ec.SECP256R1.name not in repr(auth.keys.signing())
    assert auth.keys.signing().jwk["d"] not in repr(auth.keys.signing())
