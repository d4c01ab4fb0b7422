"""Headers that say more than they may: where keys lie, what must be understood, what this is.

All of them under a good signature, since it is not for that that they are refused.
"""

from typing import Any

import pytest
from apps import MakeApp, person
from browser import Browser
from forger import Forger, encoded
from frozen_clock import FrozenClock
from log_lines import LogLines
from people import begin
from rows import everything
from token_verifiers import TokenVerifiers, verifier_of

from authberry import Auth
from authberry.tokens.jose import Key

INVALID = "TOKEN_INVALID"

FOREIGN: list[Any] = [
    *(..., None, True, 0, 5, 1e308, [], ["x"], {}, {"x": 1}),
    *("", " ", "unknown", "*", "null", "0", "default", "None"),
    *("../../../../dev/null", "/dev/null", "file:///dev/null", "..\\..\\nul", "keys/../../x"),
    *("' OR 1=1 --", "x' UNION SELECT 'AAAA' --", "'; DROP TABLE authberry_user; --", "%", "_"),
    *("$(id)", "`id`", "| id", "{{7*7}}", "${jndi:ldap://127.0.0.1/x}", "__class__"),
    *("\0", "\ud800", "\u202e", "\r\nkid: x", "x" * 5000),
]


async def test_a_key_is_known_by_its_exact_id(verifiers: TokenVerifiers, forger: Forger) -> None:
    """An id that is none of ours is looked up as it is, and falls back to nothing."""
    own = forger.key.kid
    for kid in (*FOREIGN, own + " ", " " + own, own + "\0", own[:-1], own.swapcase(), [own]):
        assert await verifiers.refusal(forger.headed(kid=kid)) == INVALID, kid


async def test_a_foreign_id_is_looked_for_among_our_own_keys(
    make_app: MakeApp, clock: FrozenClock, log: LogLines, honeypot: str
) -> None:
    """Where they are kept in the database, an unknown one has them read again, and that is all."""
    app = await make_app()
    auth: Auth = app.state.auth
    issued = await begin(auth, await person(auth, "ada@example.com"))
    key = auth.signing.keys.signing()
    verifier = verifier_of(key, issuer=auth.settings.public_url, clock=clock)
    verifiers = TokenVerifiers(Browser(app), verifier, str(issued.user.id), log)
    forger, before = Forger(key, issued.access_token.value), await everything(auth)
    assert await verifiers.refusal(forger.genuine) is None
    for kid in (*FOREIGN, honeypot):
        clock.tick(6)  # so that each is looked for
        assert await verifiers.refusal(forger.headed(kid=kid, jku=honeypot)) == INVALID, kid
    assert await everything(auth) == before
    await verifiers.close()


WRONG_TYPES: list[Any] = [
    *(..., None, True, 1, [], ["at+jwt"], {"at+jwt": 1}, "", " "),
    *(
        "JWT",
        "jwt",
        "JOSE",
        "id+jwt",
        "refresh+jwt",
        "rt+jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
    ),
    *("at+jwt ", " at+jwt", "at+jwt;v=1", "AT+JWT", "at jwt", "at%2Bjwt", "text/at+jwt"),
    *("application/jwt", "application/application/at+jwt", "application/at+jwt; charset=utf-8"),
]


async def test_only_what_calls_itself_an_access_token_is_one(
    verifiers: TokenVerifiers, forger: Forger
) -> None:
    """A token of another type opens nothing, although our key signed it (RFC 9068, section 4)."""
    for typ in ("at+jwt", "application/at+jwt"):
        assert await verifiers.refusal(forger.headed(typ=typ)) is None
    for typ in WRONG_TYPES:
        assert await verifiers.refusal(forger.headed(typ=typ)) == INVALID, typ


async def test_what_must_be_understood_is_not(verifiers: TokenVerifiers, forger: Forger) -> None:
    """`crit`, whatever it lists, be it nothing or what we know (RFC 7515, section 4.1.11)."""
    lists: list[Any] = [["exp"], ["alg"], ["b64"], ["x"], [], [""], None, "exp", {}, 1, False]
    beside: list[dict[str, Any]] = [{}, {"b64": False}, {"b64": True}, {"exp": 1, "x": 1}]
    for critical in lists:
        for more in beside:
            token = forger.headed(crit=critical, **more)
            assert await verifiers.refusal(token) == INVALID, (critical, more)


async def test_a_payload_is_encoded(verifiers: TokenVerifiers, forger: Forger) -> None:
    """An unencoded one (RFC 7797) is refused, whether or not it says that it is critical."""
    header = {**forger.header, "b64": False}
    for members in (header, {**header, "crit": ["b64"]}):
        text = f"{encoded(members)}.{{}}"
        assert await verifiers.refusal(f"{text}.{encoded(forger.signature(text))}") == INVALID


@pytest.mark.parametrize("of_ours", [True, False], ids=["our key", "a stranger's"])
async def test_nothing_in_a_token_says_where_keys_lie(
    verifiers: TokenVerifiers, forger: Forger, other_key: Key, honeypot: str, *, of_ours: bool
) -> None:
    """Addresses and keys in a header are not looked at: a good token stays good, a bad one bad."""
    other = forger if of_ours else forger.with_key(other_key)
    expected = None if of_ours else INVALID
    key = other_key.public_jwk or dict(other_key.jwk)
    members: list[dict[str, Any]] = [
        *(
            {name: honeypot}
            for name in ("jku", "x5u", "jwk", "x5c", "x5t", "x5t#S256", "iss", "url")
        ),
        *({name: [honeypot]} for name in ("jku", "x5u", "jwk", "x5c")),
        {"jku": honeypot, "x5u": honeypot, "jwk": {**key, "x5u": honeypot}, "x5c": [honeypot]},
        {"jwk": key},
        {"jwk": {**key, "kid": forger.key.kid}, "jku": honeypot},
        {"jku": honeypot + "#" + forger.key.kid},
    ]
    for more in members:
        assert await verifiers.refusal(other.headed(**more)) == expected, more
        for kid in (honeypot, "unknown", other_key.kid):
            assert await verifiers.refusal(other.headed(**more, kid=kid)) == INVALID, more
    for claims in ({"iss": honeypot}, {"aud": honeypot}, {"iss": honeypot, "aud": honeypot}):
        assert await verifiers.refusal(other.claiming(**claims)) == INVALID
    assert (
        await verifiers.refusal(other.claiming(jti=honeypot, jku=honeypot, jwks_uri=honeypot))
    ) == expected


async def test_an_encrypted_token_is_none(verifiers: TokenVerifiers, forger: Forger) -> None:
    """Five parts, or a header that speaks of encryption: nothing is decrypted, or decompressed."""
    header, payload, signature = forger.genuine.split(".")
    jwe = encoded({"alg": "dir", "enc": "A256GCM", "typ": "at+jwt", "kid": forger.key.kid})
    for token in (
        f"{jwe}..AAAAAAAAAAAAAAAA.{payload}.{signature}",
        f"{jwe}.{header}.{payload}.{signature}.AAAA",
        f"{jwe}.{payload}.{signature}",
    ):
        assert await verifiers.refusal(token) == INVALID


async def test_what_a_forged_header_says_is_not_logged(
    verifiers: TokenVerifiers, forger: Forger, other_key: Key, log: LogLines
) -> None:
    """It is a stranger's text, which might be a line of the log, or somebody's secret."""
    other = forger.with_key(other_key)
    for name in ("kid", "typ", "alg", "jku", "crit", "sentinel"):
        assert await verifiers.refusal(other.headed(**{name: "sentinel\r\nforged line"})) == INVALID
        assert (
            await verifiers.refusal(other.claiming(**{name: "sentinel\r\nforged line"})) == INVALID
        )
    assert "sentinel" not in log.text
