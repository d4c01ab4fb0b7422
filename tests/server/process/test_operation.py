"""A server in its surroundings: under load, told to stop, without its database, looked into."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from apps import person
from browser import Browser, codes, data
from database_servers import Postgres
from documents import CHANGE_PASSWORD, LOGIN, LOGOUT, ME, REFRESH_TOKEN, REGISTER
from outages import locked_sqlite, silent_postgres, stopped_postgres
from people import PASSWORD, begin
from processes import OpenBrowser, Serve, Server, rules_on
from rows import everything, session_row
from waiting import until

from authberry import Auth, RefreshTokenTransport
from authberry.models import RefreshToken

DATABASE = os.environ.get("TEST_DATABASE", "sqlite")
COOKIE = RefreshTokenTransport.COOKIE
ADA = {"email": "ada@example.com", "password": PASSWORD}


# Secrets


async def test_no_secret_is_in_the_database_or_in_the_log(
    serve: Serve,
    open_browser: OpenBrowser,
    rules: Auth,
    database: Postgres | None,
    database_url: str,
) -> None:
    """Neither password nor token nor cookie: not in a table, not in its log of writes, nowhere."""
    server = serve(refresh_window=0.05)
    browser, jar = open_browser(server), open_browser(server)
    secrets = [PASSWORD, "wrong sentinel", "in-the-address", "another horse, another staple"]
    account = {"email": "ada@example.com", "password": PASSWORD}
    answers = [data(await browser.ask(REGISTER, {**account, "transport": "BODY"}))]
    answers.append(data(await jar.ask(LOGIN, account)))
    for _ in range(2):
        secrets.append(jar.cookies["refresh_token"] or "")
        await asyncio.sleep(0.1)
        answers.append(data(await jar.ask(REFRESH_TOKEN)))
        tokens = {"refreshToken": answers[0]["refreshToken"]}
        answers.append(data(await browser.ask(REFRESH_TOKEN, tokens)))
    await browser.ask(LOGIN, {**account, "password": "wrong sentinel"})
    await browser.send("GET", params={"query": "{ me { id } }", "password": "in-the-address"})
    access_token = answers[1]["accessToken"]
    change = {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"}
    answers.append(data(await jar.ask(CHANGE_PASSWORD, change, token=access_token)))
    secrets.append(jar.cookies["refresh_token"] or "")
    await jar.ask(LOGOUT, token=access_token)
    for answer in answers:
        secrets += [answer[name] for name in ("accessToken", "refreshToken") if answer.get(name)]

    rows = (await everything(rules))["RefreshToken"]
    kept = [server.log.encode(), *(path.read_bytes() for path in files(database, database_url))]
    assert b"password_changed" in kept[0]
    assert b"token_reused" in kept[0]
    for row in rows:
        assert any(row["token_hash"].encode() in content for content in kept[1:])
    assert len(set(secrets)) > 10
    found = {secret for content in kept for secret in secrets if secret.encode() in content}
    assert found == set()


def files(database: Postgres | None, database_url: str) -> list[Path]:
    """Every file in which the database keeps what was just written."""
    if database is None:
        file = Path(database_url.partition("://")[2])
        assert file.with_name(f"{file.name}-wal").stat().st_size > 0
        return list(file.parent.glob(f"{file.name}*"))
    database.execute("CHECKPOINT")
    recent = time.time() - 60
    paths = (path for path in database._data.rglob("*") if path.is_file())
    return [path for path in paths if path.stat().st_mtime > recent]


# Load


async def test_who_is_logged_in_does_not_wait_for_who_logs_in(
    shared_server: Server, open_browser: OpenBrowser
) -> None:
    """Hashing has threads of its own: whoever asks is answered before all 60 who queue."""
    guesser, reader = open_browser(shared_server), open_browser(shared_server)
    async with rules_on(shared_server.database_url) as rules:
        issued = await begin(rules, await person(rules, "reader@example.com"))
    renewed = await reader.ask(REFRESH_TOKEN, refreshToken=issued.refresh_token)
    token = data(renewed)["accessToken"]
    answers: Counter[int] = Counter()
    numbers = count()

    async def guess_again_and_again(who: int) -> None:
        while True:
            email = f"{next(numbers)}@example.com"
            answer = data(await guesser.ask(LOGIN, email=email, password="a wrong one"))
            assert answer["__typename"] in {"InvalidCredentials", "TooManyAttempts"}
            answers[who] += 1

    guessing = [asyncio.create_task(guess_again_and_again(who)) for who in range(60)]
    await until(lambda: answers.total() > 0)
    for _ in range(20):
        before = answers.copy()
        assert data(await reader.ask(ME, token=token))
        assert any(answers[who] == before[who] for who in range(60))
    for task in guessing:
        assert not task.done()
        task.cancel()
    await asyncio.gather(*guessing, return_exceptions=True)


async def test_told_to_stop_it_finishes_what_it_began(
    serve: Serve, open_browser: OpenBrowser, rules: Auth
) -> None:
    """Every login that was let in is answered and kept; then the process ends well."""
    server = serve(login_attempts="1000/minute", login_attempts_per_account="1000/minute")
    browsers = [open_browser(server) for _ in range(8)]
    await person(rules, "ada@example.com")
    for browser in browsers:  # is connected, so that its login is on its way once it is sent
        assert (await browser.send("GET", "/health/live")).is_success
    logins = [asyncio.create_task(browser.ask(LOGIN, ADA)) for browser in browsers]
    await asyncio.wait(logins, return_when=asyncio.FIRST_COMPLETED)
    server.signal(signal.SIGTERM)

    answers = [data(response) for response in await asyncio.gather(*logins)]

    assert await asyncio.to_thread(server.wait) == 0
    assert [answer["__typename"] for answer in answers] == ["AuthPayload"] * len(browsers)
    begun = {UUID(answer["session"]["id"]) for answer in answers}
    assert begun == {row["id"] for row in (await everything(rules))["RefreshToken"]}
    assert "Traceback" not in server.log


async def test_what_is_over_is_deleted_by_itself(
    serve: Serve, open_browser: OpenBrowser, rules: Auth
) -> None:
    """While it serves, on whichever worker; who is logged in stays so, and it stops as ever."""
    server = serve(workers=2, prune_interval=0.5)
    browser = open_browser(server)
    ada = await person(rules, "ada@example.com")
    issued = await begin(rules, ada)
    over = (await begin(rules, ada)).session.id
    with rules.database.use():
        long_ago = rules.clock.now() - timedelta(days=2)
        await RefreshToken.filter(id=over).update(expires_at=long_ago)
    deadline = time.monotonic() + 60
    while len((await everything(rules))["RefreshToken"]) > 1:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)
    renewed = await browser.ask(REFRESH_TOKEN, refreshToken=issued.refresh_token)
    assert data(renewed)["__typename"] == "AuthPayload"
    await server.until_logged('"pruned"')
    assert await asyncio.to_thread(server.stop) == 0
    assert "Traceback" not in server.log
    assert "pruning put off" not in server.log


# The database goes away


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Postgres | None:
    """The database server that can be stopped."""
    if DATABASE == "sqlite":
        return None
    postgres: Postgres = request.getfixturevalue("postgres")
    return postgres


@pytest.mark.parametrize(
    "without", [locked_sqlite] if DATABASE == "sqlite" else [stopped_postgres, silent_postgres]
)
async def test_without_its_database_nothing_is_decided(
    serve: Serve,
    open_browser: OpenBrowser,
    database: Postgres | None,
    database_url: str,
    without: Callable[[Postgres | None, str], AbstractAsyncContextManager[None]],
) -> None:
    """Soon it is said that the service cannot answer; nobody is logged out; it comes back alone."""
    server = serve()
    browser, leaving = open_browser(server), open_browser(server)
    async with rules_on(database_url) as rules:
        ada = await person(rules, "ada@example.com")
        issued = await begin(rules, ada, transport=COOKIE)
        browser.keep("refresh_token", issued.refresh_token)
        ending = await begin(rules, ada, transport=COOKIE)
        leaving.keep("refresh_token", ending.refresh_token)
        token = data(await browser.ask(REFRESH_TOKEN))["accessToken"]
    jar = browser.cookies
    is_readable = without is locked_sqlite

    # SQLite has one connection a process, where each write would wait for the one before it.
    acts: list[tuple[str, dict[str, str]]] = [
        (LOGIN, ADA),
        (REGISTER, {**ADA, "email": "eve@example.com"}),
        (REFRESH_TOKEN, {}),
    ]

    async with without(database, database_url):
        began = time.monotonic()
        states, (reading, logging_out, *writing) = await asyncio.gather(
            states_of(browser),
            asyncio.gather(
                browser.ask(ME, token=token),
                leaving.ask(LOGOUT),
                *(
                    browser.ask(document, variables, token=token)
                    for document, variables in acts[: 0 if is_readable else None]
                ),
            ),
        )
        assert time.monotonic() - began < 60

    for response in [logging_out, *writing, *([] if is_readable else [reading])]:
        assert codes(response) == ["SERVICE_UNAVAILABLE"]
        assert response.headers["retry-after"] == "1"
        assert ("set-cookie" in response.headers) is (response is logging_out)
    assert leaving.cookies == {}  # whoever comes to that machine next is not logged in
    assert states == {"live": 200, "ready": 503}
    assert browser.cookies == jar
    deadline = time.monotonic() + 60
    while (await states_of(browser))["ready"] != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)
    assert data(await browser.ask(ME, token=token))["email"] == "ada@example.com"
    assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"
    async with rules_on(database_url) as rules:
        assert (await session_row(rules, issued))["revoked_at"] is None


async def states_of(browser: Browser) -> dict[str, int]:
    """What live and ready say."""
    return {
        name: (await browser.send("GET", f"/health/{name}")).status_code
        for name in ("live", "ready")
    }
