"""The record of an event in the log: what it says, and that nobody else writes one."""

import re
from datetime import datetime

from browser import Browser
from documents import LOGIN, ME, REFRESH_TOKEN, REGISTER, SESSIONS
from log_lines import LogLines
from people import PASSWORD

from authberry import Issued
from authberry.models import User


async def test_reading_is_no_event(browser: Browser, issued: Issued, log: LogLines) -> None:
    """A log that is full of everything is read by nobody."""
    log.start()
    for document in (ME, SESSIONS, "{ nope }"):
        await browser.ask(document, token=issued.access_token.value)
    await browser.ask(ME)
    assert log.text == ""


async def test_every_record_says_when_and_which_request(
    browser: Browser, ada: User, log: LogLines
) -> None:
    """In UTC; the id is that of the answer, by which a person who complains is found."""
    log.start()
    response = await browser.ask(LOGIN, email="ada@example.com", password=PASSWORD)
    (record,) = log.records
    assert set(record) == {
        "event",
        "level",
        "logger",
        "timestamp",
        "request_id",
        "address",
        "user_id",
        "session_id",
    }
    assert record["request_id"] == response.headers["x-request-id"]
    assert record["timestamp"].endswith("Z")
    assert datetime.fromisoformat(record["timestamp"]).utcoffset() is not None


async def test_nobody_writes_a_line_of_ours(browser: Browser, ada: User, log: LogLines) -> None:
    """Not by an address, not by a browser's name, not by a header, in neither format."""
    forged = 'x\r\n{"event": "login_succeeded"}\x1b[2K\u202e\u2028 login_succeeded'
    for log_format in ("json", "console"):
        log.start(log_format=log_format)
        await browser.ask(LOGIN, email=forged, password=forged)
        await browser.ask(REGISTER, email=forged, password=PASSWORD, name=forged)
        await browser.ask(REFRESH_TOKEN, refreshToken=forged)
        await browser.send(
            json={"query": LOGIN, "variables": {"email": forged, "password": "x"}},
            headers=[("User-Agent", b"x\x1b[2K login_succeeded"), ("X-Forwarded-For", "6.6.6.6")],
        )
    # Once in a process it is told that a header is not believed, perhaps before.
    lines = [line for line in log.text.splitlines() if "TRUSTED_PROXIES" not in line]
    assert len(lines) == 4
    assert "login_succeeded" not in log.text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e\u2028]", log.text)
