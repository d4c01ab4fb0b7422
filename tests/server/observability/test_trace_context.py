"""`traceparent`: the trace that a request belongs to is in its log lines (W3C Trace Context)."""

import pytest
from browser import Browser
from documents import LOGIN, ME
from log_lines import LogLines
from people import PASSWORD

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def traces(browser: Browser, log: LogLines, *sent: str) -> set[str | None]:
    """Send these headers with a login that fails; returns the traces of its log lines."""
    log.start()
    before = len(log.records)
    await browser.send(
        json={"query": LOGIN, "variables": {"email": "ada@example.com", "password": PASSWORD}},
        headers=[("traceparent", value) for value in sent]
        + [("Content-Type", "application/json"), ("Origin", browser.origin)],
    )
    lines = log.records[before:]
    assert [line["event"] for line in lines] == ["login_failed"]
    return {line.get("trace_id") for line in lines}


@pytest.mark.parametrize(
    "sent",
    [
        f"00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-00",
        f"00-{TRACE}-{PARENT}-ff",
        f"01-{TRACE}-{PARENT}-01",
        f"cc-{TRACE}-{PARENT}-01-what-the-future-will-be-like",
        f"fe-{TRACE}-{PARENT}-01-",
    ],
)
async def test_the_trace_of_a_request_is_in_its_log_lines(
    browser: Browser, log: LogLines, sent: str
) -> None:
    """Of any version, whose first four parts stay what they are."""
    assert await traces(browser, log, sent) == {TRACE}


@pytest.mark.parametrize(
    "sent",
    [
        (),
        ("",),
        (f"00-{TRACE}-{PARENT}",),
        (f"00-{TRACE}-{PARENT}-01-more",),
        (f"00-{TRACE}-{PARENT}-01-",),
        (f"00-{TRACE}-{PARENT}-01.",),
        (f"cc-{TRACE}-{PARENT}-01.what",),
        (f"ff-{TRACE}-{PARENT}-01",),
        (f"0-{TRACE}-{PARENT}-01",),
        (f"00-{TRACE.upper()}-{PARENT}-01",),
        (f"00-{TRACE}-{PARENT.upper()}-01",),
        (f"00-{TRACE}-{PARENT}-0A",),
        (f"00-{'0' * 32}-{PARENT}-01",),
        (f"00-{TRACE}-{'0' * 16}-01",),
        (f"00-{TRACE[1:]}-{PARENT}-01",),
        (f"00-{TRACE}0-{PARENT}-01",),
        (f"00-{TRACE[:-1]}g-{PARENT}-01",),
        (f"00_{TRACE}_{PARENT}_01",),
        (f"00-{TRACE}-{PARENT}-01,00-{TRACE}-{PARENT}-01",),
        (f"00-{TRACE}-{PARENT}-01", f"00-{TRACE}-{PARENT}-01"),
        ('00-"event": "login_succeeded"-\x1b[2K-01',),
        ("\xff" * 55,),
        ("0" * 20_000,),
    ],
)
async def test_what_is_no_traceparent_is_as_if_it_had_not_been_sent(
    browser: Browser, log: LogLines, sent: tuple[str, ...]
) -> None:
    """It is never an error, and nothing of it is written."""
    assert await traces(browser, log, *sent) == {None}


async def test_the_request_id_is_ours_whatever_was_sent(browser: Browser) -> None:
    """It is what the answer has; the trace is known to whoever sent it."""
    sent = {"X-Request-Id": "theirs", "traceparent": f"00-{TRACE}-{PARENT}-01"}
    answers = [await browser.ask(ME, headers=sent) for _ in range(2)]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 2
    assert "theirs" not in ids
    for answer in answers:
        assert {"traceparent", "traceresponse", "tracestate"}.isdisjoint(answer.headers)


async def test_one_request_s_trace_is_not_another_s(browser: Browser, log: LogLines) -> None:
    """Also where both come over one connection."""
    assert await traces(browser, log, f"00-{TRACE}-{PARENT}-01") == {TRACE}
    assert await traces(browser, log) == {None}
