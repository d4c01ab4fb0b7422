"""Key sets that are badly answered: the keys that are there already are kept."""

import asyncio
import gzip
import logging
from pathlib import Path

import pytest
from clocks_moved import LoopClock
from fetched_keys import let_time_out, until_fetched
from frozen_clock import FrozenClock
from issuer import AUDIENCE, ISSUER, Issuer, refusal
from key_server import (
    Answer,
    KeyServer,
    endless_answer,
    key_set,
    no_answer,
    one_byte_at_a_time,
    response,
    self_signed,
)

from authberry import AccessTokenVerifier, KeysUnavailable
from authberry.tokens.jose import Key

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
    "a body without end": (endless_answer, "is longer than 65536 bytes"),
    "silence": (no_answer, "no whole answer within 5 seconds"),
    "a byte now and then": (one_byte_at_a_time, "no whole answer within 5 seconds"),
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


async def unavailable(verifier: AccessTokenVerifier, token: str) -> str:
    """Why there are no keys to verify a token with."""
    with pytest.raises(KeysUnavailable) as error:
        await verifier.verify(token)
    assert error.value.retry_after == 1
    assert str(error.value) == "The service cannot answer right now. Try again shortly."
    return error.value.reason


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
        await let_time_out(loop_clock, key_server, 2)
    await until_fetched(verifier)
    assert key_server.asked == 2
    assert await refusal(verifier, issuer.token()) is None
    key_server.publish(issuer.key, NEW)
    clock.tick(1)
    assert await refusal(verifier, issuer.token()) is None
    await until_fetched(verifier)
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
        await let_time_out(loop_clock, key_server, 1)
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
        await until_fetched(verifier)
    (line,) = _lines(caplog)
    assert line.startswith(f"signing keys of 127.0.0.1:{key_server.port} not fetched: ConnectError")
    await key_server.start()
    clock.tick(60)
    assert await refusal(verifier, issuer.token()) is None
    await until_fetched(verifier)
    assert _lines(caplog)[1:] == [f"signing keys of 127.0.0.1:{key_server.port} fetched again"]
    asked = key_server.asked
    clock.tick(299)
    assert await refusal(verifier, issuer.token()) is None
    await until_fetched(verifier)
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
    await until_fetched(verifier)
    assert key_server.asked == 2
