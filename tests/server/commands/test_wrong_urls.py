"""A URL that will not do: refused by every command alike, in one line, with no part of it."""

import signal

import pytest
from command_line import CommandLine, refused

from authberry import Settings, SettingsError

STORE = (
    "must be memory:// or valkey://user:password@host:port/number, valkeys:// for TLS,"
    " unix:///path for a socket, the password percent-encoded"
)
MAIL = (
    "must be smtp://user:password@host:587 or smtps://user:password@host:465,"
    " the password percent-encoded"
)
PORT = "must name a port between 1 and 65535"

CASES = {
    "DATABASE_URL": {
        "postgresql://bob:topsecret@127.0.0.1:99999/x": PORT,
        "postgresql://bob:topsecret@127.0.0.1/x?ssl=False": (
            "has the option ssl, which is not known here: write sslmode"
        ),
        "postgresql://bob:topsecret@127.0.0.1/x?sslmode=topsecret": (
            "has the option sslmode, which must be one of disable, allow, prefer, require,"
            " verify-ca, verify-full"
        ),
        "postgresql://bob:topsecret@127.0.0.1/x?sslrootcert=/topsecret": (
            "has the option sslrootcert, whose file cannot be read (No such file or directory)."
            " Check that it is there, and that this user may read it"
        ),
        "postgresql://bob:top?topsecret=1@127.0.0.1/x": (
            "must be sqlite://path or postgresql://user:password@host:port/name,"
            " the password percent-encoded"
        ),
    },
    "THROTTLE_URL": {
        "valkey://bob:topsecret@127.0.0.1:99999/0": PORT,
        "valkey://bob:topsecret@127.0.0.1:port/0": STORE,
        "valkey://bob:top/topsecret@127.0.0.1:6379/0": STORE,
        "valkey+cluster://bob:topsecret@127.0.0.1:6379/0": STORE,
        "valkey://bob:topsecret@127.0.0.1:6379/first": (
            "must name the database in the store by its number, such as /0"
        ),
        "valkey://127.0.0.1:6379/0?password=topsecret": (
            "has the option password, which is not known here: write it before the host, as"
            " user:password@"
        ),
        "valkeys://bob:topsecret@127.0.0.1:6379/0?ssl_cert_reqs=none": (
            "has the option ssl_cert_reqs, which is not known here: leave it out, and name the"
            " authority in ssl_ca_certs or SSL_CERT_FILE"
        ),
        "valkey://bob:topsecret@127.0.0.1:6379/0?socket_timeout=topsecret": (
            "has the option socket_timeout, which must be seconds"
        ),
        "unix://bob:topsecret@run/valkey.sock": (
            "must name a socket by its whole path, as unix:///run/valkey.sock"
        ),
    },
    "SMTP_URL": {
        "smtp://bob:topsecret@127.0.0.1:99999": PORT,
        "smtp://bob:topsecret@mail..example": MAIL,
        "smtp://bob:top/topsecret@127.0.0.1:587": MAIL,
        "smtp://bob:topsecret@127.0.0.1:587?timeout=1": MAIL,
    },
    "BREACHED_PASSWORDS_URL": {
        "https://topsecret.example:99999": PORT,
        "https://bob:topsecret@127.0.0.1": (
            "must be an https URL, such as https://api.pwnedpasswords.com"
        ),
    },
    "PUBLIC_URL": {"https://topsecret.example:99999": "must be an http or https URL"},
    "ALLOWED_ORIGINS": {
        "https://topsecret.example:99999": (
            "each must be an exact origin, such as https://app.example.com"
        )
    },
    "LINK_URLS": {
        "verify_email=https://topsecret.example:99999/{token}": (
            "each must be an http or https URL with {token} in it once"
        )
    },
}
EACH = [(name, url) for name, urls in CASES.items() for url in urls]


@pytest.fixture(autouse=True)
def _no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run `serve` beside the test, where only the main thread may wait for signals."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)


@pytest.mark.parametrize(("name", "url"), EACH, ids=range(len(EACH)))
async def test_a_wrong_url_is_refused_by_every_command_without_any_of_it(
    authberry: CommandLine, monkeypatch: pytest.MonkeyPatch, name: str, url: str
) -> None:
    """In one line with the setting's name and what to do, and never with a traceback."""
    monkeypatch.setenv("AUTHBERRY_MAIL_FROM", "us@example.com")
    monkeypatch.setenv(f"AUTHBERRY_{name}", url)
    line = f"AUTHBERRY_{name}: {CASES[name][url]}"
    for command in (["serve", "--port", "0"], ["users", "list"], ["migrate"], ["prune"]):
        assert refused(await authberry(*command), line), command
    doctor = await authberry("doctor")
    assert doctor.code == 1
    assert f"danger: {line}. " in doctor.out
    assert "topsecret" not in doctor.out + doctor.err + line
    with pytest.raises(SettingsError) as refusal:
        Settings.load()
    assert str(refusal.value) == line
