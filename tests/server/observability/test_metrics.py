"""`/metrics`: requests and operations are counted; who may read it, and that it tells no secret."""

import asyncio
import base64

import pytest
from apps import PRODUCTION, SECRET, MakeApp, person
from browser import Browser, codes, data
from documents import (
    LOGIN,
    LOGOUT,
    ME,
    REFRESH_TOKEN,
    REGISTER,
    REVOKE_OTHER_SESSIONS,
)
from frozen_clock import FrozenClock
from log_lines import LogLines
from people import PASSWORD
from scrapes import changes, scrape, series
from starlette.applications import Starlette

from authberry import Auth, Issued, Settings, SettingsError
from authberry.models import User

pytestmark = pytest.mark.one_process("each server counts what it answers")
TOKEN = base64.urlsafe_b64encode(bytes(range(40, 88))).decode()
EVENTS, THROTTLED = "authberry_security_events_total", "authberry_throttled_total"
OPERATIONS, REQUESTS = "authberry_operations_total", "authberry_http_requests_total"
ADA = {"email": "ada@example.com", "password": PASSWORD}


# Requests


async def test_each_request_is_counted_once_and_timed_once(browser: Browser) -> None:
    """By method, route and status."""
    await browser.ask("{ __typename }")
    await browser.ask("{ __typename }")
    await browser.send(content="garbage")
    await browser.send("GET", "/health/live")
    await browser.send("PUT", "/health/live")
    await browser.send("GET", "/metrics")
    metrics = await scrape(browser)
    assert changes({}, metrics, REQUESTS) == {
        '{method="POST",route="/graphql",status="200"}': 2,
        '{method="POST",route="/graphql",status="415"}': 1,
        '{method="GET",route="/health/live",status="200"}': 1,
        '{method="PUT",route="/health/live",status="405"}': 1,
        '{method="GET",route="/metrics",status="200"}': 1,
    }
    timed = changes({}, metrics, "authberry_http_request_duration_seconds_count")
    assert timed == {
        '{route="/graphql"}': 3,
        '{route="/health/live"}': 2,
        '{route="/metrics"}': 1,
    }
    bucket = 'authberry_http_request_duration_seconds_bucket{le="10.0",route="/graphql"}'
    assert metrics[bucket] == 3


async def test_a_fault_is_a_500_in_the_count_too(
    browser: Browser, log: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the code around GraphQL fails."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("authberry.server.http.health.JSONResponse", fail)
    log.start()
    await browser.send("GET", "/health/live")
    metrics = await scrape(browser)
    assert metrics[REQUESTS + '{method="GET",route="/health/live",status="500"}'] == 1


async def test_nothing_that_a_stranger_chooses_is_a_label(app: Starlette, browser: Browser) -> None:
    """However many methods, paths, fields and names are made up: two series, and no more memory."""
    for number in range(20):
        await browser.send(f"SENTINEL{number}", f"/sentinel/{number}")
        await browser.send("GET", f"/graphql/sentinel{number}")
        await browser.ask(f"query Sentinel{number} {{ sentinel{number} }}")
        await browser.ask(f"mutation Sentinel{number} {{ sentinel{number}: __typename }}")
    response = await browser.send("GET", "/metrics")
    assert "entinel" not in response.text
    assert "SENTINEL" not in response.text
    assert changes({}, series(response.text), REQUESTS) == {
        '{method="other",route="other",status="404"}': 20,
        '{method="GET",route="other",status="404"}': 20,
        '{method="POST",route="/graphql",status="200"}': 40,
    }


# Mutations


async def test_a_mutation_is_counted_by_how_it_ended(
    auth: Auth, browser: Browser, ada: User, issued: Issued
) -> None:
    """`OK` or the code, whether the client was told in data or in errors; queries are not."""
    token = issued.access_token.value
    await browser.ask(LOGIN, ADA)
    await browser.ask(LOGIN, ADA, password="a wrong one")
    await browser.ask(REGISTER, ADA)
    await browser.ask(REGISTER, ADA, email="no address")
    await browser.ask(REFRESH_TOKEN, headers={"Cookie": "refresh_token=x", "Origin": "http://a.b"})
    await browser.ask(REFRESH_TOKEN)
    await browser.ask(REVOKE_OTHER_SESSIONS)
    await browser.ask(ME, token=token)
    await browser.ask(LOGOUT, token=token)
    assert changes({}, await scrape(browser), OPERATIONS) == {
        '{field="login",outcome="OK"}': 1,
        '{field="login",outcome="INVALID_CREDENTIALS"}': 1,
        '{field="register",outcome="EMAIL_TAKEN"}': 1,
        '{field="register",outcome="INVALID_INPUT"}': 1,
        '{field="refreshToken",outcome="CROSS_SITE_REQUEST"}': 1,
        '{field="refreshToken",outcome="OK"}': 1,
        '{field="revokeOtherSessions",outcome="UNAUTHENTICATED"}': 1,
        '{field="logout",outcome="OK"}': 1,
    }


async def test_what_nobody_foresaw_is_an_outcome_too(
    auth: Auth, browser: Browser, ada: User, log: LogLines, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And so is what took too long."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    log.start()
    monkeypatch.setattr(auth.sessions, "issue", fail)
    await browser.ask(LOGIN, ADA)
    monkeypatch.setattr(auth.sessions, "begin", lambda *_, **__: asyncio.sleep(60))
    monkeypatch.setattr("authberry.server.graphql_over_http.endpoint.OPERATION_TIMEOUT", 0.2)
    assert codes(await browser.ask(LOGIN, ADA)) == ["SERVICE_UNAVAILABLE"]
    assert changes({}, await scrape(browser), OPERATIONS) == {
        '{field="login",outcome="INTERNAL_SERVER_ERROR"}': 1,
        '{field="login",outcome="SERVICE_UNAVAILABLE"}': 1,
    }


# Reading it


@pytest.mark.parametrize(
    ("accept", "content_type", "end"),
    [
        (None, "text/plain; version=0.0.4; charset=utf-8", "\n"),
        ("*/*", "text/plain; version=0.0.4; charset=utf-8", "\n"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text", "# EOF\n"),
        ("application/openmetrics-text; version=x", "text/plain; version=0.0.4", "\n"),
        ("text/plain; version=1." + "9" * 5000, "text/plain", "\n"),
    ],
)
async def test_the_scraper_chooses_the_format(
    browser: Browser, accept: str | None, content_type: str, end: str
) -> None:
    """Prometheus's text or OpenMetrics; what it cannot spell is text."""
    response = await browser.send("GET", "/metrics", headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(content_type)
    assert response.text.endswith(end)
    assert "# TYPE authberry_build_info gauge" in response.text
    assert "_created" not in response.text


async def test_it_is_only_read(browser: Browser) -> None:
    """Nothing can be sent to it."""
    for method in ("POST", "PUT", "DELETE"):
        response = await browser.send(method, "/metrics")
        assert response.status_code == 405
        assert response.headers["allow"] in {"GET, HEAD", "HEAD, GET"}


async def test_production_shows_nothing_unless_it_is_told(production: Starlette) -> None:
    """Without a token there is no such page, for nobody."""
    browser = Browser(production, url=PRODUCTION["public_url"])
    for method in ("GET", "POST"):
        response = await browser.send(
            method, "/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
        )
        assert response.status_code == 404
        assert "authberry_" not in response.text


@pytest.mark.parametrize("settings", [{}, PRODUCTION])
async def test_with_a_token_it_takes_the_token(
    make_app: MakeApp, settings: dict[str, str], subtests: pytest.Subtests
) -> None:
    """Exactly that, once, as a bearer token, and in development too."""
    browser = Browser(await make_app(**settings, metrics_token=TOKEN), url="https://x.example")
    for sent in ([], ["Bearer"], ["Bearer "], [TOKEN], [f"Basic {TOKEN}"], [f"Bearer {TOKEN}x"],
                 [f"Bearer {TOKEN[:-1]}"], ["Bearer \xff"], [f"Bearer {TOKEN}"] * 2):  # fmt: skip
        with subtests.test(sent=sent):
            headers = [("Authorization", value) for value in sent]
            response = await browser.send("GET", "/metrics", headers=headers)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            assert codes(response) == ["BAD_REQUEST"]
            assert "authberry_" not in response.text
    assert await scrape(browser, TOKEN)


@pytest.mark.parametrize("token", ["short sentinel", "sentinel" * 5, SECRET])
async def test_a_token_that_can_be_guessed_does_not_start(database_url: str, token: str) -> None:
    """The rules of the secret, which it is not either."""
    settings = Settings.load(
        **PRODUCTION, database_url=database_url, secret=SECRET, metrics_token=token
    )
    with pytest.raises(SettingsError, match="AUTHBERRY_METRICS_TOKEN: ") as refused:
        Auth(settings)
    assert token not in str(refused.value)


async def test_it_tells_no_secret_and_nobody_s_name(make_app: MakeApp, clock: FrozenClock) -> None:
    """Whatever went on: no password, token, address, mail, person or session."""
    app = await make_app(metrics_token=TOKEN)
    auth: Auth = app.state.auth
    ada, browser = await person(auth, "ada@example.com", "Ada"), Browser(app)
    answers = [data(await browser.ask(LOGIN, ADA, transport="BODY"))]
    clock.tick(31)
    answers.append(data(await browser.ask(REFRESH_TOKEN, refreshToken=answers[0]["refreshToken"])))
    await browser.ask(LOGIN, email="grace@example.com", password="wrong sentinel")
    await browser.send("GET", "/metrics?sentinel", headers={"Authorization": "Bearer sentinel"})
    response = await browser.send(
        "GET", "/metrics?sentinel", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    told = [PASSWORD, "sentinel", "example.com", "192.0.2.1", "Firefox", SECRET, TOKEN, str(ada.id)]
    for answer in answers:
        told += [answer["accessToken"], answer["refreshToken"], answer["session"]["id"]]
    assert [secret for secret in told if secret in response.text] == []
    assert response.headers["cache-control"] == "no-store"
