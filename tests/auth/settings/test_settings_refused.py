"""Settings that are refused, and that no refusal repeats a value."""

from datetime import UTC, datetime

import pytest
from configuring import SECRET, SENTINEL, configure, refusal

from authberry import Settings

# What will not do


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
    ("PAGES_TRANSPORT", SENTINEL),
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


# Together


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
