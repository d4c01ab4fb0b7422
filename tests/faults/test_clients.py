"""Clients that go away, or take their time."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass

import pytest
from browser import Browser, data
from documents import LOGIN, REFRESH_TOKEN
from fault_table import FaultTable
from logged_in_user import LogIn
from lossy_proxy import LossyProxy
from people import BROWSER, PASSWORD, outcome
from statements import Statements

from authberry import Auth, Issued

TIMEOUT = 60  # seconds
HEAD = b"POST /graphql HTTP/1.1\r\nHost: authberry\r\nContent-Type: application/json\r\n"
SLOW = {
    "half a header": (HEAD, b""),
    "a header, a byte a second": (HEAD, b"X"),
    "a body that never comes": (HEAD + b"Content-Length: 1000\r\n\r\n", b""),
    "a body, a byte a second": (HEAD + b"Content-Length: 1000\r\n\r\n", b" "),
}
AT_ONCE = 50


async def test_a_client_gone_in_the_middle_of_a_refresh_finds_its_session(
    log_in: LogIn, table: FaultTable
) -> None:
    """The answer is lost on the way: asked again with the old token, it is the same new one."""
    ada = await log_in(refresh_window=60)
    browser = ada.browser
    before = dict(browser.cookies)["refresh_token"]
    generation = (await ada.session())["generation"]
    async with LossyProxy(ada.server.port) as proxy:
        elsewhere = Browser(None, url=proxy.url)
        elsewhere.keep("refresh_token", before or "")
        proxy.lose_answers()
        with suppress(Exception):
            await elsewhere.ask(REFRESH_TOKEN, headers={"Origin": ada.server.url})
        await proxy.until_answer_is_lost()
        await elsewhere.close()
    answer = data(await browser.ask(REFRESH_TOKEN))
    assert answer["__typename"] == "AuthPayload"
    assert (await ada.session())["generation"] == generation
    table.note(
        "Client gone before the answer to its refresh",
        answer="when it asks again, the token it missed",
        rows="one rotation",
        recovery="the next request",
    )


@pytest.mark.one_process("it hangs up in the middle of the statements of one")
async def test_a_client_that_hangs_up_during_a_statement_leaves_all_or_nothing(
    auth: Auth, issued: Issued, statements: Statements, table: FaultTable
) -> None:
    """Whenever it does, the token it holds is good."""
    number = 1
    while await statements.hang_up(number, auth.sessions.refresh([issued.refresh_token], BROWSER)):
        number += 1
        assert isinstance(await outcome(auth, issued.refresh_token), str)
    table.note(
        "Client hangs up during a statement of its refresh",
        answer="none; when it asks again, its token is good",
        rows="one rotation, or none",
        recovery="the next request",
    )


@dataclass(frozen=True)
class SlowClient:
    """A client that sends the beginning of a request, and then a byte a second or nothing."""

    port: int
    begun: bytes
    then: bytes

    async def seconds(self) -> float:
        """How long the server keeps its connection, in seconds."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        began = time.monotonic()
        writer.write(self.begun)
        sending = asyncio.create_task(self._send_slowly(writer))
        with suppress(ConnectionError):
            await reader.read()
        sending.cancel()
        writer.close()
        return time.monotonic() - began

    async def _send_slowly(self, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while self.then:
                await asyncio.sleep(1)
                writer.write(self.then)
                await writer.drain()


async def test_slow_clients_are_hung_up_on_and_hold_nobody_up(
    log_in: LogIn, table: FaultTable
) -> None:
    """Fifty of each kind at once, and whoever is not slow is served meanwhile."""
    ada = await log_in()
    async with asyncio.timeout(TIMEOUT):
        slow = {
            how: [
                asyncio.create_task(SlowClient(ada.server.port, begun, then).seconds())
                for _ in range(AT_ONCE)
            ]
            for how, (begun, then) in SLOW.items()
        }
        await asyncio.sleep(0.5)
        began = time.monotonic()
        assert await ada.is_served()
        others = time.monotonic() - began
        assert not any(one.done() for tasks in slow.values() for one in tasks)
        held = {how: max(await asyncio.gather(*tasks)) for how, tasks in slow.items()}
    assert await ada.is_served()
    for how, seconds in held.items():
        table.note(
            f"{AT_ONCE} slow clients: {how}",
            answer=f"hung up on within {seconds:.0f} s; others wait {others * 1000:.0f} ms",
            rows="as they were",
            recovery="nothing to recover from",
        )


async def test_three_hundred_logins_at_once_are_each_answered(
    log_in: LogIn, table: FaultTable
) -> None:
    """As many as the queue holds log in, the rest are told to try again; who is in stays served."""
    ada = await log_in(sessions_per_user=1000, session_attempts="off")
    before = await ada.rows()
    logins = [
        asyncio.create_task(
            ada.browser.ask(LOGIN, email="ada@example.com", password=PASSWORD, transport="BODY")
        )
        for _ in range(300)
    ]
    await asyncio.wait(logins, return_when=asyncio.FIRST_COMPLETED)
    began = time.monotonic()
    assert await ada.is_served()
    meanwhile = time.monotonic() - began
    was_busy = not all(one.done() for one in logins)
    answers = [response.json() for response in await asyncio.gather(*logins)]
    refused = [
        answer["errors"][0]["extensions"]["code"] for answer in answers if "errors" in answer
    ]
    assert was_busy
    assert set(refused) <= {"SERVICE_UNAVAILABLE"}
    kinds = {answer["data"]["login"]["__typename"] for answer in answers if "errors" not in answer}
    assert kinds == {"AuthPayload"}
    logged_in = len(answers) - len(refused)
    assert (await ada.rows())["RefreshToken"] == before["RefreshToken"] + logged_in
    table.note(
        "300 logins at once",
        answer=f"{logged_in} log in, {len(refused)} get `SERVICE_UNAVAILABLE`;"
        f" a refresh and `me` meanwhile take {meanwhile * 1000:.0f} ms",
        rows="one session a login",
        recovery="nothing to recover from",
    )
