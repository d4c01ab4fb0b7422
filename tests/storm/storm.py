"""A storm, from the first login to the judgement."""

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.storm.chaos import Chaos
from tests.storm.clients import KILL, Client, Sky
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
    """Let it storm over servers that run, and judge."""
    sky, load = Sky(contestant, plan), os.getloadavg()[0]
    try:
        clients = await gather_people(sky, say)
        thefts = plant(sky, clients)
        lasted = await rage(sky, clients, thefts, say)
        outcome = await Judge(sky, clients, thefts).judge(say)
    finally:
        sky.close()
    return Report(contestant, plan, sky.tally, outcome, lasted, load)


async def gather_people(sky: Sky, say: Say) -> list[Client]:
    """Register, and log in as often as the plan says."""
    plan, contestant = sky.plan, sky.contestant
    for number in range(plan.people):
        if request := contestant.register(number):
            answer = await sky.ask(request)
            assert answer.is_good, answer
    jars = contestant.jars
    clients = [
        Client(sky, number % plan.people, jars[number // plan.people % len(jars)])
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


def plant(sky: Sky, clients: Sequence[Client]) -> list[Theft]:
    """Choose whom to steal from, and how."""
    victims = sky.chance.sample(clients, sky.plan.planted)
    quick = round(len(victims) * QUICK_SHARE)
    return [
        Theft("quick" if number < quick else "late", victim)
        for number, victim in enumerate(victims)
    ]


async def rage(sky: Sky, clients: Sequence[Client], thefts: Sequence[Theft], say: Say) -> float:
    """Let everybody loose, for as long as planned, and until every change and theft is done.

    Returns how long that was, in seconds.
    """
    sky.tally = Tally()
    chaos = Chaos(sky)
    async with asyncio.TaskGroup() as group:
        group.create_task(chaos.kill())
        for client in clients:
            group.create_task(client.live())
        group.create_task(tell(sky, clients, say))
        deeds = [chaos.operate(), asyncio.sleep(sky.plan.seconds)]
        for theft in thefts:
            share = sky.chance.uniform(*STOLEN_BETWEEN)
            deeds.append(theft.happen(share * sky.plan.seconds))
        await asyncio.gather(*deeds)
        sky.over.set()
        lasted = sky.tally.now
    await chaos.until_all_serve()
    return lasted


async def tell(sky: Sky, clients: Sequence[Client], say: Say) -> None:
    """Say how it goes, every few seconds."""
    while not sky.is_over:
        await sky.rest(min(5, sky.plan.seconds / 3))
        tally = sky.tally
        kills = sum(one.what == KILL for one in tally.happenings)
        still_in = sum(client.refusal is None for client in clients)
        say(
            f"{tally.now:5.1f} s: {tally.refreshes.total()} refreshes, {kills} kills,"
            f" {tally.broken} connections broken, {still_in} sessions logged in"
        )
