"""What `authberry doctor` finds of second factors, and of people who have to have one."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from command_line import SECRET, CommandLine
from diagnosis import Configure, about
from factor_rows import add_app, add_passkey
from frozen_clock import FrozenClock
from held_factors import add_phone
from people import BROWSER
from rows import everything

from authberry import Auth
from authberry.doctor.diagnosis import diagnose

MakeAuth = Callable[..., Awaitable[Auth]]
REQUIRED = {"AUTHBERRY_SECOND_FACTOR": "required"}
NOW = datetime.now(UTC)
YESTERDAY, TOMORROW = ((NOW + timedelta(days=days)).isoformat() for days in (-1, 1))


@pytest.fixture
async def rules(make_auth: MakeAuth) -> Auth:
    """Two administrators without a factor, one of them disabled, two with one, and two editors."""
    auth = await make_auth(secret=SECRET)
    names = ("none", "disabled", "app", "key")
    people = {
        name: await auth.accounts.create(f"{name}@example.com", None, roles=("admin",))
        for name in names
    }
    await auth.accounts.disable(people["disabled"], BROWSER)
    await add_app(auth, people["app"])
    await add_passkey(auth, people["key"])
    for name in ("editor", "writer"):
        await auth.accounts.create(f"{name}@example.com", None, roles=("editor", "author"))
    return auth


@pytest.mark.parametrize(
    ("environment", "setting", "state", "number"),
    [
        (REQUIRED, "SECOND_FACTOR", "is required", 3),
        (
            {**REQUIRED, "AUTHBERRY_SECOND_FACTOR_FROM": YESTERDAY},
            "SECOND_FACTOR_FROM",
            "is past",
            3,
        ),
        ({**REQUIRED, "AUTHBERRY_SECOND_FACTOR_ROLES": "admin"}, "SECOND_FACTOR", "is required", 1),
        (
            {**REQUIRED, "AUTHBERRY_SECOND_FACTOR_ROLES": "author,x"},
            "SECOND_FACTOR",
            "is required",
            2,
        ),
    ],
)
async def test_people_without_the_factor_they_have_to_have_are_counted(
    authberry: CommandLine,
    rules: Auth,
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    setting: str,
    state: str,
    number: int,
) -> None:
    """However many pages they fill; who is disabled, or is not meant, does not count."""
    monkeypatch.setattr("authberry.doctor.missing_factors.PAGE", 2)
    configure(**environment)
    before = await everything(rules)
    problem = (
        f"{state}, and of the accounts that it is for {number} have no second factor, so that their"
        " owners have to set one up in the middle of the next login"
    )
    assert about(await diagnose(FrozenClock(NOW)), setting) == [("advice", problem)]
    assert await everything(rules) == before


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {**REQUIRED, "AUTHBERRY_SECOND_FACTOR_FROM": TOMORROW},
        {**REQUIRED, "AUTHBERRY_SECOND_FACTOR_ROLES": "nobody"},
    ],
)
async def test_who_may_still_put_it_off_is_not_counted(
    authberry: CommandLine, rules: Auth, configure: Configure, environment: dict[str, str]
) -> None:
    """Nor anybody where nothing is required, or of nobody."""
    configure(**environment)
    findings = await diagnose(FrozenClock(NOW))
    assert [one for one in findings if "SECOND_FACTOR" in one.setting] == []


async def test_seeds_that_no_secret_opens_are_counted(
    authberry: CommandLine,
    make_auth: MakeAuth,
    configure: Configure,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However many pages they fill; with the secret of before behind the new one, there is none."""
    monkeypatch.setattr("authberry.doctor.sealed_seeds.PAGE", 2)
    lost = "bG9zdCBzZWNyZXQgb2YgdGhlIHNlcnZpY2UsIGZvciB0ZXN0cw"
    before, after = await make_auth(secret=lost), await make_auth(secret=f"{SECRET},{lost}")
    user = await before.accounts.create("ada@example.com", None)
    for _ in range(5):
        await add_phone(before, user)
    await add_phone(after, user)
    rows = await everything(after)
    problem = (
        "does not open the seeds of 5 apps that show codes, so that their owners can log in with a"
        " passkey or a recovery code only"
    )
    assert about(await diagnose(FrozenClock(NOW)), "SECRET") == [("advice", problem)]
    configure(AUTHBERRY_SECRET=f"{SECRET},{lost}")
    assert about(await diagnose(FrozenClock(NOW)), "SECRET") == []
    assert await everything(after) == rows
