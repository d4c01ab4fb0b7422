"""What a service that has nothing but the keys takes, and what it refuses."""

import socket
from datetime import timedelta
from typing import Any

import pytest
from frozen_clock import NOON, FrozenClock
from issuer import ADA, AUDIENCE, ISSUER, SESSION, Issuer, refusal
from key_server import KeyServer
from people import begin

from authberry import AccessTokenVerifier, Auth, Claims
from authberry.errors import UnauthenticatedReason
from authberry.tokens.jose import Key

EXPIRED, INVALID = UnauthenticatedReason.TOKEN_EXPIRED, UnauthenticatedReason.TOKEN_INVALID
ALGORITHMS = ["ES256", "EdDSA", "RS256"]


def by_hand(clock: FrozenClock, *keys: Any, **options: Any) -> AccessTokenVerifier:
    """A verifier with keys that were written down."""
    names = {"issuer": ISSUER, "audience": AUDIENCE, **options}
    return AccessTokenVerifier(keys=list(keys), clock=clock, **names)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_token_says_who_is_asking(
    key_server: KeyServer, clock: FrozenClock, algorithm: str
) -> None:
    """All that it holds, in types that a rule can use."""
    issuer = Issuer(clock, algorithm)
    key_server.publish(issuer.key)
    verifier = AccessTokenVerifier(key_server.url, issuer=ISSUER, audience=AUDIENCE, clock=clock)
    second = NOON.replace(microsecond=0)
    assert await verifier.verify(issuer.token(amr=["pwd", "otp", "mfa"], acr="aal2")) == Claims(
        user_id=ADA,
        session_id=SESSION,
        token_id="a token",
        roles=("admin",),
        issued_at=second,
        expires_at=second + timedelta(seconds=300),
        authenticated_at=second,
        amr=("pwd", "otp", "mfa"),
        acr="aal2",
    )
    of_a_release_before = await verifier.verify(issuer.token())
    assert (of_a_release_before.amr, of_a_release_before.acr) == (("pwd",), "aal1")


@pytest.mark.parametrize("algorithm", [*ALGORITHMS, "HS256"])
async def test_it_reads_what_the_server_reads(
    make_auth: Any, clock: FrozenClock, algorithm: str
) -> None:
    """The server's own token, with the server's own answer."""
    auth: Auth = await make_auth(public_url=ISSUER, audience=AUDIENCE, signing_algorithm=algorithm)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    token = issued.access_token.value
    verifier = by_hand(clock, auth.signing.keys.signing().jwk)
    assert await verifier.verify(token) == await auth.signing.access_tokens.verify(token)


async def test_a_slash_behind_the_configured_issuer_does_no_harm(
    issuer: Issuer, clock: FrozenClock
) -> None:
    """The server takes it off its own name too."""
    verifier = by_hand(clock, issuer.key.public_jwk, issuer=ISSUER + "/")
    assert await refusal(verifier, issuer.token()) is None


async def test_a_token_expires(
    verifier: AccessTokenVerifier, issuer: Issuer, clock: FrozenClock
) -> None:
    """Thirty seconds of difference between clocks are forgiven, and a remembered token goes too."""
    token = issuer.token()
    clock.tick(329)
    assert await refusal(verifier, token) is None
    clock.tick(1)
    assert await refusal(verifier, token) is EXPIRED
    clock.tick(-361)
    assert await refusal(verifier, token) is INVALID


async def test_nothing_in_a_token_makes_it_look_elsewhere(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """Keys are asked for at one address, for which every request is the same."""
    stranger = Issuer(clock)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.05)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/keys.json"
        for member in ("jku", "x5u", "kid", "jwk", "x5c", "x5t#S256"):
            for signer in (issuer, stranger):
                await refusal(verifier, signer.token({member: url}))
                await refusal(verifier, signer.token({member: [url], "kid": "unknown"}))
        for signer in (issuer, stranger):
            await refusal(verifier, signer.token(iss=url, aud=url))
        with pytest.raises(TimeoutError):
            listener.accept()
    assert {line.partition(b"\r\n")[0] for line in key_server.requests} == {
        b"GET /.well-known/jwks.json HTTP/1.1"
    }


async def test_what_is_no_token_costs_no_question(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """Many requests with garbage are refused before any key is looked for."""
    for text in ("", "x", "a.b.c", "null", issuer.token() + "=", "x" * 10_000_000, "\ud800"):
        assert await refusal(verifier, text) is INVALID
    assert key_server.asked == 0


async def test_a_token_is_remembered_and_not_who_sent_it(
    verifier: AccessTokenVerifier, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By digest, a bounded number of them, and never one that was refused."""
    monkeypatch.setattr("authberry.tokens.claims.CACHE_SIZE", 3)
    for number in range(5):
        token = issuer.token(jti=f"token {number}")
        assert await refusal(verifier, token) is None
        assert await refusal(verifier, token[:-8] + "AAAAAAAA") is INVALID
    held = verifier._reader._verified
    assert len(held) == 3
    assert {claims.token_id for _, claims in held.values()} == {"token 2", "token 3", "token 4"}


# Keys by hand


async def test_a_key_set_may_be_written_down(issuer: Issuer, clock: FrozenClock) -> None:
    """As a set, as a list, with the private half or without; it is never asked for."""
    spellings: list[Any] = [
        {"keys": [issuer.key.public_jwk]},
        [issuer.key.public_jwk],
        [dict(issuer.key.jwk)],
        (jwk for jwk in [issuer.key.public_jwk]),
    ]
    for keys in spellings:
        verifier = AccessTokenVerifier(keys=keys, issuer=ISSUER, audience=AUDIENCE, clock=clock)
        async with verifier:
            assert await refusal(verifier, issuer.token()) is None
            assert await refusal(verifier, issuer.token({"kid": "another"})) is INVALID


async def test_a_private_half_is_left_behind(issuer: Issuer, clock: FrozenClock) -> None:
    """Whoever verifies need not be able to sign."""
    verifier = by_hand(clock, dict(issuer.key.jwk))
    held = verifier._reader._keys.verifying(issuer.key.kid)
    assert held
    assert set(held.jwk) == {"crv", "kty", "x", "y"}
    assert not hasattr(held._material, "sign")


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ([], "needs one key or more"),
        ({"keys": []}, "needs one key or more"),
        ([{"kty": "oct", "k": "c2hvcnQ"}], "shorter than 32 bytes"),
        ([{"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}], "must be EC P-256"),
        ([{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}], "malformed"),
        ([{"kty": "OKP", "crv": "Ed25519"}], "lacks a member"),
    ],
)
def test_a_key_that_cannot_be_used_is_an_error_at_once(keys: Any, why: str) -> None:
    """Whoever writes one down means it to be used."""
    with pytest.raises(ValueError, match=why):
        AccessTokenVerifier(keys=keys, issuer=ISSUER, audience=AUDIENCE)


def test_two_keys_of_one_name_are_an_error() -> None:
    """It would be chance which of them verifies."""
    keys = [{**Key.generate("ES256").public_jwk, "kid": "one"} for _ in range(2)]  # type: ignore[dict-item]
    with pytest.raises(ValueError, match="each with its own kid"):
        AccessTokenVerifier(keys=keys, issuer=ISSUER, audience=AUDIENCE)


@pytest.mark.parametrize("options", [{}, {"jwks_url": "https://x.example", "keys": []}])
def test_the_keys_are_at_an_address_or_written_down(options: dict[str, Any]) -> None:
    """One of the two."""
    with pytest.raises(ValueError, match="and not both"):
        AccessTokenVerifier(**options, issuer=ISSUER, audience=AUDIENCE)


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.example.com/jwks.json",
        "http://127.0.0.1.evil.example/jwks.json",
        "http://localhost.evil.example/jwks.json",
        "http://10.0.0.1/jwks.json",
        "ftp://127.0.0.1/jwks.json",
        "file:///etc/keys.json",
        "https://ada:secret@auth.example.com/jwks.json",
        "https://auth.example.com/jwks.json#here",
        "https://ada:secret@auth.example.com:99999/jwks.json",
        "https://ada:secret@auth.example.com:secret/jwks.json",
        "https://[secret/jwks.json",
        "/jwks.json",
        "",
    ],
)
def test_keys_come_over_https_or_from_this_machine(url: str) -> None:
    """Whoever can change them on the way can be anybody."""
    with pytest.raises(ValueError, match="jwks_url: must be") as refusal:
        AccessTokenVerifier(url, issuer=ISSUER, audience=AUDIENCE)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "[::1]"])
def test_on_this_machine_http_will_do(host: str) -> None:
    """For development, and for a server behind the same front door."""
    AccessTokenVerifier(f"http://{host}:8000/jwks.json", issuer=ISSUER, audience=AUDIENCE)
