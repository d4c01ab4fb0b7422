"""Behind a proxy that takes the path of the public URL away, and behind one that leaves it."""

import pytest
from apps import PRODUCTION, MakeApp
from browser import Browser, codes, cookie_set, data
from documents import ME, REFRESH_TOKEN, REGISTER
from people import PASSWORD
from starlette.applications import Starlette

from authberry.server.oauth import METADATA, OPENID_CONFIGURATION

HOST = "https://example.com"
URL = f"{HOST}/auth"
ADA = {"email": "ada@example.com", "password": PASSWORD}
PATHS = (
    "/graphql",
    "/graphql/",
    "/.well-known/jwks.json",
    METADATA,
    OPENID_CONFIGURATION,
    "/health/live",
    "/health/ready",
    "/account/",
)


@pytest.fixture
async def below(make_app: MakeApp) -> Starlette:
    """A service in production whose public URL has a path."""
    return await make_app(**{**PRODUCTION, "public_url": URL})


async def test_people_log_in_behind_a_proxy_that_leaves_the_path(below: Starlette) -> None:
    """The cookie, the issuer and the session are as behind one that takes it away."""
    browser = Browser(below, url=URL)
    registered = await browser.ask(REGISTER, ADA)
    assert cookie_set(registered)["path"] == "/auth"
    token = data(await browser.ask(REFRESH_TOKEN))["accessToken"]
    assert data(await browser.ask(ME, token=token))["email"] == "ada@example.com"


@pytest.mark.parametrize("path", PATHS)
async def test_each_route_is_found_with_the_path_and_without(below: Starlette, path: str) -> None:
    """And says the same in both places."""
    browser = Browser(below, url=URL)
    method = "POST" if path.startswith("/graphql") else "GET"
    body = {"json": {"query": "{ __typename }"}} if method == "POST" else {}
    left = await browser.send(method, URL + path, **body)
    taken = await browser.send(method, HOST + path, **body)
    assert left.status_code == 200
    assert (left.status_code, left.text) == (taken.status_code, taken.text)


async def test_what_is_not_below_the_path_is_not_served_by_accident(below: Starlette) -> None:
    """The path is a whole one, once, and of this service."""
    browser = Browser(below, url=URL)
    for path in ("/authority/graphql", "/auth", "/auth/", "/auth/auth/graphql", "/other/graphql"):
        response = await browser.send("POST", HOST + path, json={"query": "{ __typename }"})
        assert (response.status_code, codes(response)) == (404, ["BAD_REQUEST"])


async def test_a_path_that_is_called_as_a_route_of_ours_hides_nothing(make_app: MakeApp) -> None:
    """With `/account` for a path, `/account/` is that route, and `/account/account/` as well."""
    url = f"{HOST}/account"
    browser = Browser(await make_app(**{**PRODUCTION, "public_url": url}), url=url)
    assert (await browser.send("GET", f"{HOST}/account/")).status_code == 200
    assert (await browser.send("GET", f"{HOST}/account/account/")).status_code == 200
    asked = await browser.send("POST", f"{HOST}/account/graphql", json={"query": "{ __typename }"})
    assert asked.json() == {"data": {"__typename": "Query"}}


async def test_a_path_may_have_signs_that_are_encoded(make_app: MakeApp) -> None:
    """As they are in the public URL, and no longer are in what the server reads."""
    url = f"{HOST}/log%20in"
    browser = Browser(await make_app(**{**PRODUCTION, "public_url": url}), url=url)
    asked = await browser.send("POST", f"{url}/graphql", json={"query": "{ __typename }"})
    assert asked.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("where", [METADATA, OPENID_CONFIGURATION])
async def test_the_metadata_is_where_clients_look_for_that_of_an_issuer_with_a_path(
    below: Starlette, where: str
) -> None:
    """Between the host's name and the path (RFC 8414, section 3.1), and below the path."""
    browser = Browser(below, url=URL)
    for address in (f"{HOST}{where}/auth", f"{URL}{where}"):
        assert (await browser.send("GET", address)).json()["issuer"] == URL


async def test_a_slash_behind_the_endpoint_changes_nothing(browser: Browser) -> None:
    """It is never a redirection, which a POST would lose its body by."""
    for path in ("/graphql", "/graphql/"):
        answer = await browser.send("POST", path, json={"query": "{ __typename }"})
        assert (answer.status_code, answer.json()) == (200, {"data": {"__typename": "Query"}})
        asked = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "POST"}
        assert (await browser.send("OPTIONS", path, headers=asked)).status_code == 200
        refused = await browser.send("PUT", path)
        assert (refused.status_code, codes(refused)) == (405, ["BAD_REQUEST"])


async def test_graphiql_finds_its_files_from_behind_the_slash_too(browser: Browser) -> None:
    """Every address in the page is relative."""
    html = {"Accept": "text/html"}
    plain = await browser.send("GET", "/graphql", headers=html)
    slash = await browser.send("GET", "/graphql/", headers=html)
    assert "<base" not in plain.text
    assert slash.text == plain.text.replace("<head>", '<head>\n    <base href="../">')
    assert "base-uri 'self'" in slash.headers["content-security-policy"]
    assert "base-uri 'none'" in plain.headers["content-security-policy"]
