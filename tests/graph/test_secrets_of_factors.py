"""No seed, code, ticket, challenge or passkey's answer in any log, on any path of a request."""

from itertools import count
from typing import Any

import pytest
from authenticator import Authenticator
from browser import Browser, codes
from codes import code
from documents import REQUEST_PASSWORD_RESET, RESET_PASSWORD
from frozen_clock import FrozenClock
from log_lines import LogLines
from people import begin
from second_factors import (
    ADA,
    BEGIN_PASSKEY,
    BEGIN_PASSKEY_LOGIN,
    BEGIN_TOTP,
    CANCEL_FACTOR_RESET,
    COMPLETE,
    COMPLETE_RESET,
    CONFIRM_FACTOR_RESET,
    CONFIRM_TOTP,
    FINISH_PASSKEY,
    LOGIN,
    LOGIN_WITH_PASSKEY,
    REAUTHENTICATE,
    REGENERATE,
    REQUEST_FACTOR_RESET,
)
from sent_mail import token_to
from starlette.applications import Starlette
from statements import Statements

from authberry import Auth
from authberry.models import User

GUESS = "sentinel"
MALFORMED: list[Any] = [
    {"totpCode": [GUESS]},
    {"totpCode": {"is": GUESS}},
    {"recoveryCode": GUESS, "totpCode": GUESS},
    {"recoveryCode": "\ud800" + GUESS},
    {GUESS: GUESS},
    {"passkey": {"id": GUESS, "response": {"clientDataJSON": GUESS}}},
    {"passkey": GUESS * 10_000},
    [GUESS],
    GUESS,
]
"""Proofs that are hardly any."""


class Requests:
    """Sends everything there is about factors, and notes every secret of the answers."""

    def __init__(self, app: Starlette, token: str, clock: FrozenClock) -> None:
        """Begin with nothing in the jar."""
        self.auth: Auth = app.state.auth
        self.browser = Browser(app)
        self.token = token
        self.clock = clock
        self.authenticator = Authenticator()
        self.seed = ""
        self.paper: list[str] = []
        self.secrets: set[str] = {token}

    async def ask(self, document: str, token: str | None = None, **variables: object) -> Any:
        """Ask, and note what the answer and the jar hold."""
        response = await self.browser.ask(document, variables, token=token)
        (answer,) = (response.json().get("data") or {None: None}).values()
        self._note(answer)
        self.secrets |= {value for value in self.browser.cookies.values() if value}
        return answer

    def _note(self, told: Any) -> None:
        telling = ("accessToken", "refreshToken", "ticket", "secret", "uri", "challenge")
        if isinstance(told, dict):
            named = {told.get(name) for name in telling}
            self.secrets |= {one for one in named if isinstance(one, str)}
            lists = [told.get(name) or () for name in ("codes", "recoveryCodes")]
            self.secrets |= {one for shown in lists for one in shown}
            for value in told.values():
                self._note(value)

    async def all(self) -> list[str]:
        """Everything; returns the secrets."""
        await self.set_up()
        await self.log_in()
        await self.reset()
        await self.malformed()
        return sorted(self.secrets)

    async def set_up(self) -> None:
        """An app and a passkey, each with a wrong answer first."""
        begun = await self.ask(BEGIN_TOTP, self.token)
        self.seed = begun["secret"]
        await self.ask(CONFIRM_TOTP, self.token, code=GUESS, ticket=begun["ticket"])
        await self.ask(CONFIRM_TOTP, self.token, code=GUESS, ticket=GUESS)
        typed = code(self.auth, self.seed)
        added = await self.ask(CONFIRM_TOTP, self.token, code=typed, ticket=begun["ticket"])
        self.paper = added["recoveryCodes"]
        self.clock.tick(30)
        proof = {"totpCode": code(self.auth, self.seed)}
        self.token = (await self.ask(REAUTHENTICATE, self.token, proof=proof))["accessToken"]
        begun = await self.ask(BEGIN_PASSKEY, self.token)
        made = self.authenticator.create(begun["options"])
        for answer in (GUESS, {**made, "response": {}}, made):
            self.note_answer(answer)
            await self.ask(FINISH_PASSKEY, self.token, credential=answer)

    def note_answer(self, answer: Any) -> None:
        """Note what an authenticator has answered."""
        if isinstance(answer, dict):
            self.secrets |= {one for one in answer["response"].values() if isinstance(one, str)}

    async def log_in(self) -> None:
        """With each factor as second, and with the passkey alone; with wrong ones before."""
        for transport in ("BODY", "COOKIE"):
            asked = await self.ask(LOGIN, **ADA, transport=transport)
            self.clock.tick(30)
            right = {"totpCode": code(self.auth, self.seed)}
            if transport == "BODY":
                right = {"recoveryCode": self.paper[0]}
            ticket = asked["ticket"]
            wrong = self.paper[1][:-2] + "??"
            self.secrets.add(wrong)
            for proof in ({"totpCode": GUESS}, {"recoveryCode": wrong}, right, right):
                await self.ask(COMPLETE, proof=proof, ticket=ticket, trust=not ticket)
        options = (await self.ask(BEGIN_PASSKEY_LOGIN))["options"]
        answer = self.authenticator.get(options)
        self.note_answer(answer)
        for shown in ({**answer, "id": GUESS}, answer, answer):
            await self.ask(LOGIN_WITH_PASSKEY, credential=shown)
        self.paper = (await self.ask(REGENERATE, self.token))["codes"]

    async def reset(self) -> None:
        """The password with a second factor, and the factors behind their wait."""
        await self.ask(REQUEST_PASSWORD_RESET, email=ADA["email"])
        new = f"a new {GUESS} phrase"
        await self.ask(RESET_PASSWORD, token=await self._link(), newPassword=new)
        for typed in (GUESS, self.paper[2]):
            await self.ask(COMPLETE_RESET, proof={"recoveryCode": typed})
        await self.ask(REQUEST_FACTOR_RESET, email=ADA["email"])
        await self.ask(CONFIRM_FACTOR_RESET, token=await self._link())
        for token in (GUESS, await self._link()):
            await self.ask(CANCEL_FACTOR_RESET, token=token)

    async def _link(self) -> str:
        token = await token_to(self.auth, ADA["email"])
        self.secrets.add(token)
        return token

    async def malformed(self) -> None:
        """What is hardly a proof, in the variables and in the document."""
        for proof in MALFORMED:
            for document in (COMPLETE, COMPLETE_RESET, REAUTHENTICATE):
                await self.browser.ask(document, {"proof": proof}, token=self.token)
            for document in (LOGIN_WITH_PASSKEY, FINISH_PASSKEY):
                await self.browser.ask(document, {"credential": proof}, token=self.token)
            await self.browser.ask(COMPLETE, {"proof": {"totpCode": "1"}, "ticket": proof})
        for written in ('{totpCode: "sentinel"', '{code: "sentinel"}', '["sentinel"]'):
            await self.browser.ask(
                f"mutation {{ completeLogin(proof: {written}) {{ __typename }} }}"
            )


def found(log: LogLines, secrets: list[str]) -> list[str]:
    """The lines that hold a secret, whole or the telling part of it."""
    parts = [*secrets, GUESS, *(one[-40:] for one in secrets), *(one[:40] for one in secrets)]
    return [line for line in log.text.splitlines() if any(part in line for part in parts)]


@pytest.fixture
async def requests(app: Starlette, auth: Auth, ada: User, clock: FrozenClock) -> Requests:
    """Those of somebody who has just logged in."""
    return Requests(app, (await begin(auth, ada)).access_token.value, clock)


@pytest.mark.parametrize("log_format", ["json", "console"])
async def test_no_secret_of_a_factor_is_logged_at_debug(
    requests: Requests, log: LogLines, log_format: str
) -> None:
    """Every mutation about factors, through its refusals, and what is hardly a request."""
    log.start(log_format=log_format)
    secrets = await requests.all()
    assert len(secrets) > 45
    assert all(len(one) > 10 for one in secrets)
    for event in ("factor_added", "login_succeeded", "recovery_code_used", "factor_reset"):
        assert event in log.text
    assert found(log, secrets) == []


async def test_no_secret_of_a_factor_is_logged_where_the_database_fails(
    requests: Requests, log: LogLines, statements: Statements
) -> None:
    """At each statement of what takes one; drivers like to say what they were asked."""
    await requests.set_up()
    log.start()
    tried = 0
    for proof in ({"totpCode": GUESS}, {"recoveryCode": requests.paper[3]}):
        for number in count(1):
            await requests.ask(LOGIN, **ADA)
            requests.clock.tick(30)
            with statements.broken(number):
                response = await requests.browser.ask(COMPLETE, {"proof": proof})
            if "errors" not in response.json():
                break
            assert codes(response) == ["SERVICE_UNAVAILABLE"]
            tried += 1
    for number in count(1):
        options = (await requests.ask(BEGIN_PASSKEY_LOGIN))["options"]
        answer = requests.authenticator.get(options)
        requests.note_answer(answer)
        with statements.broken(number):
            response = await requests.browser.ask(LOGIN_WITH_PASSKEY, {"credential": answer})
        if "errors" not in response.json():
            break
        tried += 1
    assert tried > 12
    assert "the database" in log.text
    assert found(log, sorted(requests.secrets)) == []
