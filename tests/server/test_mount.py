"""In a host's application: nothing to write but `Mount("/auth", create_app(settings))`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from apps import PRODUCTION, SECRET, person
from browser import Browser, codes, cookie_set, data
from documents import LOGIN, LOGOUT, ME, REFRESH_TOKEN, REGISTER
from fastapi import FastAPI
from frozen_clock import FrozenClock
from in_turn import AppsInTurn
from log_lines import LogLines
from people import PASSWORD
from scrapes import changes, series
from servers import Postgres
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route

from authberry import Auth, Settings
from authberry.jose import read_unverified
from authberry.models import Database
from authberry.server.app import create_app
from authberry.server.metadata import METADATA, well_known

HOST = "http://127.0.0.1:8000"
ADA = {"email": "ada@example.com", "password": PASSWORD}
HOSTS: list[Callable[..., Starlette]] = [Starlette, FastAPI]

MakeOurs = Callable[..., Starlette]


async def echo(request: Request) -> JSONResponse:
    """A route of the host's: which cookies it was sent."""
    return JSONResponse({"cookies": request.cookies})


async def fail(_request: Request) -> JSONResponse:
    """A route of the host's that does not work."""
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
async def _loop_ends(anyio_backend: str, database_url: str) -> AsyncIterator[None]:
    """End with the test what would end with the loop."""
    yield
    await end_loop()


@pytest.fixture
def ours(database_url: str, throttle_url: str, clock: FrozenClock, servers: int) -> MakeOurs:
    """Build an application, or two that take turns, which nobody has opened."""

    def make(**settings: object) -> Starlette:
        loaded = Settings.load(
            **{
                "database_url": database_url,
                "throttle_url": throttle_url,
                "secret": SECRET,
                **settings,
            }
        )
        apps = [create_app(loaded, clock=clock) for _ in range(servers)]
        return apps[0] if servers == 1 else AppsInTurn(apps)

    return make


def mounted(app: Starlette, path: str = "/auth", kind: Callable[..., Starlette] = Starlette) -> Any:
    """A host with two routes of its own, and `app` under `path`."""
    routes: Sequence[BaseRoute] = [
        Route("/", echo),
        Route("/authority", echo),
        Route("/fail", fail),
        Mount(path, app),
    ]
    return kind(routes=routes)


def keepers() -> list[asyncio.Task[Any]]:
    """The tasks that hold services open."""
    return [task for task in asyncio.all_tasks() if "Opening._keep" in repr(task.get_coro())]


async def end_loop() -> None:
    """Cancel them, as a loop does when it ends."""
    held = keepers()
    for task in held:
        task.cancel()
    if held:
        await asyncio.wait(held)


# Everything is below the path


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize("path", ["/auth", "/api/v1/auth"])
async def test_people_log_in_through_a_mount_that_nobody_opened(
    ours: MakeOurs, kind: Callable[..., Starlette], path: str
) -> None:
    """The first request opens it; the cookie goes back to it, and to nothing else of the host's."""
    browser = Browser(mounted(ours(), path, kind), url=HOST + path)

    registered = await browser.ask(REGISTER, ADA)

    cookie = cookie_set(registered)
    assert (cookie.key, cookie["path"]) == ("refresh_token", path)
    for elsewhere in ("/", "/authority"):
        assert (await browser.send("GET", HOST + elsewhere)).json() == {"cookies": {}}
    refreshed = data(await browser.ask(REFRESH_TOKEN))
    assert refreshed["__typename"] == "AuthPayload"
    token = refreshed["accessToken"]
    assert data(await browser.ask(ME, token=token))["email"] == "ada@example.com"
    assert data(await browser.ask(LOGOUT)) == {"__typename": "LoggedOut", "ok": True}
    assert browser.cookies == {}
    assert codes(await browser.ask(ME, token=token)) == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("kind", HOSTS)
async def test_every_route_is_below_the_path(
    ours: MakeOurs, kind: Callable[..., Starlette]
) -> None:
    """And what is nowhere is refused as JSON inside, and as the host does outside."""
    browser = Browser(mounted(ours(), kind=kind), url=f"{HOST}/auth")
    page = await browser.send("GET", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    keys = await browser.send("GET", "/.well-known/jwks.json")
    assert [key["alg"] for key in keys.json()["keys"]] == ["ES256"]
    for path in ("/health/live", "/health/ready"):
        assert (await browser.send("GET", path)).json() == {"status": "ok"}
    nowhere = await browser.send("GET", "/nowhere")
    assert (nowhere.status_code, codes(nowhere)) == (404, ["BAD_REQUEST"])
    outside = await browser.send("GET", f"{HOST}/nowhere")
    assert outside.status_code == 404
    assert "x-request-id" not in outside.headers
    assert "errors" not in outside.text


async def test_the_issuer_follows_the_mount(ours: MakeOurs) -> None:
    """Where no public URL is set, as in development: tokens and metadata name the path."""
    app = ours()
    browser = Browser(mounted(app, "/api/auth"), url=f"{HOST}/api/auth")
    token = data(await browser.ask(REGISTER, ADA))["accessToken"]
    claims = read_unverified(token)[1]
    assert (claims["iss"], claims["aud"]) == (f"{HOST}/api/auth", f"{HOST}/api/auth")
    described = (await browser.send("GET", METADATA)).json()
    assert described["issuer"] == f"{HOST}/api/auth"
    keys = await browser.send("GET", described["jwks_uri"])
    assert keys.json()["keys"][0]["kid"] == read_unverified(token)[0]["kid"]


async def test_a_public_url_says_it_beforehand(ours: MakeOurs, log: LogLines) -> None:
    """In production it has to be set; with the mount's path in it all is well, and nothing said."""
    log.start()
    url = "https://api.example.com/auth"
    browser = Browser(mounted(ours(**{**PRODUCTION, "public_url": url})), url=url)
    registered = await browser.ask(REGISTER, ADA)
    (header,) = registered.headers.get_list("set-cookie")
    name, _, attributes = header.partition("=")
    assert name == "__Secure-refresh_token"
    assert attributes.partition("; ")[2] == (
        "HttpOnly; Max-Age=1209600; Path=/auth; SameSite=strict; Secure"
    )
    assert read_unverified(data(registered)["accessToken"])[1]["iss"] == url
    assert [record for record in log.records if record["level"] == "warning"] == []


@pytest.mark.one_process("each says it once")
async def test_a_public_url_without_the_path_is_said_to_lack_it(
    ours: MakeOurs, log: LogLines
) -> None:
    """Once, with the setting and what to set it to; the tokens stay as they were configured."""
    log.start()
    app = ours(**PRODUCTION)
    browser = Browser(mounted(app), url=f"{PRODUCTION['public_url']}/auth")
    for _ in range(3):
        await browser.ask("{ __typename }")
    await end_loop()
    await browser.ask("{ __typename }")
    (warning,) = (record for record in log.records if record["level"] == "warning")
    assert warning["event"] == "the public URL is not where the application is mounted"
    assert warning["setting"] == "AUTHBERRY_PUBLIC_URL"
    assert warning["expected"] == "https://auth.example.com/auth"
    assert app.state.auth.settings.public_url == "https://auth.example.com"


@pytest.mark.one_process("each says it once")
async def test_a_cookie_that_does_not_reach_the_mount_is_said_not_to(
    ours: MakeOurs, log: LogLines
) -> None:
    """Where nobody has said beforehand what the path would be, so that no doctor could."""
    log.start()
    browser = Browser(mounted(ours(cookie_path="/graphql")), url=f"{HOST}/auth")
    await browser.ask("{ __typename }")
    (warning,) = (record for record in log.records if record["level"] == "warning")
    assert warning["setting"] == "AUTHBERRY_COOKIE_PATH"
    assert warning["cause"] == (
        "does not cover /auth/graphql, so browsers do not send the cookie there"
    )


async def test_a_proxy_may_take_the_path_away(ours: MakeOurs, log: LogLines) -> None:
    """Then only the public URL knows of it, and nothing is amiss."""
    log.start()
    browser = Browser(ours(public_url="https://api.example.com/auth"), url="https://127.0.0.1:8000")
    registered = await browser.ask(REGISTER, ADA)
    assert cookie_set(registered)["path"] == "/auth"
    assert [record for record in log.records if record["level"] == "warning"] == []


async def test_what_is_served_at_the_root_stays_at_the_root(ours: MakeOurs) -> None:
    """No mount, no path."""
    registered = await Browser(ours()).ask(REGISTER, ADA)
    assert cookie_set(registered)["path"] == "/"
    assert read_unverified(data(registered)["accessToken"])[1]["iss"] == HOST


# Opening


async def test_live_needs_nothing_to_be_open(ours: MakeOurs) -> None:
    """Whoever asks only whether the process runs opens nothing."""
    browser = Browser(mounted(ours()), url=f"{HOST}/auth")
    assert (await browser.send("GET", "/health/live")).json() == {"status": "ok"}
    assert keepers() == []


@pytest.mark.one_process("each is opened by its own first request")
async def test_first_requests_at_once_open_once(ours: MakeOurs) -> None:
    """Whoever comes while it opens waits for that, and is served."""
    browser = Browser(mounted(ours()), url=f"{HOST}/auth")
    answers = await asyncio.gather(*(browser.ask("{ __typename }") for _ in range(20)))
    assert [answer.json() for answer in answers] == [{"data": {"__typename": "Query"}}] * 20
    assert len(keepers()) == 1


@pytest.mark.one_process("each opens by itself")
async def test_what_cannot_be_opened_is_tried_again(
    request: pytest.FixtureRequest, tmp_path: Path, ours: MakeOurs, log: LogLines
) -> None:
    """Here a database without tables: 503 and a line that says so, until somebody makes them."""
    url = f"sqlite://{tmp_path}/empty.db"
    if not ours().state.auth.database.is_sqlite:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create_database()
        request.addfinalizer(lambda: postgres.drop_database(url))
    log.start()
    app = ours(env="production", public_url="https://127.0.0.1:8000/auth", database_url=url)
    browser = Browser(mounted(app), url="https://127.0.0.1:8000/auth")
    refusals = await asyncio.gather(*(browser.ask("{ __typename }") for _ in range(3)))
    for refused in refusals:
        assert (refused.status_code, codes(refused)) == (503, ["SERVICE_UNAVAILABLE"])
        assert refused.headers["retry-after"] == "1"
        assert refused.headers["x-content-type-options"] == "nosniff"
    (line,) = (record for record in log.records if record["event"] == "cannot open")
    assert "authberry migrate" in line["cause"]
    assert (await browser.send("GET", "/health/live")).status_code == 200
    assert (await browser.send("GET", "/health/ready")).status_code == 503

    database = Database(url)
    await database.open()
    await database.migrate()
    await database.close()

    assert (await browser.send("GET", "/health/ready")).json() == {"status": "ok"}
    assert data(await browser.ask(REGISTER, ADA))["__typename"] == "AuthPayload"
    await end_loop()


async def test_what_a_first_request_opened_is_no_part_of_it(ours: MakeOurs, log: LogLines) -> None:
    """What the services do later, such as pruning, is not logged in the name of who came first."""
    log.start()
    browser = Browser(mounted(ours(prune_interval=0.01)), url=f"{HOST}/auth")
    assert (await browser.send("GET", "/health/ready")).status_code == 200
    async with asyncio.timeout(60):
        while '"pruned"' not in log.text:  # noqa: ASYNC110 - a log has no event
            await asyncio.sleep(0.01)
    pruned = next(record for record in log.records if record["event"] == "pruned")
    assert "request_id" not in pruned


@pytest.mark.one_process("each has a lifespan of its own")
async def test_a_host_may_run_the_lifespan_itself(ours: MakeOurs) -> None:
    """Then no request has to wait, and what is opened is closed with the host."""
    app = ours()
    browser = Browser(mounted(app), url=f"{HOST}/auth")
    async with app.router.lifespan_context(app):
        assert data(await browser.ask(REGISTER, ADA))["__typename"] == "AuthPayload"
        assert keepers() == []
    assert app.state.auth.database._context._connections is None


def test_each_loop_opens_anew(ours: MakeOurs) -> None:
    """As where a host's tests begin a loop for each request: what ended with one is begun again."""
    browser = Browser(mounted(ours()), url=f"{HOST}/auth")
    for document, variables in ((REGISTER, ADA), (LOGIN, ADA), (REFRESH_TOKEN, {})):
        answer = asyncio.run(browser.ask(document, variables))
        assert data(answer)["__typename"] == "AuthPayload"


# A host's own Auth


async def test_a_host_shares_its_services(ours: MakeOurs, clock: FrozenClock) -> None:
    """They are opened and closed by the host, whatever happens to the application's lifespan."""
    settings = ours().state.auth.settings
    async with Auth(settings, clock=clock) as auth:
        app = create_app(auth=auth)
        browser = Browser(mounted(app), url=f"{HOST}/auth")
        async with app.router.lifespan_context(app):
            await person(auth, "ada@example.com")
            login = await browser.ask(LOGIN, ADA)
        assert data(login)["__typename"] == "AuthPayload"
        claims = await auth.access_tokens.verify(data(login)["accessToken"])
        assert (await auth.viewers.viewer(claims)).user.email == "ada@example.com"
        await auth.accounts.create("bob@example.com", PASSWORD)
        assert cookie_set(login)["path"] == "/"


async def test_settings_beside_a_hosts_auth_are_refused(ours: MakeOurs) -> None:
    """One of the two would be ignored."""
    auth = ours().state.auth
    with pytest.raises(TypeError, match="the settings are those of `auth`"):
        create_app(auth.settings, auth=auth)


# Several, and the host


async def test_two_of_them_in_one_process_know_nothing_of_each_other(
    request: pytest.FixtureRequest, tmp_path: Path, ours: MakeOurs
) -> None:
    """Two databases, two issuers, and two cookies of one name that do not meet."""
    first = ours()
    url = f"sqlite://{tmp_path}/second.db"
    if not first.state.auth.database.is_sqlite:
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.create_database()
        request.addfinalizer(lambda: postgres.drop_database(url))
    second = ours(database_url=url)
    host = Starlette(routes=[Mount("/staff", first), Mount("/guests", second)])
    browser = Browser(host, url=HOST)
    staff = await browser.ask(REGISTER, ADA, path="/staff/graphql")
    guest = await browser.ask(REGISTER, ADA, path="/guests/graphql")
    assert data(staff)["user"]["id"] != data(guest)["user"]["id"]
    token = data(staff)["accessToken"]
    assert data(await browser.ask(ME, token=token, path="/staff/graphql"))["email"]
    assert codes(await browser.ask(ME, token=token, path="/guests/graphql")) == ["UNAUTHENTICATED"]
    for path, registered in (("/staff", staff), ("/guests", guest)):
        refreshed = data(await browser.ask(REFRESH_TOKEN, path=f"{path}/graphql"))
        assert refreshed["session"]["id"] == data(registered)["session"]["id"]
    await end_loop()


@pytest.mark.one_process("each server counts what it answers")
async def test_routes_are_counted_without_the_path(ours: MakeOurs) -> None:
    """One dashboard fits, wherever they are mounted; and of the host's requests none is counted."""
    browser = Browser(mounted(ours()), url=f"{HOST}/auth")
    await browser.ask("{ __typename }")
    await browser.send("GET", "/nowhere")
    await browser.send("GET", f"{HOST}/")
    text = (await browser.send("GET", "/metrics")).text
    assert changes({}, series(text), "authberry_http_requests_total") == {
        '{method="POST",route="/graphql",status="200"}': 1,
        '{method="GET",route="other",status="404"}': 1,
    }


async def test_a_fault_of_the_hosts_is_the_hosts(ours: MakeOurs, log: LogLines) -> None:
    """Answered as it does, and not in our words."""
    log.start()
    browser = Browser(mounted(ours()), url=f"{HOST}/auth")
    failed = await browser.send("GET", f"{HOST}/fail")
    assert (failed.status_code, failed.text) == (500, "Internal Server Error")
    assert [one for one in log.records if one["logger"].startswith("authberry")] == []


# RFC 8414, section 3.1


@pytest.mark.parametrize("kind", HOSTS)
@pytest.mark.parametrize("path", ["/auth", "/api/v1/auth"])
async def test_a_host_serves_the_metadata_where_clients_look(
    ours: MakeOurs, kind: Callable[..., Starlette], path: str
) -> None:
    """Between the host's name and the issuer's path, by one line; even as the first request."""
    app = ours()
    host = kind(routes=[well_known(app, path), Mount(path, app)])
    browser = Browser(host, url=HOST)
    answer = await browser.send("GET", METADATA + path)
    assert answer.json()["issuer"] == HOST + path
    assert answer.json() == (await browser.send("GET", path + METADATA)).json()
    assert (await browser.send("POST", METADATA + path)).status_code == 405
    assert (await browser.send("GET", METADATA)).status_code == 404
