"""No password, token or cookie in any log, at any level, on any path."""

import logging
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from apps import MakeApp
from browser import Browser, data
from documents import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    ME,
    REFRESH_TOKEN,
    REGISTER,
    REVOKE_OTHER_SESSIONS,
    REVOKE_SESSION,
    SESSIONS,
)
from frozen_clock import FrozenClock
from log_lines import LogLines
from starlette.applications import Starlette
from statements import Statements

from authberry import Auth
from authberry.mail import Outbox
from authberry.models import DatabaseUnavailable

PASSWORD = "sentinel horse battery"
NEW = "sentinel staple battery"
WRONG = "sentinel wrong guess"
ADA = {"email": "ada@example.com", "password": PASSWORD}

MALFORMED: list[Any] = [
    {"query": 'mutation { login(email: "a", password: "sentinel" }'},
    {"query": 'mutation { login(email: "a", pasword: "sentinel") { __typename } }'},
    {"query": 'mutation { login(email: "a", password: "sentinel\n") { __typename } }'},
    {"query": 'mutation { a: login(email: "a", password: "sentinel") { __typename }'
              ' b: login(email: "a", password: "sentinel") { __typename } }'},
    {"query": 'mutation { login(email: "a", password: "sentinel") { nope } }'},
    {"query": 'mutation { login(email: "a", password: ["sentinel"]) { __typename } }'},
    {"query": LOGIN, "variables": {"email": "a", "password": ["sentinel"]}},
    {"query": LOGIN, "variables": {"email": "a", "password": {"is": "sentinel"}}},
    {"query": LOGIN, "variables": {"email": ["sentinel"], "password": "sentinel"}},
    {"query": LOGIN, "variables": {"email": "a", "password": "sentinel", "transport": "sentinel"}},
    {"query": LOGIN, "variables": ["sentinel"]},
    {"query": LOGIN, "variables": {"password": "sentinel"}, "operationName": "sentinel"},
    {"query": REFRESH_TOKEN, "variables": {"refreshToken": 5, "x": "sentinel"}},
    ["sentinel"],
    "sentinel",
]  # fmt: skip


class LoggerNames(logging.Handler):
    """Notes each logger that would write something, had the server let it."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        super().__init__()
        self.names: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the name of the logger."""
        self.names.add(record.name)


@pytest.fixture
def libraries() -> Iterator[list[str]]:
    """The loggers of what we are made of."""
    names = ["tortoise", "tortoise.db_client", "aiosqlite", "asyncpg", "strawberry",
             "strawberry.execution", "graphql", "uvicorn", "uvicorn.error", "asyncio", "limits",
             "httpx", "httpcore"]  # fmt: skip
    yield names
    for name in names:
        logging.getLogger(name).setLevel(logging.NOTSET)


class Requests:
    """Sends every mutation, to fail and to succeed, and notes the tokens of the answers."""

    def __init__(self, app: Starlette) -> None:
        """Begin with nothing in the jar."""
        self.auth: Auth = app.state.auth
        self.browser = Browser(app)
        self.tokens: set[str] = set()

    async def all(self, clock: FrozenClock) -> list[str]:
        """Everything; returns the tokens."""
        await self.auth.accounts.create("ada@example.com", PASSWORD)
        await self.passwords()
        await self.sessions(clock)
        await self.malformed()
        return sorted(self.tokens)

    async def ask(
        self, document: str, token: str | None = None, **variables: object
    ) -> dict[str, Any]:
        """Ask, and note the tokens of the answer."""
        response = await self.browser.ask(document, variables, token=token)
        (answer,) = (response.json().get("data") or {None: None}).values()
        answer = answer if isinstance(answer, dict) else {}
        seen = [answer.get("accessToken"), answer.get("refreshToken")]
        self.tokens |= {token for token in (*seen, *self.browser.cookies.values()) if token}
        return answer

    async def passwords(self) -> None:
        """Good ones, wrong ones, weak ones, and what is none."""
        for password in (PASSWORD, "a\0sentinel", "sentine", "sentinel\ud800", "sentinel" * 200):
            for email in ("eve@example.com", "ada@example.com", "sentinel\r\n"):
                await self.ask(REGISTER, email=email, password=password, name="sentinel\0")
                await self.ask(REGISTER, email=email, password=password, transport="BODY")
        for password in (WRONG, PASSWORD, "sentinel\0", "sentinel\ud800", "sentinel" * 200):
            await self.ask(LOGIN, email="ada@example.com", password=password)
            await self.ask(LOGIN, email="unknown@example.com", password=password)
            await self.ask(LOGIN, email=password, password=password)

    async def sessions(self, clock: FrozenClock) -> None:
        """From the login over every kind of refresh to the logout, each with wrong tokens too."""
        begun = await self.ask(LOGIN, email="ada@example.com", password=PASSWORD, transport="BODY")
        access_token, old = begun["accessToken"], begun["refreshToken"]
        renewed = await self.ask(REFRESH_TOKEN, refreshToken=old)
        await self.ask(REFRESH_TOKEN)
        for current, new in (
            (WRONG, NEW),
            (PASSWORD, "sentine"),
            (PASSWORD, "sentinel\0"),
            (PASSWORD, NEW),
            (NEW, PASSWORD),
        ):
            await self.ask(CHANGE_PASSWORD, access_token, currentPassword=current, newPassword=new)
        for token in (access_token, access_token + "=", "sentinel", renewed["refreshToken"]):
            for document in (ME, SESSIONS, REVOKE_OTHER_SESSIONS, LOGOUT):
                await self.browser.ask(document, token=token)
            await self.ask(REVOKE_SESSION, token, id="sentinel")
            await self.ask(REVOKE_SESSION, token, id=token)
        clock.tick(60)
        for token in (old, old[:-1], old + "=", "sentinel"):
            cookie = {"Cookie": f"refresh_token={token}"}
            await self.ask(REFRESH_TOKEN, refreshToken=token)
            await self.browser.ask(REFRESH_TOKEN, headers=cookie)
            await self.browser.ask(LOGOUT, headers={**cookie, "Origin": "null"})
            await self.ask(LOGOUT, refreshToken=token)

    async def malformed(self) -> None:
        """What is hardly a request."""
        for body in MALFORMED:
            await self.browser.send(json=body)
            await self.browser.send("GET", params={"query": str(body), "variables": "sentinel"})
        json = {"Content-Type": "application/json"}
        await self.browser.send(content=b'{"query": "sentinel', headers=json)
        await self.browser.send(content=b"sentinel", headers={"Content-Type": "text/plain"})
        await self.browser.send(path="/sentinel?password=sentinel", json={})


def found(log: LogLines, tokens: list[str]) -> list[str]:
    """The lines that hold a secret, whole or the telling part of it."""
    secrets = [*tokens, "sentinel", *(token[-40:] for token in tokens)]
    return [line for line in log.text.splitlines() if any(secret in line for secret in secrets)]


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_no_secret_is_logged_at_debug(
    app: Starlette, clock: FrozenClock, log: LogLines, log_format: str
) -> None:
    """Every mutation, through every refusal it knows, and back."""
    log.start(log_format=log_format)
    tokens = await Requests(app).all(clock)
    assert len(tokens) > 10
    assert "login_succeeded" in log.text
    assert found(log, tokens) == []


async def test_no_secret_is_logged_where_a_fault_strikes(
    app: Starlette, clock: FrozenClock, log: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tracebacks show lines of code and no values."""
    auth: Auth = app.state.auth
    log.start()
    await auth.accounts.create("ada@example.com", PASSWORD)
    browser = Browser(app)
    answer = data(await browser.ask(LOGIN, ADA, transport="BODY"))
    tokens = [answer["accessToken"], answer["refreshToken"]]

    async def fail(*values: object, **_: object) -> None:
        raise ZeroDivisionError("of unknown origin")

    async def lose(*values: object, **_: object) -> None:
        raise DatabaseUnavailable("of unknown origin")

    for fault, (service, rule) in product(
        (fail, lose),
        (
            (auth.logins.passwords, "login"),
            (auth.accounts.registration, "register"),
            (auth.accounts.password_changes, "change"),
            (auth.sessions, "refresh"),
            (auth.sessions.revocation, "logout"),
            (auth.sessions.viewers, "viewer"),
            (auth.signing.access_tokens, "verify"),
        ),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(type(service), rule, fault)
            for document, variables in (
                (LOGIN, ADA),
                (REGISTER, {**ADA, "name": "sentinel"}),
                (CHANGE_PASSWORD, {"currentPassword": PASSWORD, "newPassword": NEW}),
                (REFRESH_TOKEN, {"refreshToken": tokens[1]}),
                (LOGOUT, {"refreshToken": tokens[1]}),
                (ME, {}),
            ):
                await browser.ask(document, variables, token=tokens[0])
    assert log.text.count("Traceback") >= 7
    assert found(log, tokens) == []


@pytest.mark.parametrize("answer_is_lost", [False, True])
async def test_no_secret_is_logged_where_the_database_fails(
    make_app: MakeApp,
    log: LogLines,
    statements: Statements,
    monkeypatch: pytest.MonkeyPatch,
    *,
    answer_is_lost: bool,
) -> None:
    """At each statement of each mutation; drivers like to say what they were asked."""
    monkeypatch.setattr(Outbox, "wake", lambda _self: None)  # it has statements of its own
    app = await make_app()
    auth: Auth = app.state.auth
    await auth.accounts.create("ada@example.com", PASSWORD)
    browser = Browser(app)
    answer = data(await browser.ask(LOGIN, ADA, transport="BODY"))
    tokens = [answer["accessToken"], answer["refreshToken"]]
    log.start()

    async def ask(document: str, variables: dict[str, str]) -> None:
        response = await browser.ask(document, variables, token=tokens[0])
        if "SERVICE_UNAVAILABLE" in response.text:
            raise DatabaseUnavailable

    tried = 0
    for document, variables in (
        (REFRESH_TOKEN, {"refreshToken": tokens[1]}),
        (LOGIN, ADA),
        (REGISTER, {**ADA, "email": "eve@example.com"}),
        (CHANGE_PASSWORD, {"currentPassword": PASSWORD, "newPassword": NEW}),
    ):
        for number in range(1, 9):
            act = ask(document, variables)
            if not await statements.break_(number, act, answer_is_lost=answer_is_lost):
                break
            tried += 1
    assert tried > 4
    assert found(log, tokens) == []


async def test_libraries_that_would_talk_are_kept_quiet(
    make_app: MakeApp, clock: FrozenClock, log: LogLines, libraries: list[str]
) -> None:
    """Drivers print bound values at DEBUG, hashes among them; the server lets none of them.

    Without the server's word they would speak, or this test would prove nothing.
    """
    app = await make_app()
    auth: Auth = app.state.auth
    loggers = LoggerNames()
    root = logging.getLogger()
    root.addHandler(loggers)
    root.setLevel(logging.DEBUG)
    await auth.accounts.create("eve@example.com", PASSWORD)
    assert {name.partition(".")[0] for name in loggers.names} & {"tortoise", "aiosqlite"}

    log.start()
    tokens = await Requests(app).all(clock)

    assert {record["logger"].partition(".")[0] for record in log.records} == {"authberry"}
    assert "argon2" not in log.text
    assert found(log, tokens) == []
