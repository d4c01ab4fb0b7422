"""Settings: where they come from, which are refused, and that no refusal repeats a value."""

import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from pydantic import ValidationError

from authberry import Auth, Settings, SettingsError
from authberry.doctor import examine
from authberry.doctor.environment import read_settings
from authberry.settings.sources import IN_FILES

SECRET = "c2VudGluZWwtdmFsdWUtdGhhdC1tdXN0LW5vdC1hcHBlYXI"
SENTINEL = "sentinel-value"
OTHER = "YSBzZWNvbmQgdmFsdWUsIGZvciBhIGNsaWVudCBvZiBvdXJz"
PRODUCTION = {
    "ENV": "production",
    "SECRET": SECRET,
    "PUBLIC_URL": "https://auth.example.com",
    "DATABASE_URL": "postgresql://authberry@127.0.0.1/authberry",
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave what development mode makes in a folder of the test."""
    monkeypatch.chdir(tmp_path)


def configure(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    """Set the environment, without the prefix."""
    for name, value in values.items():
        monkeypatch.setenv(f"AUTHBERRY_{name}", value)


def refusal(**values: object) -> str:
    """The one line that a start ends with."""
    with pytest.raises(SettingsError) as error:
        Auth(Settings.load(**values))
    assert "\n" not in str(error.value)
    return str(error.value)


# Where they come from


def test_with_nothing_at_all_it_is_development() -> None:
    """Every default is as documented."""
    settings = Settings.load()
    assert settings.env == "development"
    assert settings.database_url == "sqlite://authberry.db"
    assert settings.public_url == settings.origin == settings.token_audience
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.access_token_ttl == timedelta(seconds=300)
    assert settings.refresh_window == timedelta(seconds=30)
    assert settings.refresh_idle_ttl == timedelta(days=14)
    assert settings.refresh_absolute_ttl == timedelta(days=90)
    assert settings.signing_algorithm == "ES256"
    assert settings.password_min_length == 8
    assert settings.throttle_url == "memory://"
    assert settings.shows_graphiql
    assert settings.allows_introspection
    assert not settings.is_production


def test_every_setting_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Durations are seconds; lists are separated by commas; limits are in the usual notation."""
    configure(
        monkeypatch,
        ACCESS_TOKEN_TTL="60",
        REFRESH_WINDOW="0",
        ALLOWED_ORIGINS="https://a.example, https://b.example:8443,",
        TRUSTED_PROXIES="10.0.0.0/8,2001:db8::/32",
        LOGIN_ATTEMPTS="7/10minutes",
        REGISTER_ATTEMPTS="off",
        SECRET=f"{SECRET},{SECRET[::-1]}",
        GRAPHIQL="false",
        PUBLIC_URL="https://Auth.Example.com:443/",
    )
    settings = Settings.load()
    assert settings.access_token_ttl == timedelta(seconds=60)
    assert settings.refresh_window == timedelta(0)
    assert settings.allowed_origins == ("https://a.example", "https://b.example:8443")
    assert [str(network) for network in settings.trusted_proxies] == [
        "10.0.0.0/8",
        "2001:db8::/32",
    ]
    assert str(settings.login_attempts) == "7 per 10 minute"
    assert settings.register_attempts is None
    assert settings.secrets == (SECRET, SECRET[::-1])
    assert not settings.shows_graphiql
    assert settings.origin == "https://auth.example.com"


def test_a_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without the line break behind it; what a host passes itself goes before both."""
    for name, value in (
        ("SECRET", SECRET),
        ("DATABASE_URL", "sqlite://elsewhere.db"),
        ("SIGNING_KEYS", "{}"),
        ("OAUTH_CLIENTS", f"billing:{SECRET}\nsearch:{SECRET[::-1]}"),
        ("THROTTLE_URL", "valkey://127.0.0.1:1/0"),
    ):
        file = tmp_path / name
        file.write_text(f"{value}\n", "utf-8")
        configure(monkeypatch, **{f"{name}_FILE": str(file)})
    settings = Settings.load()
    assert settings.secrets == (SECRET,)
    assert settings.database_url == "sqlite://elsewhere.db"
    assert (settings.signing_keys, settings.throttle_url) == ("{}", "valkey://127.0.0.1:1/0")
    assert [(one.id, one.secret) for one in settings.oauth_clients] == [
        ("billing", SECRET),
        ("search", SECRET[::-1]),
    ]
    assert Settings.load(secret=(SECRET[::-1],)).secrets == (SECRET[::-1],)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"", b" \n", "folder"])
def test_a_secret_file_that_cannot_be_read_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | str | None
) -> None:
    """In a line that says which, where it is, and what kind of thing is wrong."""
    file = tmp_path / "secret"
    if isinstance(content, bytes):
        file.write_bytes(content)
    elif content:
        file.mkdir()
    configure(monkeypatch, SECRET_FILE=str(file))
    message = refusal()
    assert message.startswith(f"AUTHBERRY_SECRET_FILE: names {file}, which ")
    assert message.endswith(". Check that it is there, and that this user may read it")


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of a value and a file one would be ignored, and nobody would know which."""
    configure(monkeypatch, SECRET="x" * 48, SECRET_FILE=str(tmp_path / "secret"))
    assert refusal() == "AUTHBERRY_SECRET: AUTHBERRY_SECRET_FILE is set as well, remove one of them"


def test_what_is_put_in_the_place_of_a_path_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be the secret itself; where it has folders that are there, it is a path."""
    for text in (
        SENTINEL,
        f"/{SENTINEL}",
        f"{SENTINEL}/{SENTINEL}",
        f"/{SENTINEL}/x\0",
        "x\ny" * 9,
    ):
        monkeypatch.setattr(os, "environ", {**os.environ, "AUTHBERRY_SECRET_FILE": text})
        message = refusal()
        assert message.startswith("AUTHBERRY_SECRET_FILE: names a file, which ")
        assert SENTINEL not in message


def test_a_setting_that_is_empty_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """One rule for all of them, their files too: a compose file writes names without a value."""
    expected = Settings.load()
    for field in Settings.model_fields:
        configure(monkeypatch, **{field.upper(): ""})
    for field in IN_FILES:
        configure(monkeypatch, **{f"{field.upper()}_FILE": ""})
    settings = Settings.load()
    assert settings == expected
    assert settings.model_fields_set == set()
    assert read_settings() == (expected, [])


def test_an_empty_name_beside_a_file_is_not_set_either(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The file holds."""
    file = tmp_path / "secret"
    file.write_text(SECRET)
    configure(monkeypatch, SECRET="", SECRET_FILE=str(file))
    assert Settings.load().secrets == (SECRET,)


@pytest.mark.parametrize("name", ["SECRT", "secret_files", "COOKIE", "PUBLIC_URL_FILE", "ENV_", ""])
def test_a_name_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """All of them are named, and no value is shown."""
    configure(monkeypatch, **{name: SENTINEL, "TYPO": SENTINEL})
    names = ", ".join(sorted([f"AUTHBERRY_{name}", "AUTHBERRY_TYPO"]))
    assert refusal() == f"no such setting: {names}"


def test_a_host_cannot_pass_what_does_not_exist() -> None:
    """A keyword that is ignored would be as bad."""
    assert refusal(refresh_windows=5).startswith("AUTHBERRY_REFRESH_WINDOWS: ")


def test_a_host_that_makes_them_directly_is_shown_no_value_either() -> None:
    """Whatever pydantic would print."""
    with pytest.raises(ValidationError) as error:
        Settings(database_url=f"mysql://{SENTINEL}", public_url=SENTINEL)
    assert SENTINEL not in str(error.value)


def test_settings_cannot_be_changed_afterwards() -> None:
    """What was examined is what is used."""
    settings = Settings.load()
    with pytest.raises(ValueError, match="frozen"):
        settings.env = "production"


INVALID: list[tuple[str, str]] = [
    ("ENV", SENTINEL),
    ("ENV", "Production"),
    ("DATABASE_URL", f"mysql://{SENTINEL}@127.0.0.1/x"),
    ("DATABASE_URL", SENTINEL),
    ("DATABASE_URL", "sqlite://"),
    ("DATABASE_URL", f"postgresql://user:{SENTINEL}#1@127.0.0.1/x"),
    ("DATABASE_POOL_SIZE", "0"),
    ("DATABASE_POOL_SIZE", SENTINEL),
    ("PUBLIC_URL", SENTINEL),
    ("PUBLIC_URL", "ftp://auth.example.com"),
    ("PUBLIC_URL", "https://"),
    ("PUBLIC_URL", f"https://user:{SENTINEL}@auth.example.com"),
    ("PUBLIC_URL", f"https://auth.example.com/?x={SENTINEL}"),
    ("PUBLIC_URL", f"https://auth.example.com/#{SENTINEL}"),
    ("PUBLIC_URL", "https://["),
    ("PUBLIC_URL", "https://auth.example.com:port"),
    ("PUBLIC_URL", "https://auth.example.com:99999"),
    ("PUBLIC_URL", "https://auth.example.com/\r\nX: y"),
    ("PUBLIC_URL", "https://b\u00fccher.example"),
    ("PUBLIC_URL", f"https://auth.example.com/auth;{SENTINEL}"),
    ("PUBLIC_URL", "https://auth.example.com/\x01"),
    ("PUBLIC_URL", "https://auth.example.com/b\u00fccher"),
    ("ALLOWED_ORIGINS", "*"),
    ("ALLOWED_ORIGINS", "null"),
    ("ALLOWED_ORIGINS", "https://*.example.com"),
    ("ALLOWED_ORIGINS", "https://app.example.com/"),
    ("ALLOWED_ORIGINS", "https://app.example.com/path"),
    ("ALLOWED_ORIGINS", "https://App.example.com"),
    ("ALLOWED_ORIGINS", "https://app.example.com:443"),
    ("ALLOWED_ORIGINS", "http://app.example.com:80"),
    ("ALLOWED_ORIGINS", f"https://user:{SENTINEL}@app.example.com"),
    ("ALLOWED_ORIGINS", "app.example.com"),
    ("ALLOWED_ORIGINS", f"https://good.example, {SENTINEL}"),
    ("ACCESS_TOKEN_TTL", "0"),
    ("ACCESS_TOKEN_TTL", "-1"),
    ("ACCESS_TOKEN_TTL", SENTINEL),
    ("ACCESS_TOKEN_TTL", "nan"),
    ("ACCESS_TOKEN_TTL", "inf"),
    ("ACCESS_TOKEN_TTL", "1e300"),
    ("ACCESS_TOKEN_TTL", "5 minutes"),
    ("REFRESH_WINDOW", "-1"),
    ("REFRESH_WINDOW", "301"),
    ("REFRESH_IDLE_TTL", "0"),
    ("REFRESH_IDLE_TTL", str(91 * 86400)),
    ("REFRESH_ABSOLUTE_TTL", "0"),
    ("SIGNING_ALGORITHM", "none"),
    ("SIGNING_ALGORITHM", "es256"),
    ("SIGNING_KEY_TTL", "5"),
    ("COOKIE_NAME", f"a;{SENTINEL}"),
    ("COOKIE_NAME", "a=b"),
    ("COOKIE_NAME", "login_link"),
    ("COOKIE_NAME", "__Secure-login_link"),
    ("COOKIE_NAME", "__Host-login_link"),
    ("COOKIE_PARTITIONED", SENTINEL),
    ("COOKIE_PATH", f"/;{SENTINEL}"),
    ("COOKIE_PATH", "relative"),
    ("COOKIE_DOMAIN", f"example.com; {SENTINEL}"),
    ("COOKIE_DOMAIN", "example.com\r\nX: y"),
    ("COOKIE_SAMESITE", SENTINEL),
    ("SECOND_FACTOR", SENTINEL),
    ("SECOND_FACTOR_FROM", SENTINEL),
    ("SECOND_FACTOR_FROM", "31.1.2027"),
    ("SECOND_FACTOR_FROM", "1800000000"),
    ("SECOND_FACTOR_FROM", "2027-02-30"),
    ("STEP_UP_TTL", "0"),
    ("TRUSTED_DEVICE_TTL", "-1"),
    ("FACTOR_RESET_WAIT", "3599"),
    ("WEBAUTHN_RP_ID", f"https://{SENTINEL}"),
    ("WEBAUTHN_RP_ID", f"{SENTINEL}:8000"),
    ("WEBAUTHN_RP_ID", f"{SENTINEL}/"),
    ("WEBAUTHN_RP_ID", "Example.com"),
    ("WEBAUTHN_RP_ID", "192.0.2.1"),
    ("WEBAUTHN_RP_ID", "example..com"),
    ("WEBAUTHN_RP_ID", "-example.com"),
    ("WEBAUTHN_RP_ID", "bücher.example"),
    ("WEBAUTHN_ORIGINS", SENTINEL),
    ("WEBAUTHN_ORIGINS", f"https://app.example.com/{SENTINEL}"),
    ("REGISTRATION", SENTINEL),
    ("PASSWORD_MIN_LENGTH", "7"),
    ("PASSWORD_MIN_LENGTH", "65"),
    ("LOGIN_ATTEMPTS", SENTINEL),
    ("LOGIN_ATTEMPTS", "5"),
    ("THROTTLE_URL", SENTINEL),
    ("THROTTLE_URL", f"http://{SENTINEL}"),
    ("TRUSTED_PROXIES", SENTINEL),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("OAUTH_CLIENTS", SENTINEL),
    ("OAUTH_CLIENTS", f":{SENTINEL}"),
    ("OAUTH_CLIENTS", f"{SENTINEL}:"),
    ("OAUTH_CLIENTS", f"billing:{SENTINEL}+"),
    ("OAUTH_CLIENTS", f"billing:{SENTINEL}%20"),
    ("OAUTH_CLIENTS", f"billing:a:{SENTINEL}"),
    ("OAUTH_CLIENTS", f"bill/ing:{SENTINEL}"),
    ("OAUTH_CLIENTS", f"billing:{SECRET},{SENTINEL}"),
    ("OAUTH_CLIENTS", f"billing:b\u00fccher-{SENTINEL}"),
    ("FEDERATION", SENTINEL),
    ("GRAPHIQL", SENTINEL),
    ("LOG_LEVEL", SENTINEL),
]


@pytest.mark.parametrize(("name", "value"), INVALID, ids=range(len(INVALID)))
def test_a_value_that_will_not_do_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """In one line that names the setting and repeats nothing of the value."""
    configure(monkeypatch, **{name: value})
    message = refusal()
    assert message.startswith(f"AUTHBERRY_{name}: "), message
    assert SENTINEL not in message


def test_readers_have_a_role_that_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt one would let nobody read, and nobody would know why."""
    configure(monkeypatch, USER_READERS=f"support,{SENTINEL}")
    assert Settings.load().user_readers == ("support", SENTINEL)
    configure(monkeypatch, ROLES="admin,support")
    message = refusal()
    assert message == "AUTHBERRY_USER_READERS: must be among the roles that ROLES lists"


def test_a_factor_is_asked_of_roles_that_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt one would ask nobody."""
    configure(monkeypatch, SECOND_FACTOR="required", SECOND_FACTOR_ROLES=f"admin,{SENTINEL}")
    assert Settings.load().second_factor_roles == ("admin", SENTINEL)
    configure(monkeypatch, ROLES="admin,support")
    message = refusal()
    assert message == "AUTHBERRY_SECOND_FACTOR_ROLES: must be among the roles that ROLES lists"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
        (" 2027-01-31 ", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T09:30", datetime(2027, 1, 31, 9, 30, tzinfo=UTC)),
        ("2027-01-31T09:30:00Z", datetime(2027, 1, 31, 9, 30, tzinfo=UTC)),
        ("2027-01-31T09:30:00+09:00", datetime(2027, 1, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_as_iso_8601_has_it_and_begins_in_utc(
    monkeypatch: pytest.MonkeyPatch, text: str, moment: datetime
) -> None:
    """So that it is one moment, whatever zone a server is in; anything else is told how."""
    configure(monkeypatch, SECOND_FACTOR_FROM=text)
    assert Settings.load().second_factor_from == moment
    configure(monkeypatch, SECOND_FACTOR_FROM="next year")
    assert refusal() == (
        "AUTHBERRY_SECOND_FACTOR_FROM: must be a date, such as 2027-01-31, or a time, such as"
        " 2027-01-31T09:00:00+01:00"
    )


def test_passkeys_are_for_the_public_url_unless_they_are_for_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its host and its origin, without path and port in the one and with them in the other."""
    configure(monkeypatch, PUBLIC_URL="https://Auth.Example.com:8443/path")
    settings = Settings.load()
    assert settings.passkey_rp_id == "auth.example.com"
    assert settings.passkey_origins == ("https://auth.example.com:8443",)
    configure(monkeypatch, WEBAUTHN_RP_ID="example.com", WEBAUTHN_ORIGINS="https://a.example.com")
    settings = Settings.load()
    assert settings.passkey_rp_id == "example.com"
    assert settings.passkey_origins == ("https://a.example.com",)
    configure(monkeypatch, WEBAUTHN_RP_ID="https://example.com")
    assert refusal() == (
        "AUTHBERRY_WEBAUTHN_RP_ID: must be a domain in small letters, such as example.com, and"
        " nothing else"
    )


@pytest.mark.parametrize(
    ("public_url", "rp_id", "origin", "passkey_url"),
    [
        (
            "http://127.0.0.1:8000",
            "localhost",
            "http://localhost:8000",
            "http://localhost:8000",
        ),
        ("http://[::1]", "localhost", "http://localhost", "http://localhost"),
        (
            "https://127.8.8.8:8443/auth",
            "localhost",
            "https://localhost:8443",
            "https://localhost:8443/auth",
        ),
        (
            "https://auth.example.com/auth",
            "auth.example.com",
            "https://auth.example.com",
            "https://auth.example.com/auth",
        ),
    ],
)
def test_passkeys_of_this_machine_are_for_its_name(
    public_url: str, rp_id: str, origin: str, passkey_url: str
) -> None:
    """Browsers take none for an address (WebAuthn level 3, section 5.1.3)."""
    settings = Settings.load(public_url=public_url)
    assert settings.has_passkeys
    assert settings.passkey_rp_id == rp_id
    assert settings.passkey_origins == (origin,)
    assert settings.passkey_hosts == (rp_id,)
    assert settings.passkey_url == passkey_url


def test_another_machines_address_has_no_passkeys() -> None:
    """Unless they are for a name all the same."""
    settings = Settings.load(public_url="http://192.0.2.1:8000")
    assert not settings.has_passkeys
    assert settings.passkey_hosts == ()
    name = {"webauthn_rp_id": "example.com", "webauthn_origins": ("https://a.example.com",)}
    settings = Settings.load(public_url="http://192.0.2.1:8000", **name)
    assert settings.has_passkeys
    assert settings.passkey_hosts == ("a.example.com",)
    assert settings.passkey_url == "http://192.0.2.1:8000"


def test_no_two_cookies_have_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """One would overwrite the other, and log people out."""
    for public_url in ("http://127.0.0.1:8000", "https://auth.example.com"):
        configure(monkeypatch, PUBLIC_URL=public_url, COOKIE_NAME="login_link")
        message = refusal()
        assert message == "AUTHBERRY_COOKIE_NAME: is what the cookie of login links is called"
        configure(monkeypatch, COOKIE_NAME="login_links")
        settings = Settings.load()
        assert settings.refresh_cookie_name != settings.login_link_cookie_name


def test_every_setting_at_fault_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody mends them one start at a time."""
    configure(monkeypatch, ENV="x", ACCESS_TOKEN_TTL="x", COOKIE_PATH="x")
    message = refusal()
    for name in ("ENV", "ACCESS_TOKEN_TTL", "COOKIE_PATH"):
        assert f"AUTHBERRY_{name}: " in message


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
