"""A real gateway between browsers and both subgraphs; see docs/federation.md."""

import asyncio
from textwrap import indent
from typing import Any

import jwt
import pytest
from anyio.to_thread import run_sync
from browser import Browser, codes, cookie_set, data, errors
from command_line import run
from documents import LOGIN, LOGOUT, ME, REFRESH_TOKEN, REGISTER
from federated_pair import EXAMPLE, Gateway, OpenBrowser, Pair
from people import PASSWORD
from processes import rules_on
from rows import everything_but_events

PUBLISH = """
mutation ($title: String!) {
  publish(title: $title) { __typename ... on Error { code message } ... on InvalidInput { field } }
}"""
JOIN = "{ posts { title author { id name email } } }"
EVIL = "https://evil.example"
PAGES = "http://localhost:5173"
"""Whose pages may ask the gateway of the example."""


async def register(browser: Browser, name: str) -> str:
    """Make an account through the gateway; returns an access token."""
    answer = data(
        await browser.ask(REGISTER, email=f"{name}@example.com", password=PASSWORD, name=name)
    )
    return str(answer["accessToken"])


async def log_in(browser: Browser, name: str) -> str:
    """Log in through the gateway; returns an access token."""
    answer = data(await browser.ask(LOGIN, email=f"{name}@example.com", password=PASSWORD))
    return str(answer["accessToken"])


async def join(browser: Browser, token: str, author: str) -> list[dict[str, Any]]:
    """What the join says of one author's posts."""
    response = await browser.ask(JOIN, token=token)
    posts = response.json()["data"]["posts"]
    return [post for post in posts if post["author"]["name"] == author]


def kid(token: str) -> str:
    """Which key has signed."""
    return str(jwt.get_unverified_header(token)["kid"])


async def test_a_join_over_a_key_rotation(pair: Pair, open_browser: OpenBrowser) -> None:
    """Both subgraphs take tokens of the old key and of the new, and nobody logs in again for it."""
    browser = open_browser(pair.gateway)
    old = await register(browser, "joined")
    assert data(await browser.ask(PUBLISH, title="Before", token=old)) == {"__typename": "Post"}
    author = {"id": jwt.decode(old, options={"verify_signature": False})["sub"], "name": "joined"}
    author["email"] = "joined@example.com"
    assert await join(browser, old, "joined") == [{"title": "Before", "author": author}]

    arguments = "keys", "rotate", "--immediately"
    environment = pair.authberry.environment
    rotated = await run_sync(run, pair.gateway.folder, environment, *arguments)
    assert rotated.code == 0, rotated.err
    await run_sync(pair.authberry.stop)
    await run_sync(pair.authberry.start)
    new = data(await browser.ask(REFRESH_TOKEN))["accessToken"]

    assert kid(new) != kid(old)
    assert data(await browser.ask(PUBLISH, title="After", token=new)) == {"__typename": "Post"}
    for token in (old, new):
        assert await join(browser, token, "joined") == [
            {"title": title, "author": author} for title in ("Before", "After")
        ]


async def test_others_see_a_name_and_no_address(pair: Pair, open_browser: OpenBrowser) -> None:
    """The page stands, with a null and a reason for each address that is not theirs to see."""
    browser = open_browser(pair.gateway)
    await browser.ask(PUBLISH, title="Seen", token=await register(browser, "seen"))
    for token, code in ((await register(browser, "other"), "FORBIDDEN"), ("", "UNAUTHENTICATED")):
        response = await browser.ask(JOIN, token=token)
        assert set(codes(response)) == {code}
        (post,) = await join(browser, token, "seen")
        assert (post["author"]["name"], post["author"]["email"]) == ("seen", None)


async def test_a_page_of_many_posts_is_one_request_to_authberry(
    pair: Pair, open_browser: OpenBrowser
) -> None:
    """However many people wrote them."""
    browser = open_browser(pair.gateway)
    for name in ("first", "second", "third"):
        token = await register(browser, name)
        await browser.ask(PUBLISH, title="Many", token=token)
        await browser.ask(PUBLISH, title="Many", token=token)
    pair.forget()
    posts = data(await browser.ask(JOIN.replace("email", "")))
    many = [post["author"]["name"] for post in posts if post["title"] == "Many"]
    assert many == ["first", "first", "second", "second", "third", "third"]
    assert (len(pair.to_posts.headers), len(pair.to_authberry.headers)) == (1, 1)


async def test_both_ways_from_a_person_to_what_they_wrote(
    pair: Pair, open_browser: OpenBrowser
) -> None:
    """`me` is ours, and its `posts` are the other's."""
    browser = open_browser(pair.gateway)
    token = await register(browser, "author")
    await browser.ask(PUBLISH, title="Mine", token=token)
    mine = data(await browser.ask("{ me { email posts { title } } }", token=token))
    assert mine == {"email": "author@example.com", "posts": [{"title": "Mine"}]}


async def test_one_refusal_of_two_subgraphs(pair: Pair, open_browser: OpenBrowser) -> None:
    """`InvalidInput` is one type to a client, whichever answers with it."""
    browser = open_browser(pair.gateway)
    token = await register(browser, "refused")
    theirs = data(await browser.ask(PUBLISH, title=" ", token=token))
    assert theirs == {
        "__typename": "InvalidInput",
        "code": "INVALID_INPUT",
        "message": "A post has a title.",
        "field": "title",
    }
    ours = data(await browser.ask(REGISTER, email="nobody", password=PASSWORD))
    assert (ours["__typename"], ours["code"], ours["field"]) == (
        "InvalidInput",
        "INVALID_INPUT",
        "email",
    )


async def test_a_session_that_ends_ends_at_once_here_and_with_its_token_there(
    pair: Pair, open_browser: OpenBrowser
) -> None:
    """Authberry looks the session up; whoever only verifies takes the token until it expires."""
    browser = open_browser(pair.gateway)
    token = await register(browser, "ended")
    await browser.ask(PUBLISH, title="Before the end", token=token)
    assert data(await browser.ask(LOGOUT, token=token))["ok"] is True
    (refusal,) = errors(await browser.ask(ME, token=token))
    assert refusal[1]["reason"] == "SESSION_REVOKED"
    (post,) = await join(browser, token, "ended")
    assert (post["author"]["name"], post["author"]["email"]) == ("ended", None)
    assert data(await browser.ask(PUBLISH, title="Late", token=token)) == {"__typename": "Post"}


async def test_the_cookie_comes_through_is_rotated_and_goes(
    pair: Pair, open_browser: OpenBrowser
) -> None:
    """Login, a refresh, two tabs at once, and a logout, all with the jar alone."""
    browser = open_browser(pair.gateway)
    await register(browser, "cookie")
    browser.forget()
    response = await browser.ask(LOGIN, email="cookie@example.com", password=PASSWORD)
    first = cookie_set(response)
    assert (first["httponly"], first["samesite"], first["path"]) == (True, "strict", "/")
    assert data(response)["refreshToken"] is None
    assert browser.cookies == {"refresh_token": first.value}

    tabs = await asyncio.gather(*(browser.ask(REFRESH_TOKEN, token="garbage") for _ in range(2)))
    (successor,) = {cookie_set(tab).value for tab in tabs}
    assert successor != first.value
    assert browser.cookies == {"refresh_token": successor}
    assert [data(tab)["user"]["email"] for tab in tabs] == ["cookie@example.com"] * 2

    gone = await browser.ask(LOGOUT)
    assert data(gone) == {"__typename": "LoggedOut", "ok": True}
    assert (cookie_set(gone).value, browser.cookies) == ("", {})
    browser.keep("refresh_token", successor)
    assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "SessionRevoked"


ELSEWHERE = {
    "a page of another site": {"Origin": EVIL},
    "a sandboxed frame": {"Origin": "null"},
    "a page that hides its origin": {"Origin": None, "Sec-Fetch-Site": "cross-site"},
}


@pytest.mark.parametrize("headers", ELSEWHERE.values(), ids=ELSEWHERE)
async def test_another_site_neither_uses_the_cookie_nor_sets_one(
    pair: Pair,
    open_browser: OpenBrowser,
    headers: dict[str, str | None],
    request: pytest.FixtureRequest,
) -> None:
    """The gateway says where a request comes from, and Authberry refuses as ever."""
    browser = open_browser(pair.gateway)
    name = f"victim{list(ELSEWHERE.values()).index(headers)}"
    await register(browser, name)
    async with rules_on(pair.authberry.database_url) as rules:
        before = await everything_but_events(rules)
        for document in (REFRESH_TOKEN, LOGOUT, LOGIN):
            variables = {"email": f"{name}@example.com", "password": PASSWORD}
            used = variables if document is LOGIN else {}
            response = await browser.ask(document, used, headers=headers)
            assert codes(response) == ["CROSS_SITE_REQUEST"]
            assert "set-cookie" not in response.headers
        assert await everything_but_events(rules) == before


FORMS = [
    ("application/x-www-form-urlencoded", f"query={LOGIN}"),
    ("text/plain", "{}"),
    ("multipart/form-data; boundary=x", "--x--"),
]


@pytest.mark.parametrize(("media_type", "body"), FORMS, ids=[form for form, _ in FORMS])
async def test_what_a_form_can_send_sets_no_cookie(
    pair: Pair, open_browser: OpenBrowser, media_type: str, body: str
) -> None:
    """The gateway takes forms and makes JSON of them, so that it is the Origin that counts."""
    browser = open_browser(pair.gateway)
    name = f"form{[one for one, _ in FORMS].index(media_type)}"
    await register(browser, name)
    browser.forget()
    document = f'mutation{{login(email:"{name}@example.com",password:"{PASSWORD}"){{__typename}}}}'
    content = f"query={document}" if body.startswith("query") else body
    headers = {"Content-Type": media_type, "Origin": EVIL}
    response = await browser.send(headers=headers, content=content)
    assert "AuthPayload" not in response.text
    assert "set-cookie" not in response.headers


async def test_only_listed_pages_read_answers(pair: Pair, open_browser: OpenBrowser) -> None:
    """CORS is the gateway's; without a list, Hive Gateway lets any page in, with credentials."""
    browser = open_browser(pair.gateway)
    allowed = {}
    for origin in (PAGES, EVIL):
        headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        preflight = await browser.send("OPTIONS", headers=headers)
        allowed[origin] = preflight.headers.get("access-control-allow-origin")
    assert allowed == {PAGES: PAGES, EVIL: PAGES}


async def test_each_subgraph_is_told_what_it_needs(pair: Pair, open_browser: OpenBrowser) -> None:
    """The refresh token is none of the other subgraph's business."""
    browser = open_browser(pair.gateway)
    token = await register(browser, "told")
    pair.forget()
    await browser.ask(PUBLISH, title="Told", token=token)
    await browser.ask(REFRESH_TOKEN, token=token)
    (sent,), (refresh,) = pair.to_posts.headers, pair.to_authberry.headers
    assert sent["authorization"] == refresh["authorization"] == f"Bearer {token}"
    assert not {"cookie", "origin", "x-forwarded-for"} & set(sent)
    assert "refresh_token=" in refresh["cookie"]
    assert refresh["origin"] == browser.origin
    assert (refresh["user-agent"], refresh["x-forwarded-for"]) == ("Firefox", "127.0.0.2")


async def test_attempts_are_counted_by_the_address_of_who_is_connected(
    pair: Pair, open_browser: OpenBrowser
) -> None:
    """Not by the gateway's, which would lock everybody out; nor by what a client makes up."""
    owner, thief = open_browser(pair.gateway), open_browser(pair.gateway, address="127.0.0.66")
    await register(owner, "guessed")
    guess = {"email": "guessed@example.com", "password": "not the password"}
    invented = [{"X-Forwarded-For": f"198.51.100.{number}"} for number in range(6)]
    *_, response = [await thief.ask(LOGIN, guess, headers=headers) for headers in invented]
    refused = data(response)
    assert refused["__typename"] == "TooManyAttempts"
    assert int(response.headers["retry-after"]) == refused["retryAfter"]
    await log_in(owner, "guessed")


TOLD = {
    "Authorization": "Bearer x",
    "Cookie": "refresh_token=x",
    "Origin": EVIL,
    "Sec-Fetch-Site": "cross-site",
    "X-Forwarded-For": "198.51.100.1",
    "Forwarded": "for=198.51.100.1",
}


async def test_a_gateway_as_it_comes_tells_nobody_anything(
    pair: Pair, gateway: Gateway, open_browser: OpenBrowser
) -> None:
    """No header of the client reaches a subgraph, no cookie the client; forms and pages all do."""
    supergraph = "supergraph.graphql"
    (gateway.folder / supergraph).write_text(pair.gateway.supergraph, "utf-8")
    config = f'export const gatewayConfig = {{ supergraph: "./{supergraph}" }};'
    (gateway.folder / "gateway.config.mjs").write_text(config, "utf-8")
    account = f'email: "bare@example.com", password: "{PASSWORD}"'
    with gateway:
        browser = open_browser(gateway)
        await register(browser, "bare")
        pair.forget()
        form = {"query": f"mutation {{ login({account}) {{ __typename }} }}"}
        logged_in = await browser.send(headers=TOLD, data=form)
        assert logged_in.json()["data"] == {"login": {"__typename": "AuthPayload"}}
        assert "set-cookie" not in logged_in.headers
        assert codes(await browser.ask(ME, headers=TOLD)) == ["UNAUTHENTICATED"]
        assert codes(await browser.ask(PUBLISH, title="x", headers=TOLD)) == ["UNAUTHENTICATED"]
    sent = pair.to_authberry.headers + pair.to_posts.headers
    assert [set(headers) & {name.lower() for name in TOLD} for headers in sent] == [set()] * 3
    assert {(headers["user-agent"], headers["content-type"]) for headers in sent} == {
        ("node", "application/json")
    }
    assert logged_in.headers["access-control-allow-origin"] == EVIL
    assert logged_in.headers["access-control-allow-credentials"] == "true"


def test_the_configuration_of_the_docs_is_the_one_that_was_tried() -> None:
    """To paste."""
    docs = (EXAMPLE.parents[1] / "docs/federation.md").read_text("utf-8")
    tried = (EXAMPLE / "gateway/gateway.config.mjs").read_text("utf-8").partition("\n")[2]
    assert indent(tried, "    ") in docs
