"""Access tokens that live for years are told of when a service starts."""

from collections.abc import Awaitable, Callable

import pytest

from authberry import Auth

MakeAuth = Callable[..., Awaitable[Auth]]

WARNING = "access tokens live long"


async def test_tokens_of_years_are_warned_of_once(
    make_auth: MakeAuth, caplog: pytest.LogCaptureFixture
) -> None:
    """By every process that opens the services, however often it does."""
    for _ in range(2):
        await make_auth(access_token_ttl=3 * 365 * 86400)
    (record,) = [one for one in caplog.records if vars(one).get("event") == WARNING]
    assert (record.levelname, record.name) == ("WARNING", "authberry.settings")
    assert record.__dict__["setting"] == "AUTHBERRY_ACCESS_TOKEN_TTL"
    assert record.__dict__["days"] == 3 * 365


async def test_tokens_of_a_day_are_not(
    make_auth: MakeAuth, caplog: pytest.LogCaptureFixture
) -> None:
    """Doctor advises less; who wants a day has thought about it."""
    await make_auth(access_token_ttl=86400)
    assert WARNING not in [vars(one).get("event") for one in caplog.records]
