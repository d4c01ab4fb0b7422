"""A store of attempts with TLS, a password and a socket: used, or said in words why not."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from apps import SECRET
from authority import Authority
from command_line import run
from limits import parse
from people import BROWSER
from store_with_tls import StoreWithTls

from authberry.errors import TooManyAttempts
from authberry.events.log import SecurityLog
from authberry.metrics import Metrics
from authberry.throttle import Budget, Throttle

PATIENT = "socket_timeout=60&socket_connect_timeout=60"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where certificates lie."""
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    """The authority of the store."""
    return Authority(folder)


@pytest.fixture(scope="module")
def store(folder: Path, authority: Authority) -> Iterator[StoreWithTls]:
    """A store whose certificate is for 127.0.0.1 and not for localhost."""
    certificate = authority.issue("store", "127.0.0.1")
    with StoreWithTls(folder, certificate, authority.certificate) as store:
        yield store


def url_of(store: StoreWithTls, template: str, authority: Authority) -> str:
    """A URL with the ports of the store."""
    places = {"plain": store.port, "tls": store.tls_port, "socket": store.socket}
    return template.format(**places, ca=authority.certificate)


@pytest.mark.parametrize(
    "template",
    [
        "valkey://:topsecret@127.0.0.1:{plain}/0?",
        "redis://default:topsecret@127.0.0.1:{plain}/1?",
        "valkeys://:topsecret@127.0.0.1:{tls}/2?ssl_ca_certs={ca}&",
        "rediss://default:topsecret@127.0.0.1:{tls}/3?ssl_ca_certs={ca}&",
        "unix://:topsecret@{socket}?db=1&",
        "valkey+unix://default:topsecret@{socket}?",
    ],
)
async def test_every_spelling_reaches_the_store(
    store: StoreWithTls, authority: Authority, template: str
) -> None:
    """Two processes count together there."""
    url = url_of(store, template, authority) + PATIENT
    throttles = [Throttle(url, SecurityLog(Metrics())) for _ in range(2)]
    budget = Budget(parse("2/hour"), ("test", template))
    for throttle in throttles:
        assert await throttle.problem() is None
        await throttle.spend(BROWSER, budget)
    with pytest.raises(TooManyAttempts):
        await throttles[0].spend(BROWSER, budget)
    for throttle in throttles:
        await throttle.close()


async def test_the_authorities_of_the_environment_are_trusted(
    store: StoreWithTls, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a word in the URL, as with mail."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.certificate))
    throttle = Throttle(
        f"valkeys://:topsecret@127.0.0.1:{store.tls_port}/0?{PATIENT}", SecurityLog(Metrics())
    )
    assert await throttle.problem() is None
    await throttle.close()


WRONG = {
    "a wrong password": (
        "valkey://default:wrongsecret@127.0.0.1:{plain}/0?",
        "it refuses the user or the password",
    ),
    "no password": ("valkey://127.0.0.1:{plain}/0?", "it asks for a password"),
    "a number that is none": (
        "valkey://:topsecret@127.0.0.1:{plain}/99?",
        "it has no database of this number",
    ),
    "TLS to the port without": (
        "valkeys://:topsecret@127.0.0.1:{plain}/0?",
        "Begin the URL with valkey:// if this is its port without TLS",
    ),
    "no TLS to the port with": (
        "valkey://:topsecret@127.0.0.1:{tls}/0?",
        "Begin the URL with valkeys:// if this is its port for TLS",
    ),
    "an authority that is not trusted": (
        "valkeys://:topsecret@127.0.0.1:{tls}/0?",
        "its certificate is not trusted",
    ),
    "another name": (
        "valkeys://:topsecret@localhost:{tls}/0?ssl_ca_certs={ca}&",
        "its certificate is not trusted",
    ),
    "no socket": ("unix://:topsecret@/nowhere/socket?", "correct the path of the socket"),
    "nobody there": ("valkey://:topsecret@127.0.0.1:1/0?", "it cannot be reached"),
}


@pytest.mark.parametrize("case", list(WRONG))
async def test_a_mistake_is_said_in_words(
    store: StoreWithTls,
    authority: Authority,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    case: str,
) -> None:
    """By the doctor and in the log, and never with the password; attempts are counted here."""
    template, words = WRONG[case]
    url = url_of(store, template, authority) + PATIENT.replace("60", "2")
    throttle = Throttle(url, SecurityLog(Metrics()))
    await throttle.spend(BROWSER, Budget(parse("2/hour"), ("test", case)))
    await throttle.close()
    (record,) = [one for one in caplog.records if one.name == "authberry.throttle"]
    assert words in str(record.__dict__["cause"])
    environment = {
        "AUTHBERRY_DATABASE_URL": f"sqlite://{folder}/a.db",
        "AUTHBERRY_SECRET": SECRET,
        "AUTHBERRY_THROTTLE_URL": url,
    }
    doctor = await asyncio.to_thread(run, folder, environment, "doctor")
    assert doctor.code == 1
    assert words in doctor.out
    for said in (caplog.text, doctor.out, doctor.err):
        assert "secret@" not in said
        assert "topsecret" not in said
        assert "wrongsecret" not in said
        assert "Traceback" not in said
