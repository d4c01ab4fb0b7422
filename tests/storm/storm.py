"""A storm, from the first login to the judgement."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.storm.chaos import Chaos
from tests.storm.clients import KILL, Client, StormState
from tests.storm.contestant import Contestant
from tests.storm.judgement import Judge, Outcome
from tests.storm.plan import Plan
from tests.storm.tally import Tally
from tests.storm.thieves import Theft

LOGINS_AT_ONCE = 8
STOLEN_BETWEEN = (0.1, 0.5)
"""The shares of the storm between which thieves come: what they start takes its time."""
QUICK_SHARE = 0.5

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """All that came out of it."""

    contestant: Contestant
    plan: Plan
    tally: Tally
    outcome: Outcome
    lasted: float
    load: float
    """The machine's load average before: others may work on it."""


async def storm(contestant: Contestant, plan: Plan, say: Say) -> Report:
    """Run a storm on servers that are up, and judge what is left."""
    state, load = StormState(contestant, plan), os.getloadavg()[0]
    try:
        clients = await log_people_in(state, say)
        thefts = plan_thefts(state, clients)
        lasted = await run_storm(state, clients, thefts, say)
        outcome = await Judge(state, clients, thefts).judge(say)
    finally:
        state.close()
    return Report(contestant, plan, state.tally, outcome, lasted, load)


async def log_people_in(state: StormState, say: Say) -> list[Client]:
    """Register, and log in as often as the plan says."""
    plan, contestant = state.plan, state.contestant
    for number in range(plan.people):
        if request := contestant.register(number):
            answer = await state.ask(request)
            assert answer.is_good, answer
    jars = contestant.jars
    clients = [
        Client(state, number % plan.people, jars[number // plan.people % len(jars)])
        for number in range(plan.sessions)
    ]
    waiting = list(clients)
    told = time.monotonic()

    async def work() -> None:
        nonlocal told
        while waiting:
            await waiting.pop().log_in()
            if time.monotonic() - told > 5:
                told = time.monotonic()
                say(f"{len(clients) - len(waiting)} of {len(clients)} sessions are logged in")

    await asyncio.gather(*(work() for _ in range(LOGINS_AT_ONCE)))
    return clients


def plan_thefts(state: StormState, clients: Sequence[Client]) -> list[Theft]:
    """Choose whom to steal from, and how."""
    victims = state.chance.sample(clients, state.plan.planted)
    quick = round(len(victims) * QUICK_SHARE)
    return [
        Theft("quick" if number < quick else "late", victim)
        for number, victim in enumerate(victims)
    ]


async def run_storm(
    state: StormState, clients: Sequence[Client], thefts: Sequence[Theft], say: Say
) -> float:
    """Run all clients, for as long as planned, and until every change and theft is done.

    Returns how long that was, in seconds.
    """
    state.tally = Tally()
    chaos = Chaos(state)
    async with asyncio.TaskGroup() as group:
        group.create_task(chaos.kill())
        for client in clients:
            group.create_task(client.live())
        group.create_task(report_progress(state, clients, say))
        tasks = [chaos.operate(), asyncio.sleep(state.plan.seconds)]
        for theft in thefts:
            share = state.chance.uniform(*STOLEN_BETWEEN)
            tasks.append(theft.happen(share * state.plan.seconds))
        await asyncio.gather(*tasks)
        state.over.set()
        lasted = state.tally.now
    await chaos.until_all_serve()
    return lasted


async def report_progress(state: StormState, clients: Sequence[Client], say: Say) -> None:
    """Report progress every few seconds."""
    while not state.is_over:
        await state.rest(min(5, state.plan.seconds / 3))
        tally = state.tally
        kills = sum(one.what == KILL for one in tally.happenings)
        still_in = sum(client.refusal is None for client in clients)
        say(
            f"{tally.now:5.1f} s: {tally.refreshes.total()} refreshes, {kills} kills,"
            f" {tally.broken} connections broken, {still_in} sessions logged in"
        )
