"""Keys over the network: fetched once, renewed unseen, and kept whatever is answered."""

import asyncio
import gzip
import json
import logging
from contextlib import suppress
from pathlib import Path

import pytest
from clocks_moved import LoopClock, loop_clock
from frozen_clock import FrozenClock
from issuer import AUDIENCE, ISSUER, Issuer, encoded, refusal
from key_server import (
    Answer,
    KeyServer,
    dripping,
    endless,
    key_set,
    never,
    response,
    self_signed,
)
from waiting import until

from authberry import AccessTokenVerifier, KeysUnavailable
from authberry.errors import UnauthenticatedReason
from authberry.jose import Key
from authberry.remote_keys import FETCH_TIMEOUT

__all__ = ["loop_clock"]

INVALID = UnauthenticatedReason.TOKEN_INVALID
NEW = Key.generate("ES256")
HTML = b"<!doctype html><title>Log in to continue</title>"
BAD: dict[str, tuple[Answer, str]] = {
    "HTML": (response(HTML, b"Content-Type: text/html"), "is not a key set"),
    "a 500": (response(key_set(NEW), status=b"500 Internal Server Error"), "has status 500"),
    "a 404": (response(key_set(NEW), status=b"404 Not Found"), "has status 404"),
    "nothing": (response(b""), "is not a key set"),
    "another shape": (response(b"[]"), "is not a key set"),
    "a list for a set": (response(b'{"keys": {}}'), "holds no key"),
    "an empty set": (response(b'{"keys": []}'), "holds no key"),
    "strange keys": (response(b'{"keys": [null, 1, "x", [], {}]}'), "holds no key"),
    "nesting without end": (response(b'{"keys":' * 5000), "is not a key set"),
    "bad UTF-8": (response(b'{"keys": ["\xff"]}'), "is not a key set"),
    "half of it": (response(key_set(NEW)[:100]), "is not a key set"),
    "a set too long": (response(key_set(NEW) + b" " * 65536), "is longer than 65536 bytes"),
    "a body without end": (endless, "is longer than 65536 bytes"),
    "silence": (never, "no whole answer within 5 seconds"),
    "a byte now and then": (dripping, "no whole answer within 5 seconds"),
    "no HTTP": (lambda writer: _raw(writer, b"SSH-2.0-OpenSSH_9.6\r\n"), "RemoteProtocolError"),
    "a hangup": (lambda writer: _raw(writer, b""), "RemoteProtocolError"),
    "a body cut short": (
        lambda writer: _raw(writer, b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
        "RemoteProtocolError",
    ),
    "a zipped set": (
        response(gzip.compress(key_set(NEW)), b"Content-Encoding: gzip"),
        "is compressed",
    ),
}

SLOW = ("silence", "a byte now and then")


async def _raw(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)


async def pass_by(loop_clock: LoopClock, key_server: KeyServer, asked: int) -> None:
    """Let a question arrive, and all the time go by that its answer may take."""
    await loop_clock.until(lambda: key_server.asked == asked)
    for _ in range(FETCH_TIMEOUT * 10 + 1):
        await loop_clock.advance(0.1)


async def settled(verifier: AccessTokenVerifier) -> None:
    """Wait until nothing is fetched any more."""
    assert verifier._remote
    if verifier._remote._fetching:
        await verifier._remote._fetching


async def unavailable(verifier: AccessTokenVerifier, token: str) -> str:
    """Why there are no keys to verify a token with."""
    with pytest.raises(KeysUnavailable) as error:
        await verifier.verify(token)
    assert error.value.retry_after == 1
    assert str(error.value) == "The service cannot answer right now. Try again shortly."
    return error.value.reason


# Fetched


async def test_the_keys_are_fetched_once(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """For the first token, however many come at once, and for all that follow."""
    tokens = [issuer.token(jti=f"token {number}") for number in range(20)]
    assert key_server.asked == 0
    assert await asyncio.gather(*(refusal(verifier, token) for token in tokens)) == [None] * 20
    assert key_server.asked == 1
    assert await refusal(verifier, tokens[0]) is None
    assert key_server.asked == 1


async def test_entering_has_them_on_their_way(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """And nobody has waited for it; leaving ends what is under way, and tokens are still read."""
    async with verifier:
        await until(lambda: key_server.asked == 1)
        await settled(verifier)
        assert await refusal(verifier, issuer.token()) is None
        key_server.answer = never
        assert verifier._remote
        fetching = verifier._remote.start_fetching()
    assert fetching.cancelled()
    assert await refusal(verifier, issuer.token()) is None


async def test_keys_are_renewed_behind_the_back_of_a_request(
    verifier: AccessTokenVerifier,
    key_server: KeyServer,
    issuer: Issuer,
    clock: FrozenClock,
    loop_clock: LoopClock,
) -> None:
    """After five minutes, by use, once; no request waits for the answer, however late it is."""
    assert await refusal(verifier, issuer.token()) is None
    clock.tick(299)
    assert await refusal(verifier, issuer.token()) is None
    await settled(verifier)
    assert key_server.asked == 1
    key_server.answer = never
    clock.tick(1)
    loop_clock.stop()
    for _ in range(5):  # while no time passes
        assert await refusal(verifier, issuer.token()) is None
    await pass_by(loop_clock, key_server, 2)
    await settled(verifier)
    assert key_server.asked == 2


async def test_a_key_that_is_withdrawn_is_trusted_no_more(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """Not even for a token that was verified before, nor for another key of the same name."""
    token = issuer.token(exp=int(clock.now().timestamp()) + 3600)
    assert await refusal(verifier, token) is None
    clock.tick(300)
    key_server.answer = response(
        json.dumps({"keys": [{**(NEW.public_jwk or {}), "kid": issuer.key.kid}]}).encode()
    )
    assert await refusal(verifier, token) is None
    await settled(verifier)
    assert await refusal(verifier, token) is INVALID


# Rotated


async def test_a_rotation_that_was_published_is_not_noticed(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """The next key is there before it signs; the old one stays for as long as its tokens last."""
    old, new = issuer.key, NEW
    assert await refusal(verifier, issuer.token()) is None
    key_server.publish(old, new)
    clock.tick(300)
    assert await refusal(verifier, issuer.token()) is None
    await settled(verifier)
    issuer.key = new
    assert await refusal(verifier, issuer.token()) is None
    issuer.key = old
    assert await refusal(verifier, issuer.token()) is None
    assert key_server.asked == 2


async def test_a_rotation_in_an_emergency_is_seen_at_once(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """A token with a key that is not here makes it look again, for all who bring one."""
    assert await refusal(verifier, issuer.token()) is None
    issuer.key = NEW
    key_server.publish(NEW)
    tokens = [issuer.token(jti=f"token {number}") for number in range(20)]
    assert await asyncio.gather(*(refusal(verifier, token) for token in tokens)) == [None] * 20
    assert key_server.asked == 2


async def test_a_flood_of_invented_keys_costs_one_question_in_thirty_seconds(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """And an emergency during it is seen when they are over."""
    assert await refusal(verifier, issuer.token()) is None

    async def flood() -> None:
        for number in range(200):
            assert await refusal(verifier, issuer.token({"kid": f"invented {number}"})) is INVALID

    await flood()
    assert key_server.asked == 2
    clock.tick(29)
    await flood()
    assert key_server.asked == 2
    issuer.key = NEW
    key_server.publish(NEW)
    assert await refusal(verifier, issuer.token()) is INVALID
    clock.tick(1)
    assert await refusal(verifier, issuer.token()) is None
    assert key_server.asked == 3


async def test_one_who_gives_up_takes_nothing_from_the_others(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """The answer is everybody's."""
    go = asyncio.Event()
    whole = key_server.answer

    async def late(writer: asyncio.StreamWriter) -> None:
        await go.wait()
        await whole(writer)

    key_server.answer = late
    first, second = (asyncio.create_task(refusal(verifier, issuer.token())) for _ in range(2))
    await until(lambda: key_server.asked == 1)
    first.cancel()
    with suppress(asyncio.CancelledError):
        await first
    go.set()
    assert await second is None
    assert key_server.asked == 1


# Badly answered


@pytest.mark.parametrize("what", BAD)
async def test_a_bad_answer_replaces_no_key(
    verifier: AccessTokenVerifier,
    key_server: KeyServer,
    issuer: Issuer,
    clock: FrozenClock,
    loop_clock: LoopClock,
    what: str,
) -> None:
    """Those there are go on, and the next good answer is taken."""
    assert await refusal(verifier, issuer.token()) is None
    key_server.answer, _ = BAD[what]
    clock.tick(300)
    if what in SLOW:
        loop_clock.stop()
    assert await refusal(verifier, issuer.token()) is None
    if what in SLOW:
        await pass_by(loop_clock, key_server, 2)
    await settled(verifier)
    assert key_server.asked == 2
    assert await refusal(verifier, issuer.token()) is None
    key_server.publish(issuer.key, NEW)
    clock.tick(1)
    assert await refusal(verifier, issuer.token()) is None
    await settled(verifier)
    issuer.key = NEW
    assert await refusal(verifier, issuer.token()) is None


@pytest.mark.parametrize("what", BAD)
async def test_with_no_key_at_all_a_bad_answer_refuses_no_token(
    verifier: AccessTokenVerifier,
    key_server: KeyServer,
    issuer: Issuer,
    loop_clock: LoopClock,
    what: str,
) -> None:
    """It is said that there are no keys, and why."""
    key_server.answer, why = BAD[what]
    if what in SLOW:
        loop_clock.stop()
    asking = asyncio.create_task(unavailable(verifier, issuer.token()))
    if what in SLOW:
        await pass_by(loop_clock, key_server, 1)
    assert why in await asking


async def test_a_redirection_is_not_followed(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer
) -> None:
    """Wherever it leads, nobody is asked there."""
    elsewhere = KeyServer()
    await elsewhere.start()
    elsewhere.publish(issuer.key)
    for status in (b"301 Moved Permanently", b"302 Found", b"307 x", b"308 x"):
        location = b"Location: " + elsewhere.url.encode()
        key_server.answer = response(key_set(issuer.key), location, status=status)
        remote = AccessTokenVerifier(key_server.url, issuer=ISSUER, audience=AUDIENCE)
        assert f"has status {status[:3].decode()}" in await unavailable(remote, issuer.token())
    await elsewhere.stop()
    assert elsewhere.asked == 0


async def test_a_proxy_is_not_asked_for_what_is_on_this_machine(
    verifier: AccessTokenVerifier, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over http it could answer with any keys."""
    proxy = KeyServer()
    await proxy.start()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    assert await refusal(verifier, issuer.token()) is None
    await proxy.stop()
    assert proxy.asked == 0


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    issuer: Issuer, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Unless the environment says that it is good, as a company's own authority."""
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(self_signed())
    server = KeyServer()
    await server.start(certificate)
    server.publish(issuer.key)
    for trusted in (False, True):
        if trusted:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        verifier = AccessTokenVerifier(server.url, issuer=ISSUER, audience=AUDIENCE, clock=clock)
        if trusted:
            assert await refusal(verifier, issuer.token()) is None
        else:
            assert "CERTIFICATE_VERIFY_FAILED" in await unavailable(verifier, issuer.token())
    await server.stop()


async def test_a_server_that_is_down_changes_nothing(
    verifier: AccessTokenVerifier,
    key_server: KeyServer,
    issuer: Issuer,
    clock: FrozenClock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """For a day, with one line in the log when it begins and one when it is over."""
    caplog.set_level(logging.INFO, "authberry.verifier")
    assert await refusal(verifier, issuer.token()) is None
    await key_server.stop()
    for _ in range(24 * 60):
        clock.tick(60)
        assert await refusal(verifier, issuer.token()) is None
        await settled(verifier)
    (line,) = _lines(caplog)
    assert line.startswith(f"signing keys of 127.0.0.1:{key_server.port} not fetched: ConnectError")
    await key_server.start()
    clock.tick(60)
    assert await refusal(verifier, issuer.token()) is None
    await settled(verifier)
    assert _lines(caplog)[1:] == [f"signing keys of 127.0.0.1:{key_server.port} fetched again"]
    asked = key_server.asked
    clock.tick(299)
    assert await refusal(verifier, issuer.token()) is None
    await settled(verifier)
    assert key_server.asked == asked


def _lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.message for record in caplog.records if record.name == "authberry.verifier"]


async def test_a_server_that_is_not_up_yet_is_asked_less_and_less_often(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """At once, after 1, 2, 4, 8 and 16 seconds, then every 30; in between nobody waits."""
    key_server.answer = response(b"", status=b"503 Service Unavailable")
    asked: list[int] = []
    for second in range(121):
        reason = await unavailable(verifier, issuer.token())
        assert reason == "the answer has status 503"
        if key_server.asked > len(asked):
            asked.append(second)
        clock.tick(1)
    assert asked == [0, 1, 3, 7, 15, 31, 61, 91]
    key_server.publish(issuer.key)
    assert await refusal(verifier, issuer.token()) is None


async def test_a_clock_that_jumps_back_keeps_nobody_waiting(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """An hour that is repeated is no hour without renewals."""
    assert await refusal(verifier, issuer.token()) is None
    clock.tick(-3600)
    assert await refusal(verifier, issuer.token()) is None
    await settled(verifier)
    assert key_server.asked == 2


# What a set may hold

OTHERS = ("P-384", "enc", "ops", "alg", "oct", "weak", "long", "empty")


async def test_keys_for_something_else_are_left_out(
    verifier: AccessTokenVerifier, key_server: KeyServer, issuer: Issuer, clock: FrozenClock
) -> None:
    """Other types and uses, keys without a name, secrets, and the second of one name."""
    ours = issuer.key.public_jwk or {}
    other = {name: f"{name} key" for name in OTHERS}
    secret, nameless = Key.generate("HS256"), Key.generate("ES256").public_jwk or {}
    published: list[object] = [
        {**ours, "kid": other["P-384"], "crv": "P-384"},
        {**ours, "kid": other["enc"], "use": "enc"},
        {**ours, "kid": other["ops"], "key_ops": ["sign"]},
        {**ours, "kid": other["alg"], "alg": "ES384"},
        {**secret.jwk, "kid": other["oct"]},
        {"kty": "RSA", "kid": other["weak"], "n": "w" * 170, "e": "AQAB"},
        {"kty": "RSA", "kid": other["long"], "n": encoded(b"\xff" * 1025), "e": "AQAB"},
        {"kty": "EC", "crv": "P-256", "kid": other["empty"]},
        {name: value for name, value in nameless.items() if name != "kid"},
        {**ours, "kid": 5},
        {"kty": ["EC"], "kid": "x"},
        None,
        {**ours, "x5c": ["MIIB"], "unknown": {"to": "us"}},
        NEW.public_jwk,
        {**(Key.generate("ES256").public_jwk or {}), "kid": NEW.kid},
    ]
    key_server.answer = response(json.dumps({"keys": published}).encode())
    assert await refusal(verifier, issuer.token()) is None
    assert verifier._remote
    assert set(verifier._remote._keys) == {issuer.key.kid, NEW.kid}
    for kid in other.values():
        assert await refusal(verifier, issuer.token({"kid": kid})) is INVALID, kid
    issuer.key = NEW
    assert await refusal(verifier, issuer.token()) is None
    issuer.key = secret
    assert await refusal(verifier, issuer.token({"kid": other["oct"]})) is INVALID


def test_a_verifier_outlives_an_event_loop(clock: FrozenClock) -> None:
    """It is made once, and test clients bring a loop each: what one left undone, the next does."""
    issuer, server = Issuer(clock), KeyServer()
    verifiers: list[AccessTokenVerifier] = []

    async def first() -> None:
        await server.start()
        server.answer = never
        verifier = AccessTokenVerifier(server.url, issuer=ISSUER, audience=AUDIENCE, clock=clock)
        verifiers.append(await verifier.__aenter__())
        await until(lambda: server.asked == 1)
        await server.stop()

    async def second() -> None:
        await server.start()
        server.publish(issuer.key)
        clock.tick(1)
        assert await refusal(verifiers[0], issuer.token()) is None
        await server.stop()

    asyncio.run(first())
    asyncio.run(second())
    assert server.asked == 2
