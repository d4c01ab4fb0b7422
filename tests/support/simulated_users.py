"""Simulated users, who send requests all the time; each wrong answer is noted."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import httpx
import jwt
from apps import person
from browser import Browser
from documents import LOGIN, LOGOUT, ME, REFRESH_TOKEN
from people import PASSWORD

from authberry import Auth

OpenBrowser = Callable[[], Browser]

MAX_ACTIONS = 100_000  # of one person


class SimulatedUsers:
    """Some users ask `me`, some refresh, in one tab and in two, and some log in and out.

    `answers` counts the good ones, by what was asked; `failures` is to be empty.
    """

    def __init__(self, open_browser: OpenBrowser, rules: Auth, *, pause: float = 0.1) -> None:
        """Keep what is needed; entering the block logs the users in.

        Args:
            open_browser: Opens one that sees the service.
            rules: On the database of the service; they make the accounts.
            pause: Seconds between two acts of one person.
        """
        self._pause = pause
        self._open_browser = open_browser
        self._rules = rules
        self._is_over = asyncio.Event()
        self._people: list[asyncio.Task[None]] = []
        self._jars: dict[str, Browser] = {}
        self.answers: Counter[str] = Counter()
        self.refreshes: Counter[str] = Counter()
        self.failures: list[str] = []
        self.first_tokens: list[str] = []
        self.kids: set[str] = set()

    async def __aenter__(self) -> Self:
        """Begin."""
        acts = [self._read, self._read, self._refresh, self._refresh, self._race, self._come_and_go]
        for number, act in enumerate(acts):
            email = f"person{number}@example.com"
            await person(self._rules, email)
            browser = self._open_browser()
            self._jars[email] = browser
            token = (await self._expect(browser.ask(LOGIN, email=email, password=PASSWORD)))[
                "accessToken"
            ]
            self.first_tokens.append(token)
            self._people.append(asyncio.create_task(self._keep(act, browser, email)))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Wait until each user has finished, and has refreshed once more."""
        async with asyncio.timeout(60):
            if kind is None:
                await self.until_everybody_has_refreshed()
            self._is_over.set()
            await asyncio.gather(*self._people)
        for browser in self._jars.values():
            await browser.close()

    async def until_everybody_has_refreshed(self) -> None:
        """Wait until each of those who refresh has done so twice from now on, or cannot."""
        before = self.refreshes.copy()
        async with asyncio.timeout(60):
            while self._are_waited_for(before):  # noqa: ASYNC110 - a count has no event
                await asyncio.sleep(self._pause)

    async def until_everybody_has_another_token(self) -> None:
        """Wait until each of those who refresh has been given another token from now on, or cannot.

        Within the window of the last one a refresh answers with the token that was presented.
        """
        before = {who: self._jars[who].cookies for who in self.refreshes}
        assert before
        async with asyncio.timeout(60):
            while not self.failures and any(  # noqa: ASYNC110 - a jar has no event
                self._jars[who].cookies == held for who, held in before.items()
            ):
                await asyncio.sleep(self._pause)

    def _are_waited_for(self, before: Counter[str]) -> bool:
        return not self.failures and any(self.refreshes[who] < before[who] + 2 for who in before)

    async def _keep(
        self, act: Callable[[Browser, str], Awaitable[None]], browser: Browser, email: str
    ) -> None:
        for _ in range(MAX_ACTIONS):
            if self._is_over.is_set():
                return
            await act(browser, email)
            await asyncio.sleep(self._pause)

    async def _read(self, browser: Browser, email: str) -> None:
        number = int(email.removeprefix("person").partition("@")[0])
        answer = await self._note("me", browser.ask(ME, token=self.first_tokens[number]))
        if answer and answer["email"] != email:
            self.failures.append(f"{email} is taken for {answer['email']}")

    async def _refresh(self, browser: Browser, email: str) -> None:
        answer = await self._note("refresh", browser.ask(REFRESH_TOKEN))
        if answer:
            self.refreshes[email] += 1
            self.kids.add(jwt.get_unverified_header(answer["accessToken"])["kid"])
            await self._note("me of a new token", browser.ask(ME, token=answer["accessToken"]))

    async def _race(self, browser: Browser, email: str) -> None:
        answers = await asyncio.gather(
            *(self._note("race", browser.ask(REFRESH_TOKEN)) for _ in range(2))
        )
        self.refreshes[email] += all(answers)

    async def _come_and_go(self, browser: Browser, email: str) -> None:
        login = browser.ask(LOGIN, email=email, password=PASSWORD)
        if answer := await self._note("login", login):
            token = answer["accessToken"]
            await self._note("logout", browser.ask(LOGOUT, token=token))
            await self._note("me, logged out", browser.ask(ME, token=token), "SESSION_REVOKED")

    async def _note(
        self, what: str, asked: Awaitable[httpx.Response], refusal: str | None = None
    ) -> Any:
        """Wait for an answer and count it; returns it unless it is a failure, or the `refusal`."""
        try:
            answer = await self._expect(asked, refusal)
        except (httpx.TransportError, AssertionError) as failure:
            self.failures.append(f"{what}: {type(failure).__name__}: {failure}")
            return None
        self.answers[what] += 1
        return answer

    async def _expect(self, asked: Awaitable[httpx.Response], refusal: str | None = None) -> Any:
        response = await asked
        assert response.status_code == 200, (response.status_code, response.text)
        body = response.json()
        reasons = [error["extensions"].get("reason") for error in body.get("errors", [])]
        assert reasons == ([refusal] if refusal else []), body
        if refusal:
            return None
        (answer,) = body["data"].values()
        assert "code" not in answer, answer
        return answer
