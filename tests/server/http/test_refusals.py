"""What the database refuses is logged: once, with its code and the request's id, and no value."""

import pytest
from browser import Browser, codes
from documents import LOGIN
from log_lines import LogLines
from people import PASSWORD

from authberry import Auth, Issued
from authberry.models import User

ADA = {"email": "ada@example.com", "password": PASSWORD}


@pytest.mark.own_tables("a column is missing")
@pytest.mark.one_process("each server has a log of its own kinds")
async def test_a_column_that_is_missing_is_logged_with_the_id_of_the_request(
    browser: Browser, auth: Auth, ada: User, log: LogLines
) -> None:
    """The column, the table where it is told, the request; and nothing of who asked."""
    log.start()
    with auth.database.use():
        await auth.database.fetch("ALTER TABLE authberry_refresh_token RENAME COLUMN amr TO emr")
    answer = await browser.ask(LOGIN, ADA)
    assert codes(answer) == ["SERVICE_UNAVAILABLE"]
    (line,) = log.refusals
    expected = {
        "code": "SQLITE_ERROR" if auth.database.is_sqlite else "42703",
        "relation": "authberry_refresh_token",
        "column": "amr",
        "level": "error",
        "request_id": answer.headers["x-request-id"],
    }
    assert {name: line.get(name) for name in expected} == expected
    assert "ada@" not in log.text.partition("the database refuses")[2].partition("\n")[0]


@pytest.mark.own_tables("a column is missing")
@pytest.mark.one_process("each server has a log of its own kinds")
async def test_a_flood_of_refusals_is_one_line(
    browser: Browser, auth: Auth, in_browser: Issued, log: LogLines
) -> None:
    """Whoever asks ten thousand times does not fill the disk."""
    log.start()
    with auth.database.use():
        await auth.database.fetch("ALTER TABLE authberry_refresh_token RENAME COLUMN amr TO emr")
    for _ in range(5):
        assert codes(await browser.ask(LOGIN, ADA)) == ["SERVICE_UNAVAILABLE"]
    assert len(log.refusals) == 1
