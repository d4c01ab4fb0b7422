"""A short storm: what `nox -s storm -- --quick` runs, and nothing else."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from database_servers import Postgres

from tests.storm.cli import write
from tests.storm.clients import KILL
from tests.storm.contestant import Kind, Step, Workspace
from tests.storm.ours import Ours
from tests.storm.plan import QUICK
from tests.storm.storm import storm

MakeWorkspace = Callable[[Kind], Workspace]


@pytest.fixture
def make_workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeWorkspace]:
    """Make a folder and an empty database for servers."""
    made: list[str] = []

    def make(kind: Kind) -> Workspace:
        if kind == "sqlite":
            return Workspace(tmp_path, kind, f"sqlite://{tmp_path}/storm.db")
        postgres: Postgres = request.getfixturevalue("postgres")
        made.append(postgres.create_database())
        return Workspace(tmp_path, kind, made[-1])

    yield make
    for url in made:
        request.getfixturevalue("postgres").drop_database(url)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_storm_logs_nobody_out_but_those_who_were_stolen_from(
    make_workspace: MakeWorkspace, kind: Kind
) -> None:
    """Kills, lost answers, a new secret and new keys: one live token a session, and no 5xx."""
    with Ours(make_workspace(kind), QUICK) as ours:
        report = await storm(ours, QUICK, print)
    write(report, f"quick-{kind}")
    outcome, tally = report.outcome, report.tally

    assert outcome.violations == []
    assert outcome.still_in == outcome.honest
    assert outcome.honest + outcome.late + outcome.stolen == QUICK.sessions
    assert outcome.live_tokens == Counter({1: outcome.honest})
    assert outcome.ended == outcome.stolen > 0
    assert (outcome.thieves_in, outcome.ended_others, outcome.server_errors) == (0, 0, 0)
    happened = Counter(one.what for one in tally.happenings)
    assert happened[KILL] > 1
    assert {f"{step.name}: done" for step in ours.steps()} <= set(happened)
    assert len(tally.headers) == 2
    assert min(tally.chances[what] for what in ("two tabs", "reordered", "answer lost")) > 0


class Unchanged(Ours):
    """Servers whose keys stay as they are."""

    def steps(self) -> Sequence[Step]:
        """Nothing."""
        return ()


async def test_a_storm_tells_who_was_logged_out(make_workspace: MakeWorkspace) -> None:
    """Servers that are set to another window than the clients count on fail it: it can fail."""
    plan = replace(QUICK, sessions=20, seconds=4, window=2, pause=2, kill_every=60, processes=2)

    with Unchanged(make_workspace("sqlite"), plan, window=0) as strict:
        report = await storm(strict, plan, print)

    outcome = report.outcome
    assert outcome.still_in < outcome.honest
    assert outcome.leavings != []
    assert any("was logged out: REFRESH_TOKEN_INVALID" in said for said in outcome.violations)
