"""`/metrics` of a server with several workers: whichever is asked, the answer is of all."""

import asyncio
import os
import signal
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import httpx
import pytest
from documents import LOGIN
from processes import OpenBrowser, Serve, Server
from scrapes import DATABASE, changes, scrape

pytestmark = pytest.mark.one_process("each server counts what it answers")

REQUESTS = "authberry_http_requests_total"
QUEUE = "authberry_password_hash_queue"
GRAPHQL = '{method="POST",route="/graphql",status="200"}'
TIMED = 'authberry_http_request_duration_seconds_count{route="/graphql"}'
START_TIMEOUT = 120  # seconds, on a machine that is busy with other tests


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the servers of this test keep what is temporary."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


async def send(server: Server, count: int) -> None:
    """Send that many requests, each over a connection of its own, so that any worker gets some."""

    async def one(client: httpx.AsyncClient) -> None:
        body = {"query": "{ __typename }"}
        assert (await client.post(f"{server.url}/graphql", json=body)).status_code == 200

    kept = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=60, limits=kept) as client:
        for _ in range(count // 20):
            await asyncio.gather(*(one(client) for _ in range(20)))


def living(folder: Path) -> set[int]:
    """Those of which what they hold is still counted."""
    return {int(file.stem.rpartition("_")[2]) for file in folder.glob("*/gauge_livesum_*.db")}


def counters(metrics: dict[str, float]) -> Iterator[str]:
    """The series that may only rise."""
    kinds = ("_total{", "_count{", "_count", "_bucket{")
    return (name for name in metrics if any(kind in name for kind in kinds))


async def test_one_scrape_has_the_requests_of_all(
    serve: Serve, open_browser: OpenBrowser, temporary: Path
) -> None:
    """Exactly, whoever answered them, and whoever is asked."""
    server = serve(workers=2)
    browser = open_browser(server)
    await until_two_count(temporary)
    await send(server, 200)
    for _ in range(4):
        async with httpx.AsyncClient(timeout=60) as client:
            text = (await client.get(f"{server.url}/metrics")).text
        assert f"{REQUESTS}{GRAPHQL} 200.0" in text.splitlines()
        assert f"{TIMED} 200.0" in text.splitlines()
    assert (await scrape(browser))['authberry_build_info{version="0.1.0"}'] == 1


async def test_what_a_dead_worker_had_counted_stays_and_what_it_held_goes(
    serve: Serve, open_browser: OpenBrowser, temporary: Path
) -> None:
    """A counter that falls looks like a restart, and hides what happened since."""
    server = serve(workers=2)
    browser = open_browser(server)
    await until_two_count(temporary)
    await send(server, 100)
    guesses = [
        asyncio.create_task(browser.ask(LOGIN, email=f"{number}@a.example", password="a wrong one"))
        for number in range(60)
    ]
    await asyncio.wait(guesses, return_when=asyncio.FIRST_COMPLETED)
    busy = await scrape(browser)
    dead = living(temporary)
    for pid in dead:
        os.kill(pid, signal.SIGKILL)
    await asyncio.gather(*guesses, return_exceptions=True)
    await until_two_count(temporary, besides=dead)
    await send(server, 100)
    calm = await scrape(browser)
    assert busy[QUEUE] > 0
    assert calm[QUEUE] == 0
    assert living(temporary).isdisjoint(dead)
    fallen = {name for name in counters(busy) if calm[name] < busy[name]}
    assert fallen == set()
    assert calm[REQUESTS + GRAPHQL] >= busy[REQUESTS + GRAPHQL] + 100
    pool = changes({}, calm, "authberry_database_pool_connections")
    assert set(pool) == ({'{state="idle"}'} if DATABASE == "postgres" else set())


async def test_the_folder_is_nobody_else_s_and_goes_with_the_server(
    serve: Serve, temporary: Path
) -> None:
    """Counts are nobody's business, and nothing is left behind."""
    server = serve(workers=2).until_ready()
    (folder,) = os.scandir(temporary)
    assert folder.name.startswith("authberry-metrics-")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert await asyncio.to_thread(server.stop) == 0
    assert [*os.scandir(temporary)] == []


async def test_one_worker_needs_no_folder(
    serve: Serve, open_browser: OpenBrowser, temporary: Path
) -> None:
    """It counts in its memory."""
    browser = open_browser(serve(workers=1))
    await browser.ask("{ __typename }")
    assert (await scrape(browser))[REQUESTS + GRAPHQL] == 1
    assert [*os.scandir(temporary)] == []


async def until_two_count(folder: Path, besides: Collection[int] = ()) -> None:
    """Wait until two workers have started."""
    deadline = time.monotonic() + START_TIMEOUT
    while len(living(folder).difference(besides)) < 2:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
