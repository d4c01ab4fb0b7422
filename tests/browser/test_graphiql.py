"""GraphiQL in a browser: it is logged in, and speaks to nobody but this server."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Literal

import pytest
from anyio.to_thread import run_sync
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from graphiql_page import GraphiQLPage
from graphql import build_schema, parse, validate
from jwt.algorithms import ECAlgorithm
from people import PASSWORD
from playwright.async_api import BrowserContext, Route, expect
from processes import Serve, Server, rules_on
from screenshots import TakeScreenshot
from waiting import until

ADA = "ada@example.com"
SCHEMA = build_schema((Path(__file__).parents[2] / "schema.graphql").read_text(encoding="utf-8"))
THEMES: Mapping[Literal["light", "dark"], str] = {"light": "vs", "dark": "vs-dark"}

Open = Callable[[Server], Awaitable[GraphiQLPage]]


@pytest.fixture
async def open_page(profile: BrowserContext) -> AsyncIterator[Open]:
    """Open GraphiQL in tabs of one browser; in the end none has had anything to complain about."""
    tabs: list[GraphiQLPage] = []

    async def open_(server: Server) -> GraphiQLPage:
        tab = await GraphiQLPage.open(profile, f"{server.url}/graphql")
        tabs.append(tab)
        return tab

    yield open_
    assert [tab.complaints for tab in tabs] == [[] for _ in tabs]


@pytest.fixture
async def server(serve: Serve) -> Server:
    """A server in development, where Ada has an account."""
    return await with_ada(serve())


async def with_ada(server: Server) -> Server:
    """Wait for a server, and give Ada an account on it."""
    await run_sync(server.until_ready)
    async with rules_on(server.database_url) as rules:
        await rules.accounts.create(ADA, PASSWORD, "Ada")
    return server


async def test_somebody_logs_in_asks_who_they_are_and_logs_out(
    server: Server, open_page: Open
) -> None:
    """By the form above the editor."""
    tab = await open_page(server)
    await tab.log_in(ADA, "a wrong password")
    await expect(tab.bar.get_by_role("alert")).to_contain_text("password")
    await tab.log_in(ADA, PASSWORD)
    await tab.shows(ADA)
    assert 200 <= await tab.seconds_left() <= 300
    assert (await tab.run("Me"))["data"]["me"]["email"] == ADA

    await tab.log_out()
    await tab.shows_nobody()
    answer = await tab.run("Me")
    assert answer["errors"][0]["extensions"]["reason"] == "TOKEN_MISSING"


async def test_running_login_logs_in_and_running_logout_logs_out(
    server: Server, open_page: Open
) -> None:
    """What the editor does to the session, the page and its other tabs follow."""
    one, other = await open_page(server), await open_page(server)
    answer = await one.run("Login", email=ADA, password=PASSWORD)
    assert answer["data"]["login"]["__typename"] == "AuthPayload"
    for tab in (one, other):
        await tab.shows(ADA)
    assert (await other.run("Me"))["data"]["me"]["email"] == ADA

    await other.run("Logout")
    for tab in (one, other):
        await tab.shows_nobody()


async def test_an_expired_token_is_replaced_unseen(serve: Serve, open_page: Open) -> None:
    """Before it expires where somebody looks, and else when it is needed."""
    tab = await open_page(await with_ada(serve(access_token_ttl=4)))
    await tab.log_in(ADA, PASSWORD)
    await tab.shows(ADA)
    before = tab.refreshes
    await until(lambda: tab.refreshes > before)
    assert (await tab.run("Me"))["data"]["me"]["email"] == ADA


async def test_a_refused_token_is_replaced_and_the_operation_run_again(
    server: Server, open_page: Open, profile: BrowserContext
) -> None:
    """Whatever this browser's clock says, the API decides: `TOKEN_EXPIRED` is not shown."""
    tab = await open_page(server)
    await tab.log_in(ADA, PASSWORD)
    await tab.shows(ADA)
    refusal = {"message": "", "extensions": {"code": "UNAUTHENTICATED", "reason": "TOKEN_EXPIRED"}}

    async def refuse(route: Route) -> None:
        await profile.unroute("**/graphql", refuse)
        await route.fulfill(json={"data": {"me": None}, "errors": [refusal]})

    before = tab.refreshes
    await profile.route("**/graphql", refuse)
    assert (await tab.run("Me"))["data"]["me"]["email"] == ADA
    assert tab.refreshes == before + 1


async def test_reloading_the_page_keeps_somebody_logged_in(server: Server, open_page: Open) -> None:
    """By the cookie alone, which no script can read; tabs stay too."""
    tab = await open_page(server)
    await tab.log_in(ADA, PASSWORD)
    await tab.shows(ADA)
    await tab.run("Sessions")
    await tab.reload()
    await tab.shows(ADA)
    assert len((await tab.press_run())["data"]["sessions"]) == 1


async def test_tabs_that_refresh_at_once_make_one_request(serve: Serve, open_page: Open) -> None:
    """One of them asks, and tells the other."""
    server = await with_ada(serve(access_token_ttl=12))
    tabs = [await open_page(server), await open_page(server)]
    await tabs[0].log_in(ADA, PASSWORD)
    for tab in tabs:
        await tab.shows(ADA)
        tab.refreshes = 0
    # Both are due at the same time.
    await until(lambda: sum(tab.refreshes for tab in tabs) > 0)
    await asyncio.sleep(1.5)
    assert sum(tab.refreshes for tab in tabs) == 1
    for tab in tabs:
        assert (await tab.run("Me"))["data"]["me"]["email"] == ADA
    async with rules_on(server.database_url) as rules:
        ada = await rules.accounts.find(ADA)
        assert ada is not None
        assert len(await rules.sessions.live(ada.id)) == 1


async def test_what_was_typed_is_stored_nowhere(server: Server, open_page: Open) -> None:
    """Neither passwords nor tokens, by whichever editor they came; the operations are."""
    tab = await open_page(server)
    answer = await tab.run("Login", email=ADA, password=PASSWORD)
    token = answer["data"]["login"]["accessToken"]
    await tab.page.get_by_label("New tab").click()
    typed = f'mutation Typed {{ login(email: "{ADA}", password: "{PASSWORD}") {{ __typename }} }}'
    await tab.type(".graphiql-query-editor", typed)
    await tab.page.get_by_role("button", name="Headers").click()
    await tab.type(".graphiql-editor-tool", json.dumps({"X-Secret": PASSWORD}))
    await tab.press_run()
    await tab.type(".graphiql-query-editor", f'{{ half(typed: """{PASSWORD}')

    for _ in range(2):
        stored = await tab.stored()
        assert "mutation Typed" in stored
        for secret in (PASSWORD, ADA, token, "Bearer"):
            assert secret not in stored
        await tab.reload()


async def test_an_operation_for_everything_stands_ready(server: Server, open_page: Open) -> None:
    """A tab for each field of the root types, written from the schema, and none is invalid."""
    tab = await open_page(server)
    tabs = json.loads(json.loads(await tab.stored())[0]["graphiql:tabState"])["tabs"]
    documents = [parse(each["query"]) for each in tabs]
    assert [error for document in documents for error in validate(SCHEMA, document)] == []
    assert "accessToken" in tabs[0]["query"]
    asked = {each["title"][0].lower() + each["title"][1:] for each in tabs}
    assert SCHEMA.query_type
    assert SCHEMA.mutation_type
    assert asked == {*SCHEMA.query_type.fields, *SCHEMA.mutation_type.fields}


async def test_the_documentation_explains_what_is_there(server: Server, open_page: Open) -> None:
    """The descriptions are written for whoever reads them here."""
    tab = await open_page(server)
    await tab.page.get_by_label("Show Documentation Explorer").click()
    pane = tab.page.locator(".graphiql-doc-explorer")
    await pane.get_by_role("link", name="Mutation").click()
    await pane.get_by_role("link", name="revokeSession", exact=True).click()
    await expect(pane).to_contain_text("as after losing a phone")


async def test_the_token_is_shown_decoded_and_its_signature_checked(
    server: Server, open_page: Open, profile: BrowserContext
) -> None:
    """Against the published keys, by the page itself."""
    tab = await open_page(server)
    await tab.log_in(ADA, PASSWORD)
    await tab.page.get_by_label("Show Access token").click()
    pane = tab.page.get_by_role("region", name="Access token")
    await expect(pane).to_contain_text("Signature valid")
    await expect(pane).to_contain_text("at+jwt")
    await expect(pane).to_contain_text("auth_time")

    other = json.loads(ECAlgorithm.to_jwk(generate_private_key(SECP256R1()).public_key()))

    async def forge(route: Route) -> None:
        published = await (await route.fetch()).json()
        keys = [{**key, "x": other["x"], "y": other["y"]} for key in published["keys"]]
        await route.fulfill(json={"keys": keys})

    await profile.route("**/jwks.json", forge)
    await tab.reload()
    await expect(pane).to_contain_text("Signature NOT valid")


async def test_it_works_below_a_path(profile: BrowserContext, mounted: str) -> None:
    """In somebody's application, whose other pages it leaves alone."""
    tab = await GraphiQLPage.open(profile, f"{mounted}/graphql")
    await tab.log_in(ADA, PASSWORD)
    await tab.shows(ADA)
    assert (await tab.run("Me"))["data"]["me"]["email"] == ADA
    await tab.reload()
    await tab.shows(ADA)
    await tab.page.get_by_label("Show Access token").click()
    await expect(tab.page.get_by_text("Signature valid")).to_be_visible()
    assert tab.complaints == []


async def test_it_is_used_by_keyboard_alone(server: Server, open_page: Open) -> None:
    """The form is the first thing there is, and Enter sends it."""
    tab = await open_page(server)
    keyboard = tab.page.keyboard
    await keyboard.press("Tab")
    await keyboard.type(ADA)
    await keyboard.press("Tab")
    await keyboard.type(PASSWORD)
    await keyboard.press("Enter")
    await tab.shows(ADA)
    await keyboard.press("Tab")
    await expect(tab.page.get_by_role("button", name="Log out")).to_be_focused()


async def test_it_is_seen_in_light_and_dark_and_on_a_narrow_screen(
    server: Server, open_page: Open, take_screenshot: TakeScreenshot
) -> None:
    """Nothing is wider than the screen; pictures of all of it are kept."""
    tab = await open_page(server)
    await tab.log_in(ADA, PASSWORD)
    await tab.shows(ADA)
    await tab.run("Me")
    await tab.page.get_by_label("Show Access token").click()
    await expect(tab.page.get_by_text("Signature valid")).to_be_visible()
    editor = tab.page.locator(".graphiql-query-editor .monaco-editor")
    for colours, theme in THEMES.items():
        await tab.page.emulate_media(color_scheme=colours)
        await expect(editor).to_contain_class(theme)
        for shape, width in (("wide", 1200), ("narrow", 390)):
            await tab.page.set_viewport_size({"width": width, "height": 720})
            await asyncio.sleep(0.5)  # the editor is laid out anew
            await take_screenshot(tab.page, f"graphiql-{colours}-{shape}")
            assert await tab.page.evaluate("document.documentElement.scrollWidth") == width
