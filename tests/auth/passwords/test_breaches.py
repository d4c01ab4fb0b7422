"""Leaked passwords, asked of a service that speaks the protocol of Have I Been Pwned."""

import subprocess
import sys
from collections.abc import Awaitable, Callable

import pytest
from log_lines import LogLines, log
from people import BROWSER, register
from range_service import PADDING, RangeService, digest, range_service
from rows import everything
from scripted_server import Answer, endless_answer, no_answer, response

import authberry.passwords.breaches
from authberry import Auth, RefreshTokenTransport, Settings, SettingsError, Viewer
from authberry.errors import WeakPassword
from authberry.passwords.breaches import REASON, Breaches
from authberry.passwords.hashing import prepare

__all__ = ["log", "range_service"]

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
LEAKED, FINE = "trustno1-but-longer-than-that", "correct horse battery staple"
ADA = "ada@example.com"


@pytest.fixture
async def auth(make_auth: MakeAuth, range_service: RangeService) -> Auth:
    """The rules, with a service to ask."""
    range_service.leak(LEAKED, times=7)
    return await make_auth(breached_passwords_url=range_service.origin)


async def refusal(act: Awaitable[object]) -> list[str]:
    """Why a password is refused."""
    with pytest.raises(WeakPassword) as refused:
        await act
    return refused.value.reasons


async def test_a_leaked_password_is_refused_wherever_one_is_set(
    auth: Auth, range_service: RangeService
) -> None:
    """By its owner, by a link, by the operator; and nothing has changed."""
    assert await refusal(auth.accounts.registration.register(ADA, LEAKED, None, BROWSER, BODY)) == [
        REASON
    ]
    assert await refusal(auth.accounts.create(ADA, LEAKED)) == [REASON]
    issued = await register(auth, ADA, FINE)
    viewer = Viewer(issued.user, issued.session)
    before = await everything(auth)
    change = auth.accounts.password_changes.change(viewer, FINE, LEAKED, BROWSER)
    assert await refusal(change) == [REASON]
    assert await refusal(auth.accounts.password_changes.set(issued.user, LEAKED, BROWSER)) == [
        REASON
    ]
    assert await everything(auth) == before
    assert len(range_service.requests) == 5


async def test_five_digits_leave_and_nothing_else(auth: Auth, range_service: RangeService) -> None:
    """Neither the password, nor the rest of its hash, nor whose it is."""
    await auth.accounts.create(ADA, FINE, "Ada Lovelace")
    (head,) = (request.decode() for request in range_service.requests)
    method, path, _ = head.partition("\r\n")[0].split()
    assert (method, path) == ("GET", f"/range/{digest(FINE)[:5]}")
    headers = dict(line.lower().split(": ", 1) for line in head.strip().split("\r\n")[1:])
    assert headers == {
        "host": f"127.0.0.1:{range_service.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "keep-alive",
        "user-agent": "authberry",
        "add-padding": "true",
    }
    for secret in (digest(FINE)[5:].lower(), "horse", "ada", "lovelace"):
        assert secret not in head.lower()


async def test_padding_is_no_leak(range_service: RangeService) -> None:
    """A suffix that never leaked is there with a count of 0."""
    suffix = digest(FINE)[5:]
    range_service.answer = response(f"{suffix}:0\r\n{PADDING}1:0\r\n".encode())
    await Breaches(range_service.origin).refuse(prepare(FINE))
    range_service.answer = response(f"{PADDING}1:0\r\n{suffix.lower()}:1".encode())
    assert await refusal(Breaches(range_service.origin).refuse(prepare(FINE))) == [REASON]


async def test_a_password_that_is_weak_anyway_is_asked_about_nowhere(
    auth: Auth, range_service: RangeService
) -> None:
    """What can be told offline is told offline."""
    assert REASON not in await refusal(auth.accounts.create(ADA, "password"))
    assert range_service.requests == []


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (no_answer, "no answer in time"),
        (
            endless_answer,
            f"the answer is longer than {authberry.passwords.breaches.MAX_BYTES} bytes",
        ),
        (response(b"", status=b"503 Service Unavailable"), "the answer has status 503"),
        (
            response(b"", b"Location: http://127.0.0.1:1/range", status=b"302 Found"),
            "the answer has status 302",
        ),
        (response(b""), "the answer is no list of suffixes"),
        (response(b"<html>log in to the Wi-Fi</html>"), "the answer is no list of suffixes"),
        (response(f"{digest(LEAKED)[5:]}:7\r\n%%%".encode()), "the answer is no list of suffixes"),
        (response(b"x", b"Content-Encoding: gzip"), "the answer is compressed"),
        (response(b"\x00\x7f" * 50), "the answer is no list of suffixes"),
    ],
    ids=["slow", "endless", "down", "elsewhere", "empty", "page", "half", "packed", "noise"],
)
async def test_where_the_service_does_not_answer_the_password_passes(
    auth: Auth,
    range_service: RangeService,
    log: LogLines,
    monkeypatch: pytest.MonkeyPatch,
    answer: Answer,
    cause: str,
) -> None:
    """With one line in the log, which says why and holds no digit."""
    if answer is no_answer:
        monkeypatch.setattr(authberry.passwords.breaches, "TIMEOUT", 0.3)
    range_service.answer = answer
    log.start()
    await auth.accounts.create(ADA, LEAKED)
    (line,) = [one for one in log.records if one["logger"] == "authberry.breaches"]
    assert (line["level"], line["event"]) == ("warning", "leaked passwords not looked up")
    assert line["cause"] == cause
    told = {name: value for name, value in line.items() if name not in {"timestamp", "request_id"}}
    assert digest(LEAKED)[:5] not in str(told)


async def test_a_service_that_is_down_keeps_nobody_out(
    auth: Auth, range_service: RangeService, log: LogLines
) -> None:
    """The next one is refused again once it is back."""
    await range_service.stop()
    log.start()
    await auth.accounts.create(ADA, LEAKED)
    causes = [one["cause"] for one in log.records if one["logger"] == "authberry.breaches"]
    assert causes == ["ConnectError"]
    await range_service.start()
    assert await refusal(auth.accounts.create("grace@example.com", LEAKED)) == [REASON]


async def test_nobody_is_asked_unless_it_is_configured(make_auth: MakeAuth) -> None:
    """Nor is what would ask loaded."""
    auth = await make_auth()
    await auth.accounts.create(ADA, LEAKED)
    story = (
        "import sys; from authberry import Auth, Settings; Auth(Settings(secret='x' * 40));"
        "sys.exit('httpx2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", story], check=False).returncode == 0  # noqa: ASYNC221, S603 - ours, and short


def test_in_production_it_is_asked_over_tls() -> None:
    """Or anybody on the way could refuse passwords, or pass them."""
    settings = {
        "env": "production",
        "secret": "c2VjcmV0IGZvciB0ZXN0cyBvbmx5LCBub3QgZm9yIHlvdQ",
        "public_url": "https://auth.example.com",
        "breached_passwords_url": "http://leaks.example.com",
    }
    with pytest.raises(SettingsError, match="AUTHBERRY_BREACHED_PASSWORDS_URL: asks without TLS"):
        Auth(Settings.load(**settings))
    Auth(Settings.load(**{**settings, "breached_passwords_url": "http://127.0.0.1:1"}))
