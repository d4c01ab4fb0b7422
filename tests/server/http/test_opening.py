"""Who opens the services of an application that a host has mounted, and who closes them."""

import asyncio
from pathlib import Path

import pytest
from browser import Browser, codes, data
from database_servers import Postgres
from documents import LOGIN, REFRESH_TOKEN, REGISTER
from log_lines import LogLines
from mounted import ADA, HOST, MakeOurs, _loop_ends, end_loop, lifespan_tasks, mounted, ours

from authberry.models import Database

__all__ = ["_loop_ends", "ours"]


async def test_live_needs_nothing_to_be_open(ours: MakeOurs) -> None:
    """Whoever asks only whether the process runs opens nothing."""
    browser = Browser(mounted(ours()), url=f"{HOST}/auth")
    assert (await browser.send("GET", "/health/live")).json() == {"status": "ok"}
    assert lifespan_tasks() == []


@pytest.mark.one_process("each is opened by its own first request")
async def test_first_requests_at_once_open_once(ours: MakeOurs) -> None:
    """Whoever comes while it opens waits for that, and is served."""
    browser = Browser(mounted(ours()), url=f"{HOST}/auth")
    answers = await asyncio.gather(*(browser.ask("{ __typename }") for _ in range(20)))
    assert [answer.json() for answer in answers] == [{"data": {"__typename": "Query"}}] * 20
    assert len(lifespan_tasks()) == 1


@pytest.mark.one_process("each opens by itself")
async def test_what_cannot_be_opened_is_tried_again(
    request: pytest.FixtureRequest, tmp_path: Path, ours: MakeOurs, log: LogLines
) -> None:
    """Here a database without tables: 503 and a line that says so, until somebody makes them."""
    url = f"sqlite://{tmp_path}/empty.db"
    if not ours().state.auth.database.is_sqlite:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create_database()
        request.addfinalizer(lambda: postgres.drop_database(url))
    log.start()
    app = ours(env="production", public_url="https://127.0.0.1:8000/auth", database_url=url)
    browser = Browser(mounted(app), url="https://127.0.0.1:8000/auth")
    refusals = await asyncio.gather(*(browser.ask("{ __typename }") for _ in range(3)))
    for refused in refusals:
        assert (refused.status_code, codes(refused)) == (503, ["SERVICE_UNAVAILABLE"])
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-content-type-options"] == "nosniff"
    (line,) = (record for record in log.records if record["event"] == "cannot open")
    assert "authberry migrate" in line["cause"]
    assert (await browser.send("GET", "/health/live")).status_code == 200
    assert (await browser.send("GET", "/health/ready")).status_code == 503

    database = Database(url)
    await database.open()
    await database.migrate()
    await database.close()

    assert (await browser.send("GET", "/health/ready")).json() == {"status": "ok"}
    assert data(await browser.ask(REGISTER, ADA))["__typename"] == "AuthPayload"
    await end_loop()


async def test_what_a_first_request_opened_is_no_part_of_it(ours: MakeOurs, log: LogLines) -> None:
    """What the services do later, such as pruning, is not logged in the name of who came first."""
    log.start()
    browser = Browser(mounted(ours(prune_interval=0.01)), url=f"{HOST}/auth")
    assert (await browser.send("GET", "/health/ready")).status_code == 200
    async with asyncio.timeout(60):
        while '"pruned"' not in log.text:  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)
    pruned = next(record for record in log.records if record["event"] == "pruned")
    assert "request_id" not in pruned


@pytest.mark.one_process("each has a lifespan of its own")
async def test_a_host_may_run_the_lifespan_itself(ours: MakeOurs) -> None:
    """Then no request has to wait, and what is opened is closed with the host."""
    app = ours()
    browser = Browser(mounted(app), url=f"{HOST}/auth")
    async with app.router.lifespan_context(app):
        assert data(await browser.ask(REGISTER, ADA))["__typename"] == "AuthPayload"
        assert lifespan_tasks() == []
    assert app.state.auth.database._context._connections is None


def test_each_loop_opens_anew(ours: MakeOurs) -> None:
    """As where a host's tests begin a loop for each request: what ended with one is begun again."""
    browser = Browser(mounted(ours()), url=f"{HOST}/auth")
    for document, variables in ((REGISTER, ADA), (LOGIN, ADA), (REFRESH_TOKEN, {})):
        answer = asyncio.run(browser.ask(document, variables))
        assert data(answer)["__typename"] == "AuthPayload"
