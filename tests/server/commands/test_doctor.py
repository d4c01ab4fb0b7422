"""`authberry doctor`: everything wrong with an installation, at once."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from command_line import (
    PRODUCTION,
    SECRET,
    CommandLine,
    Outcome,
    authberry,
    database_url,
    quiet_logging,
)
from frozen_clock import FrozenClock
from rows import ALL, everything
from servers import Valkey

from authberry import Auth
from authberry.doctor.checks import Finding
from authberry.doctor.diagnosis import diagnose
from authberry.tokens.jose import Key

__all__ = ["authberry", "database_url", "quiet_logging"]

MakeAuth = Callable[..., Awaitable[Auth]]
Configure = Callable[..., None]

PASSWORD_ADVICE = (
    "advice: AUTHBERRY_PASSWORD_MIN_LENGTH: is below 15, which NIST SP 800-63B-4 asks for while the"
    " password is the only factor. Raise it to 15.\n"
)
REACHABLE = {"AUTHBERRY_DATABASE_URL": "sqlite://not-made-yet.db"}
UNREACHABLE = {"AUTHBERRY_DATABASE_URL": "postgres://ada:sentinel@127.0.0.1:1/authberry"}
HTTPS = {"AUTHBERRY_PUBLIC_URL": "https://auth.example.co.uk"}


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Configure:
    """`configure(AUTHBERRY_ENV="production")` sets the environment."""

    def to(**environment: str) -> None:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

    return to


@pytest.fixture
async def rules(make_auth: MakeAuth) -> Auth:
    """The rules on the database that the doctor looks at, with the keys made under its secret."""
    return await make_auth(secret=SECRET)


def about(findings: list[Finding], setting: str) -> list[tuple[str, str]]:
    """How bad it is, and what, for one setting."""
    return [
        (finding.level, finding.problem)
        for finding in findings
        if finding.setting == f"AUTHBERRY_{setting}"
    ]


async def test_a_fresh_checkout_is_in_order_and_is_left_as_it_is(
    authberry: CommandLine, configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What development makes by itself is not missed, and the doctor makes none of it."""
    configure(**REACHABLE)
    monkeypatch.delenv("AUTHBERRY_SECRET")
    assert await authberry("doctor") == Outcome(0, PASSWORD_ADVICE, "")
    assert [made async for made in anyio.Path(tmp_path).iterdir()] == []


async def test_nothing_wrong_is_said_to_be_nothing_wrong(
    authberry: CommandLine, rules: Auth, configure: Configure
) -> None:
    """With a database that has its tables and its keys, which are left as they are."""
    before = await everything(rules)
    configure(AUTHBERRY_PASSWORD_MIN_LENGTH="15")
    assert await authberry("doctor") == Outcome(0, "Everything is in order.\n", "")
    assert (await authberry("doctor", "--json")).json == []
    assert await everything(rules) == before


async def test_all_of_it_is_said_at_once_the_dangers_first(
    authberry: CommandLine, configure: Configure
) -> None:
    """Unknown names, several invalid values, a lost database: all in one run, and no value."""
    configure(
        **UNREACHABLE,
        AUTHBERRY_ENV="prod-sentinel",
        AUTHBERRY_PUBLIC_ULR="https://sentinel.example",
        AUTHBERRY_REFRESH_WINDOW="sentinel",
        AUTHBERRY_THROTTLE_URL="redis://sentinel",
    )
    outcome = await authberry("doctor")
    assert outcome.code == 1
    assert [line.split(":")[:2] for line in outcome.out.splitlines()] == [
        ["danger", " AUTHBERRY_PUBLIC_ULR"],
        ["danger", " AUTHBERRY_ENV"],
        ["danger", " AUTHBERRY_REFRESH_WINDOW"],
        ["danger", " AUTHBERRY_THROTTLE_URL"],
        ["danger", " AUTHBERRY_PUBLIC_URL"],
        ["danger", " AUTHBERRY_DATABASE_URL"],
        ["advice", " AUTHBERRY_SMTP_URL"],
        ["advice", " AUTHBERRY_PASSWORD_MIN_LENGTH"],
        ["advice", " AUTHBERRY_THROTTLE_URL"],
    ]
    assert "sentinel" not in outcome.out
    assert outcome.err == ""


async def test_a_script_gets_each_finding_with_what_to_do(
    authberry: CommandLine, configure: Configure
) -> None:
    """The exit code tells dangers from advice."""
    configure(**REACHABLE, AUTHBERRY_PUBLIC_ULR="x")
    outcome = await authberry("doctor", "--json")
    assert outcome.code == 1
    assert outcome.json[0] == {
        "level": "danger",
        "setting": "AUTHBERRY_PUBLIC_ULR",
        "problem": "is not a setting",
        "remedy": "Perhaps AUTHBERRY_PUBLIC_URL is meant",
    }


# The environment


@pytest.mark.parametrize(
    ("environment", "setting", "level", "problem"),
    [
        ({"AUTHBERRY_NONSENSE": "x"}, "NONSENSE", "danger", "is not a setting"),
        (
            {"AUTHBERRY_REFRESH_IDLE_TTL": "99999999"},
            "REFRESH_IDLE_TTL",
            "danger",
            "must not be longer than the absolute limit",
        ),
        (
            {"AUTHBERRY_SECRET_FILE": "nowhere"},
            "SECRET_FILE",
            "danger",
            "names a file that cannot be read (FileNotFoundError)",
        ),
        (
            {"AUTHBERRY_SECRET_FILE": __file__},
            "SECRET_FILE",
            "danger",
            "does nothing, because AUTHBERRY_SECRET is set as well",
        ),
        (
            {**HTTPS, "AUTHBERRY_COOKIE_DOMAIN": "co.uk"},
            "COOKIE_DOMAIN",
            "danger",
            "is a public suffix, so browsers drop the cookie",
        ),
        (
            {
                "AUTHBERRY_PUBLIC_URL": "https://api.example.co.uk/auth",
                "AUTHBERRY_COOKIE_PATH": "/authority",
            },
            "COOKIE_PATH",
            "danger",
            "does not cover /auth/graphql, so browsers do not send the cookie there",
        ),
        (
            {"AUTHBERRY_OAUTH_CLIENTS": "billing:short"},
            "OAUTH_CLIENTS",
            "danger",
            "is shorter than 32 bytes",
        ),
        (
            {"AUTHBERRY_COOKIE_SAMESITE": "none"},
            "COOKIE_SAMESITE",
            "danger",
            "is none, which browsers take only from https",
        ),
        (
            {**HTTPS, "AUTHBERRY_ALLOWED_ORIGINS": "https://app.other.co.uk"},
            "ALLOWED_ORIGINS",
            "advice",
            (
                "names https://app.other.co.uk, another site than the public URL's, where browsers"
                " neither keep nor send a cookie with SameSite=strict"
            ),
        ),
        (
            {"AUTHBERRY_ALLOWED_ORIGINS": "http://localhost:5173"},
            "ALLOWED_ORIGINS",
            "advice",
            (
                "names http://localhost:5173, another site than the public URL's, where browsers"
                " neither keep nor send a cookie with SameSite=strict"
            ),
        ),
        (
            {"AUTHBERRY_ALLOWED_ORIGINS": "https://127.0.0.1:5173"},
            "ALLOWED_ORIGINS",
            "advice",
            (
                "names https://127.0.0.1:5173, another site than the public URL's, where browsers"
                " neither keep nor send a cookie with SameSite=strict"
            ),
        ),
        (
            {
                **HTTPS,
                "AUTHBERRY_ALLOWED_ORIGINS": "https://app.other.co.uk",
                "AUTHBERRY_COOKIE_SAMESITE": "none",
            },
            "COOKIE_SAMESITE",
            "advice",
            (
                "is none for https://app.other.co.uk, and yet browsers that block third-party"
                " cookies send none"
            ),
        ),
        (
            {**HTTPS, "AUTHBERRY_ALLOWED_ORIGINS": "http://app.example.co.uk"},
            "ALLOWED_ORIGINS",
            "danger",
            "lets a page without TLS use the refresh token cookie",
        ),
        (
            {
                "AUTHBERRY_PAGES": "false",
                "AUTHBERRY_LINK_URLS": "verify_email=https://example.com/#{token},"
                "reset_password=https://example.com/#{token},login=https://example.com/#{token}",
            },
            "LINK_URLS",
            "advice",
            (
                "names no page for confirm_email_change, undo_email_change, and ours are off,"
                " so that links in mails lead nowhere"
            ),
        ),
        (
            {"AUTHBERRY_TRUSTED_PROXIES": "10.0.0.0/8"},
            "PUBLIC_URL",
            "advice",
            "is http although there is a proxy, so cookies are not kept to TLS",
        ),
        (
            {"AUTHBERRY_TRUSTED_PROXIES": "::/0"},
            "TRUSTED_PROXIES",
            "danger",
            "is everybody, so that each client chooses the address its attempts are counted for",
        ),
        (
            HTTPS,
            "TRUSTED_PROXIES",
            "advice",
            "is empty, so behind a TLS proxy everybody has the proxy's address",
        ),
        (
            {**PRODUCTION, "AUTHBERRY_PUBLIC_URL": "http://auth.example.com"},
            "PUBLIC_URL",
            "danger",
            "is not https",
        ),
        (
            PRODUCTION,
            "DATABASE_URL",
            "advice",
            "is SQLite, which lets one process write at a time and lives on one machine",
        ),
        (PRODUCTION, "DATABASE_URL", "danger", "names a file that is not there"),
    ],
)
async def test_a_setting_that_will_not_do_is_found(
    configure: Configure,
    authberry: CommandLine,
    environment: dict[str, str],
    setting: str,
    level: str,
    problem: str,
) -> None:
    """Without the network."""
    configure(**REACHABLE)
    configure(**environment)
    assert (level, problem) in about(await diagnose(), setting)


@pytest.mark.parametrize(
    "environment",
    [
        {**HTTPS, "AUTHBERRY_ALLOWED_ORIGINS": "https://app.example.co.uk,https://example.co.uk"},
        {"AUTHBERRY_ALLOWED_ORIGINS": "http://127.0.0.1:5173"},
        {**HTTPS, "AUTHBERRY_COOKIE_DOMAIN": "example.co.uk"},
        {**HTTPS, "AUTHBERRY_TRUSTED_PROXIES": "10.0.0.0/8,fd00::/8"},
        *(
            {"AUTHBERRY_PUBLIC_URL": f"{HTTPS['AUTHBERRY_PUBLIC_URL']}/auth", **path}
            for path in (
                {},
                {"AUTHBERRY_COOKIE_PATH": "/"},
                {"AUTHBERRY_COOKIE_PATH": "/auth"},
                {"AUTHBERRY_COOKIE_PATH": "/auth/"},
                {"AUTHBERRY_COOKIE_PATH": "/auth/graphql"},
            )
        ),
    ],
)
async def test_what_works_is_not_found(
    configure: Configure, authberry: CommandLine, environment: dict[str, str]
) -> None:
    """One site may have many hosts and ports, and a proxy a network."""
    configure(**REACHABLE)
    configure(**environment)
    names = {name.removeprefix("AUTHBERRY_") for name in environment} - {"PUBLIC_URL"}
    findings = await diagnose()
    assert [about(findings, name) for name in names] == [[] for _ in names]


# The database


async def test_a_database_that_is_away_is_found(
    configure: Configure, authberry: CommandLine
) -> None:
    """With the reason, and without the password."""
    configure(**UNREACHABLE)
    problem = "names a database that cannot be used (ConnectionRefusedError)"
    assert about(await diagnose(), "DATABASE_URL") == [("danger", problem)]


async def test_no_database_is_looked_for_where_none_was_meant(
    configure: Configure, authberry: CommandLine
) -> None:
    """An address that is none says nothing of the default one."""
    configure(**PRODUCTION, AUTHBERRY_DATABASE_URL="mysql://ada:sentinel@db/authberry")
    problem = (
        "must be sqlite://path or postgresql://user:password@host:port/name, the password"
        " percent-encoded"
    )
    dangers = [one for one in about(await diagnose(), "DATABASE_URL") if one[0] == "danger"]
    assert dangers == [("danger", problem)]


async def test_a_file_that_is_no_database_is_found(
    configure: Configure, authberry: CommandLine, tmp_path: Path
) -> None:
    """And not overwritten."""
    file = tmp_path / "notes.txt"
    file.write_text("not a database at all\n" * 100)
    file.chmod(0o600)
    configure(AUTHBERRY_DATABASE_URL=f"sqlite://{file}")
    problem = "names a database that cannot be used (the file is not an SQLite database)"
    assert about(await diagnose(), "DATABASE_URL") == [("danger", problem)]
    assert file.read_text() == "not a database at all\n" * 100


@pytest.mark.parametrize(("environment", "level"), [({}, "advice"), (PRODUCTION, "danger")])
async def test_pending_migrations_are_found(
    configure: Configure,
    authberry: CommandLine,
    make_auth: MakeAuth,
    environment: dict[str, str],
    level: str,
) -> None:
    """Development applies them by itself; production waits for its operator."""
    auth = await make_auth()
    with auth.database.use():
        await auth.database._context.db().execute_script(
            "DELETE FROM tortoise_migrations WHERE app = 'authberry'"
        )
    configure(**environment)
    found = about(await diagnose(), "DATABASE_URL")
    assert (level, f"names a database that lacks {', '.join(ALL)}") in found


async def test_the_trace_of_a_later_version_is_found(authberry: CommandLine, rules: Auth) -> None:
    """This version goes on, and should be replaced."""
    with rules.database.use():
        await rules.database._context.db().execute_script(
            "INSERT INTO tortoise_migrations (app, name, applied_at)"
            " VALUES ('authberry', '0099_later', CURRENT_TIMESTAMP),"
            " ('host', '0001_of_a_host', CURRENT_TIMESTAMP)"
        )
    problem = "names a database that a later version has changed: 0099_later"
    assert about(await diagnose(), "DATABASE_URL") == [("advice", problem)]


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        (0, None),
        (-10, ("advice", "+10")),
        (10, ("advice", "-10")),
        (3600, ("danger", "-3600")),
    ],
)
async def test_a_clock_that_disagrees_with_the_databases_is_found(
    authberry: CommandLine, rules: Auth, seconds: int, found: tuple[str, str] | None
) -> None:
    """Beyond half a minute, one machine refuses the tokens of another. SQLite has no clock."""
    ours = FrozenClock(datetime.now(UTC) + timedelta(seconds=seconds))
    expected = [] if found is None or rules.database.is_sqlite else [found]
    prefix = "names a database whose clock differs from this machine's by "
    assert [
        (level, problem.removeprefix(prefix).removesuffix(" s"))
        for level, problem in about(await diagnose(ours), "DATABASE_URL")
    ] == expected


async def test_a_database_file_that_others_may_read_is_found(
    authberry: CommandLine, rules: Auth
) -> None:
    """It holds addresses and password hashes. PostgreSQL looks after its own."""
    expected = []
    if rules.database.file:
        rules.database.file.chmod(0o640)
        expected = [("advice", "names a file that other users of this machine may read")]
    assert about(await diagnose(), "DATABASE_URL") == expected


# The keys


async def test_a_secret_that_does_not_fit_the_stored_keys_is_found(
    configure: Configure, authberry: CommandLine, rules: Auth
) -> None:
    """Unless it is there as well, behind the new one."""
    configure(AUTHBERRY_SECRET=SECRET[::-1])
    problem = "does not fit the signing keys in the database"
    assert about(await diagnose(), "SECRET") == [("danger", problem)]
    configure(AUTHBERRY_SECRET=f"{SECRET[::-1]},{SECRET}")
    assert about(await diagnose(), "SECRET") == []


async def test_an_algorithm_that_nothing_is_signed_with_is_found(
    configure: Configure, authberry: CommandLine, rules: Auth
) -> None:
    """The setting is for new keys, and the next may be months away."""
    configure(AUTHBERRY_SIGNING_ALGORITHM="EdDSA")
    problem = "is not that of the key that signs, which is for ES256"
    assert about(await diagnose(), "SIGNING_ALGORITHM") == [("advice", problem)]


async def test_configured_keys_that_cannot_sign_are_found(
    configure: Configure, authberry: CommandLine, rules: Auth
) -> None:
    """A public key is a common slip."""
    public = Key.generate("ES256").public_jwk
    configure(AUTHBERRY_SIGNING_KEYS=f'{{"keys": [{public}]}}'.replace("'", '"'))
    found = about(await diagnose(), "SIGNING_KEYS")
    assert found == [("danger", "a key has no private half")]


# The throttle's store


async def test_a_throttle_store_that_does_not_answer_is_found(
    configure: Configure, authberry: CommandLine, valkey: Valkey
) -> None:
    """One that does is in order."""
    configure(**REACHABLE, AUTHBERRY_THROTTLE_URL=valkey.url)
    assert about(await diagnose(), "THROTTLE_URL") == []
    configure(AUTHBERRY_THROTTLE_URL="valkey://:sentinel@127.0.0.1:1/0")
    problem = "names a store that does not answer, so that each process counts attempts by itself"
    assert about(await diagnose(), "THROTTLE_URL") == [("danger", problem)]
