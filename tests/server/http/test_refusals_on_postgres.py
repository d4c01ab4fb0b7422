"""Whatever SQLSTATE PostgreSQL refuses with is logged, and its message, which quotes, is not."""

import pytest
from apps import MakeApp
from browser import Browser, codes
from database_servers import Postgres
from documents import LOGIN
from limited_role import limited_role
from log_lines import LogLines
from people import PASSWORD

from authberry import Auth
from authberry.models import User

ADA = {"email": "ada@example.com", "password": PASSWORD}
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'sentinel (%)', NEW.user_agent USING ERRCODE = '{code}', DETAIL = 'sentinel';
END $$
"""
TRIGGER = """
CREATE TRIGGER refuse BEFORE INSERT ON authberry_refresh_token
FOR EACH ROW EXECUTE FUNCTION refuse()
"""
CODES = ["40001", "40P01", "53300", "53100", "42501", "25006", "55P03", "57014", "58030", "XX001"]


@pytest.mark.own_tables("a trigger refuses")
@pytest.mark.one_process("each server has a log of its own kinds")
@pytest.mark.parametrize("code", CODES)
async def test_each_sqlstate_is_logged_without_its_message(
    browser: Browser, auth: Auth, ada: User, log: LogLines, code: str
) -> None:
    """Serialization, deadlock, connections, disk, rights, read-only, locks, damage."""
    log.start()
    with auth.database.use():
        for statement in (REFUSE.replace("{code}", code), TRIGGER):
            await auth.database.fetch(statement)
    answer = await browser.ask(LOGIN, ADA)
    with auth.database.use():
        await auth.database.fetch("DROP FUNCTION refuse CASCADE")
    assert codes(answer) == ["SERVICE_UNAVAILABLE"]
    (line,) = log.refusals
    assert (line["code"], line["relation"], line["request_id"]) == (
        code,
        "authberry_refresh_token",
        answer.headers["x-request-id"],
    )
    assert "sentinel" not in log.text


@pytest.mark.own_tables("a right is taken away")
@pytest.mark.one_process("each server has a log of its own kinds")
async def test_a_right_that_is_lost_is_logged_and_not_ready(
    make_app: MakeApp, database_url: str, postgres: Postgres, auth: Auth, ada: User, log: LogLines
) -> None:
    """As somebody revokes it from the user that the service connects as."""
    with limited_role(postgres, database_url) as role:
        role.grant_all()
        app = await make_app(
            database_url=role.url, env="production", public_url="https://a.example"
        )
        browser = Browser(app, url="https://a.example")
        assert (await browser.send("GET", "/health/ready")).json() == {"status": "ok"}
        role.run("REVOKE INSERT ON authberry_refresh_token FROM ROLE_")
        log.start()
        answer = await browser.ask(LOGIN, ADA)
        ready = await browser.send("GET", "/health/ready")
        role.grant_all()
        again = await browser.send("GET", "/health/ready")
    assert codes(answer) == ["SERVICE_UNAVAILABLE"]
    (line,) = log.refusals
    assert (line["code"], line["relation"]) == ("42501", "authberry_refresh_token")
    assert (ready.status_code, ready.json()["reason"]) == (503, "database rights missing")
    assert again.json() == {"status": "ok"}
