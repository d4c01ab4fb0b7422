"""Settings: where they come from."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from configuring import SECRET, SENTINEL, configure, refusal
from pydantic import ValidationError

from authberry import Settings
from authberry.doctor.environment import read_settings
from authberry.settings.sources import IN_FILES


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
