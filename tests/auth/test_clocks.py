"""Clocks that disagree, and clocks that are set back.

On PostgreSQL each process has a machine of its own, whose clock may be wrong: all of them go by
the database's. On SQLite they share a machine and so a clock, which may only be set. The window is
30 s.
"""

import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import NamedTuple

import pytest
from frozen_clock import NOON, FrozenClock
from people import begin, outcome, refresh
from rows import changes, session_row

from authberry import Auth, Issued
from authberry.clock import SteadyClock, SystemClock
from authberry.database_clock import DatabaseClock
from authberry.errors import RefreshTokenInvalid, RefreshTokenReused

MakeAuth = Callable[..., Awaitable[Auth]]
HOUR, DAY = 60 * 60, 24 * 60 * 60
IS_POSTGRES = os.environ.get("TEST_DATABASE") == "postgres"
APART = [45, -45, HOUR, -HOUR] if IS_POSTGRES else [0]


class Pair(NamedTuple):
    """Two servers on one database, of which the first rotates, and the machines they run on."""

    first: Auth
    second: Auth
    machines: list[FrozenClock]

    def wait(self, seconds: float) -> None:
        """Let time pass, everywhere."""
        for machine in self.machines:
            machine.tick(seconds)

    async def begin(self) -> Issued:
        """Begin a session on the first, some time ago."""
        ada = await self.first.accounts.create("ada@example.com", None)
        issued = await begin(self.first, ada)
        self.wait(300)
        return issued


@pytest.fixture(params=APART, ids=lambda ahead: f"{ahead:+}s")
async def pair(make_auth: MakeAuth, request: pytest.FixtureRequest) -> Pair:
    """Two servers; on PostgreSQL the second's clock is off by more than the window."""
    machine, other = FrozenClock(NOON), FrozenClock(NOON + timedelta(seconds=request.param))
    if not IS_POSTGRES:
        return Pair(await make_auth(clock=machine), await make_auth(clock=machine), [machine])
    first, second = [await make_auth(clock=DatabaseClock(on)) for on in (machine, other)]
    return Pair(first, second, [machine, other])


one_process = pytest.mark.one_process("it has two, each with a clock of its own")


# Two machines


@one_process
async def test_a_race_between_two_clocks_has_one_winner(pair: Pair) -> None:
    """Ten tabs, half of them on each server, end with one token, and one rotation is written."""
    issued = await pair.begin()
    servers = [pair.first, pair.second] * 5
    answers = [await outcome(server, issued.refresh_token) for server in servers]
    assert len(set(answers)) == 1
    row = await session_row(pair.first, issued)
    assert (row["generation"], row["revoked_at"]) == (1, None)


@one_process
async def test_a_lost_answer_is_given_again_by_a_server_of_another_clock(pair: Pair) -> None:
    """Until the window ends, and a second rotation does not come between."""
    issued = await pair.begin()
    lost = (await refresh(pair.first, issued.refresh_token)).refresh_token
    row = await session_row(pair.first, issued)
    for server in (pair.second, pair.first):
        pair.wait(12)
        assert await outcome(server, lost) == lost
        assert await outcome(server, issued.refresh_token) == lost
    assert await session_row(pair.first, issued) == row


@one_process
async def test_a_thief_has_the_window_and_no_more_on_either_server(pair: Pair) -> None:
    """Whichever server is asked behind the window, the session ends."""
    issued = await pair.begin()
    for rotates, is_asked in ((pair.first, pair.second), (pair.second, pair.first)):
        session = await begin(rotates, issued.user)
        pair.wait(300)
        await refresh(rotates, session.refresh_token)
        pair.wait(35)
        assert await outcome(is_asked, session.refresh_token) is RefreshTokenReused
        row = await session_row(pair.first, session)
        assert (row["generation"], row["revoked_reason"]) == (1, "reuse")


@one_process
async def test_a_session_goes_on_from_clock_to_clock(pair: Pair) -> None:
    """A client that is sent to each server in turn rotates each time, and its limits move on."""
    issued = await pair.begin()
    token, before = issued.refresh_token, await session_row(pair.first, issued)
    for generation, server in enumerate([pair.second, pair.first] * 2, 1):
        pair.wait(300)
        token = (await refresh(server, token)).refresh_token
        row = await session_row(pair.first, issued)
        assert (row["generation"], row["revoked_at"]) == (generation, None)
        assert row["expires_at"] > before["expires_at"]
        before = row


@one_process
async def test_an_access_token_is_good_on_a_machine_of_another_clock(pair: Pair) -> None:
    """One server's token is not from the future of the other, nor too old for it."""
    issued = await begin(pair.first, await pair.first.accounts.create("ada@example.com", None))
    for server in (pair.first, pair.second):
        claims = await server.signing.access_tokens.verify(issued.access_token.value)
        assert claims.session_id == issued.session.id


async def test_a_process_whose_clock_is_behind_sees_the_window(
    auth: Auth, issued: Issued, make_auth: MakeAuth
) -> None:
    """A minute of skew turns no race into a theft where whoever is behind is asked second."""
    behind = await make_auth(clock=FrozenClock(NOON - timedelta(seconds=60)))
    current = (await refresh(auth, issued.refresh_token)).refresh_token
    assert await outcome(behind, issued.refresh_token) == current
    assert await outcome(behind, current) == current
    assert (await session_row(auth, issued))["generation"] == 1


@pytest.mark.one_process("it asks one clock")
async def test_only_postgresql_has_a_clock_to_go_by(auth: Auth) -> None:
    """Unless it is told otherwise, a process on SQLite goes by the machine."""
    kind = DatabaseClock if IS_POSTGRES else SystemClock
    assert type(Auth(auth.settings).clock) is kind


def test_a_steady_clock_takes_no_step(clock: FrozenClock) -> None:
    """Whatever becomes of the machine's clock, time passes as it passed."""
    steady = SteadyClock(clock)
    for seconds in (-HOUR, DAY):
        before = steady.now()
        clock.tick(seconds)
        assert before <= steady.now() < NOON + timedelta(hours=1)


# A clock that is set back


async def test_a_clock_that_jumps_back_ends_no_session(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """An hour back, the token is rotated as if its time had come, and the chain goes on."""
    clock.tick(60)
    current = (await refresh(auth, issued.refresh_token)).refresh_token
    clock.tick(-HOUR)
    again = await refresh(auth, current)
    row = await session_row(auth, issued)
    assert (row["generation"], row["rotated_at"], row["revoked_at"]) == (2, clock.now(), None)
    clock.tick(HOUR)
    assert isinstance(await outcome(auth, again.refresh_token), str)


@pytest.mark.parametrize("back", [1, 45, 60])
async def test_a_clock_that_is_set_back_a_little_answers_a_retry(
    auth: Auth, issued: Issued, clock: FrozenClock, back: int
) -> None:
    """The window is open for as much longer."""
    lost = (await refresh(auth, issued.refresh_token)).refresh_token
    clock.tick(-back)
    assert await outcome(auth, issued.refresh_token) == lost
    assert (await session_row(auth, issued))["generation"] == 1


async def test_the_token_before_the_current_one_proves_nothing_to_a_clock_that_was_set_back(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """Nobody knows how old it is: it gets nothing, whoever brings it, and ends no session."""
    current = (await refresh(auth, issued.refresh_token)).refresh_token
    before = await session_row(auth, issued)
    clock.tick(-HOUR)
    with pytest.raises(RefreshTokenInvalid) as refusal:
        await refresh(auth, issued.refresh_token)
    assert not refusal.value.session_over
    assert await session_row(auth, issued) == before

    # The owner goes on, and then it is known.
    await refresh(auth, current)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused
    assert changes(before, await session_row(auth, issued))["revoked_reason"] == "reuse"


async def test_an_older_token_proves_a_theft_whatever_the_clock_says(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """That two rotations lie between is written in numbers, not in times."""
    clock.tick(60)
    current = (await refresh(auth, issued.refresh_token)).refresh_token
    clock.tick(60)
    await refresh(auth, current)
    clock.tick(-DAY)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused


async def test_a_clock_that_jumps_back_revives_no_session(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """One that was ended stays so, since that is written, and not a matter of time."""
    clock.tick(60)
    current = (await refresh(auth, issued.refresh_token)).refresh_token
    clock.tick(60)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused
    ended = await session_row(auth, issued)
    clock.tick(-DAY)
    for token in (issued.refresh_token, current):
        refusal = await outcome(auth, token)
        assert isinstance(refusal, type)
        assert refusal.__name__ == "SessionRevoked"
    assert await session_row(auth, issued) == ended


async def test_a_clock_that_jumps_back_does_not_outdate_the_limits(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """No rotation, whatever its clock says, writes a limit beyond the absolute one."""
    clock.tick(-365 * DAY)
    await refresh(auth, issued.refresh_token)
    row = await session_row(auth, issued)
    assert row["expires_at"] == clock.now() + timedelta(days=14)
    assert row["absolute_expires_at"] == NOON + timedelta(days=90)
