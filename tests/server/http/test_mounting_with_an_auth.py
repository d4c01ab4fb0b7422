"""A host that brings its own `Auth`, mounts several applications, or serves the metadata."""

from collections.abc import Callable
from pathlib import Path

import pytest
from apps import person
from browser import Browser, codes, cookie_set, data
from database_servers import Postgres
from documents import LOGIN, ME, REFRESH_TOKEN, REGISTER
from frozen_clock import FrozenClock
from log_lines import LogLines
from mounted import ADA, HOST, HOSTS, MakeOurs, _loop_ends, end_loop, mounted, ours
from people import PASSWORD
from scrapes import changes, series
from starlette.applications import Starlette
from starlette.routing import Mount

from authberry import Auth
from authberry.server.app import create_app
from authberry.server.metadata import well_known
from authberry.server.oauth import METADATA

__all__ = ["_loop_ends", "ours"]


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
        claims = await auth.signing.access_tokens.verify(data(login)["accessToken"])
        assert (await auth.sessions.viewers.viewer(claims)).user.email == "ada@example.com"
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
