"""`authberry doctor`: everything wrong with an installation, at once."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
from command_line import SECRET, CommandLine, Outcome
from diagnosis import REACHABLE, Configure
from empty_database import database_url
from rows import everything

from authberry import Auth

__all__ = ["database_url"]

MakeAuth = Callable[..., Awaitable[Auth]]
PASSWORD_ADVICE = (
    "advice: AUTHBERRY_PASSWORD_MIN_LENGTH: is below 15, which NIST SP 800-63B-4 asks for while the"
    " password is the only factor. Raise it to 15.\n"
)
PASSKEY_ADVICE = (
    "advice: AUTHBERRY_PUBLIC_URL: has an address for a host, and browsers make passkeys for names"
    " only. Set it to http://localhost:8000, or open the pages there.\n"
)
UNREACHABLE = {"AUTHBERRY_DATABASE_URL": "postgres://ada:sentinel@127.0.0.1:1/authberry"}
HTTPS = {"AUTHBERRY_PUBLIC_URL": "https://auth.example.co.uk"}


@pytest.fixture
async def rules(make_auth: MakeAuth) -> Auth:
    """The rules on the database that the doctor looks at, with the keys made under its secret."""
    return await make_auth(secret=SECRET)


async def test_a_fresh_checkout_is_in_order_and_is_left_as_it_is(
    authberry: CommandLine, configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What development makes by itself is not missed, and the doctor makes none of it."""
    configure(**REACHABLE)
    monkeypatch.delenv("AUTHBERRY_SECRET")
    assert await authberry("doctor") == Outcome(0, PASSWORD_ADVICE + PASSKEY_ADVICE, "")
    assert [made async for made in anyio.Path(tmp_path).iterdir()] == []


async def test_nothing_wrong_is_said_to_be_nothing_wrong(
    authberry: CommandLine, rules: Auth, configure: Configure
) -> None:
    """With a database that has its tables and its keys, which are left as they are."""
    before = await everything(rules)
    configure(AUTHBERRY_PASSWORD_MIN_LENGTH="15", AUTHBERRY_PUBLIC_URL="http://localhost:8000")
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
        AUTHBERRY_THROTTLE_URL="http://sentinel",
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
        ["advice", " AUTHBERRY_PUBLIC_URL"],
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
