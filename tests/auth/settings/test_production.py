"""What production must be told, and the secret that development makes."""

import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from configuring import SECRET, SENTINEL, configure, refusal

from authberry import Auth, Settings
from authberry.doctor import examine

OTHER = "YSBzZWNvbmQgdmFsdWUsIGZvciBhIGNsaWVudCBvZiBvdXJz"
PRODUCTION = {
    "ENV": "production",
    "SECRET": SECRET,
    "PUBLIC_URL": "https://auth.example.com",
    "DATABASE_URL": "postgresql://authberry@127.0.0.1/authberry",
}


# Production


def test_production_starts_when_it_is_told_the_three_things(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A secret, its address and a database; GraphiQL and introspection are then off."""
    configure(monkeypatch, **PRODUCTION)
    settings = Settings.load()
    Auth(settings).passwords.hasher.close()
    assert not settings.shows_graphiql
    assert not settings.allows_introspection


DANGEROUS: list[tuple[str, str | None, str]] = [
    ("SECRET", None, "is required in production"),
    ("SECRET", "", "is required in production"),
    ("SECRET", SENTINEL, "is shorter than 32 bytes"),
    ("SECRET", f"{SECRET},{SENTINEL}", "is shorter than 32 bytes"),
    ("SECRET", "a" * 64, "repeats itself"),
    ("SECRET", "0123456789" * 6, "repeats itself"),
    ("SECRET", "change-me-" + SECRET, "looks like an example"),
    ("SECRET", "my-very-Secret-" + SECRET, "looks like an example"),
    ("SECRET", f"-----BEGIN PUBLIC KEY----- {SECRET}", "is the text of a key"),
    ("SECRET", f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 {SECRET}", "is the text of a key"),
    ("SECRET", f"{SECRET},{SECRET}", "holds the same secret twice"),
    ("PUBLIC_URL", None, "is not https"),
    ("PUBLIC_URL", "http://auth.example.com", "is not https"),
    ("ALLOWED_ORIGINS", "http://app.example.com", "lets a page without TLS"),
    ("COOKIE_DOMAIN", "other.example", "does not cover the host of the public URL"),
    ("COOKIE_DOMAIN", "com", "is a public suffix"),
    ("COOKIE_PATH", "/elsewhere", "does not cover /graphql"),
    ("COOKIE_PATH", "/graph", "does not cover /graphql"),
    ("OAUTH_CLIENTS", f"billing:{SENTINEL}", "is shorter than 32 bytes"),
    ("OAUTH_CLIENTS", f"billing:{OTHER},search:{'ab' * 24}", "repeats itself"),
    ("OAUTH_CLIENTS", f"billing:change-me-{OTHER}", "looks like an example"),
    ("OAUTH_CLIENTS", f"billing:{OTHER},search:{OTHER}", "gives two clients the same secret"),
    ("OAUTH_CLIENTS", f"billing:{SECRET}", "holds a secret that is used for something else"),
    ("LOGIN_ATTEMPTS", "off", "is off"),
    ("WEBAUTHN_RP_ID", "other.example", "is other.example, which is neither the host of"),
    ("WEBAUTHN_RP_ID", "com", "is a public suffix"),
    (
        "WEBAUTHN_ORIGINS",
        "https://auth.example.com,http://auth.example.com",
        "names http://auth.example.com, and browsers have no passkeys without TLS",
    ),
    ("TRUSTED_PROXIES", "0.0.0.0/0", "is everybody"),
    ("TRUSTED_PROXIES", "10.0.0.0/8,::/0", "is everybody"),
]


@pytest.mark.parametrize(("name", "value", "problem"), DANGEROUS, ids=range(len(DANGEROUS)))
def test_production_refuses_what_is_missing_or_dangerous(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, problem: str
) -> None:
    """In one line: the setting, what is wrong, what to do; never the value."""
    configure(monkeypatch, **PRODUCTION)
    monkeypatch.delenv(f"AUTHBERRY_{name}", raising=False)
    if value is not None:
        configure(monkeypatch, **{name: value})
    message = refusal()
    assert message.startswith(f"AUTHBERRY_{name}: {problem}"), message
    assert message.count(". ") >= 1
    if name in {"SECRET", "OAUTH_CLIENTS"} and value:
        for secret in re.split("[,:]", value):
            assert secret in {"billing", "search"} or secret not in message


def test_production_refuses_a_cookie_that_browsers_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that promises what its attributes do not keep."""
    configure(monkeypatch, **PRODUCTION, COOKIE_NAME="__Host-session", COOKIE_PATH="/auth")
    assert refusal().startswith("AUTHBERRY_COOKIE_NAME: begins with __Host-")


def test_development_says_the_same_and_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What production would refuse is for the doctor to say."""
    configure(monkeypatch, SECRET="short", LOGIN_ATTEMPTS="off")
    settings = Settings.load()
    Auth(settings).passwords.hasher.close()
    dangers = [finding.setting for finding in examine(settings) if finding.level == "danger"]
    assert dangers == ["AUTHBERRY_SECRET", "AUTHBERRY_LOGIN_ATTEMPTS"]


def test_the_first_danger_is_told_and_how_many_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """And which command tells them all."""
    configure(monkeypatch, ENV="production")
    assert refusal().endswith(" (1 more: authberry doctor)")


def test_no_secret_is_in_a_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever logs the settings logs no secret, no address of a database, no key."""
    configure(
        monkeypatch,
        SECRET=SECRET,
        DATABASE_URL=f"postgresql://user:{SENTINEL}@127.0.0.1/x",
        THROTTLE_URL=f"valkey://user:{SENTINEL}@127.0.0.1:1/0",
        SIGNING_KEYS=SENTINEL,
        OAUTH_CLIENTS=f"billing:{SENTINEL}",
    )
    settings = Settings.load()
    for shown in (repr(settings), str(settings), repr(Auth(settings))):
        assert SENTINEL not in shown
        assert SECRET not in shown


# The secret of development


def test_development_makes_its_secret_once(tmp_path: Path) -> None:
    """In a file beside the database that nobody else may read, whatever the umask."""
    umask = os.umask(0o022)
    try:
        url = f"sqlite://{tmp_path}/some.db"
        (secret,) = Settings.load(database_url=url).secrets
        assert Settings.load(database_url=url).secrets == (secret,)
    finally:
        os.umask(umask)
    file = tmp_path / "some.secret"
    assert file.read_text("ascii") == secret + "\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(secret) == 64
    (other,) = Settings.load(database_url=f"sqlite://{tmp_path}/other.db").secrets
    assert other != secret


def test_an_empty_secret_is_none(tmp_path: Path) -> None:
    """A process that was killed between making the file and writing it leaves a clear line."""
    (tmp_path / "authberry.secret").touch()
    expected = (
        f"AUTHBERRY_SECRET: is not set, and the file that development keeps one in, {tmp_path}"
    )
    assert refusal().startswith(f"{expected}/authberry.secret, is empty. Set AUTHBERRY_SECRET")


def test_a_secret_is_not_read_half_written(tmp_path: Path) -> None:
    """Whoever starts while another process makes it waits for it."""
    file = tmp_path / "authberry.secret"
    file.touch()
    with ThreadPoolExecutor(1) as other:
        started = other.submit(lambda: Settings().secrets)
        time.sleep(0.05)
        file.write_text(f"{SECRET}\n", "ascii")
        assert started.result() == (SECRET,)


def test_processes_that_start_at_once_share_the_secret(tmp_path: Path) -> None:
    """None reads it half written. Threads stand for them here: what is shared is a file."""
    at_once = Barrier(8)

    def start(number: int) -> tuple[str, ...]:
        at_once.wait()
        return Settings(database_url=f"sqlite://{tmp_path}/{number}.db").secrets

    with ThreadPoolExecutor(8) as processes:
        for number in range(50):
            (secrets,) = set(processes.map(start, [number] * 8))
            assert len(secrets[0]) == 64
