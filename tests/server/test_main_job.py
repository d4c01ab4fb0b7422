"""The main job on real processes: log in, stay logged in, know who is asking, log out."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import jwt
import pytest
from anyio.to_thread import run_sync
from apps import SECRET, person
from browser import Browser, codes, cookie_set, data
from documents import LOGIN, LOGOUT, ME, REFRESH_TOKEN, REGISTER
from people import PASSWORD, begin
from processes import OpenBrowser, Serve, Server, rules_on
from rows import everything, session_row

from authberry import Auth, RefreshTokenTransport
from authberry.tokens.refresh_tokens import RefreshTokenCodec

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
COOKIE = RefreshTokenTransport.COOKIE
ADA = {"email": "ada@example.com", "password": PASSWORD}


def pasted() -> list[dict[str, str]]:
    """The requests of the README, as somebody pastes them."""
    return [json.loads(body) for body in re.findall(r"^ +gql .*-d '(.+)'$", README, re.MULTILINE)]


@pytest.mark.parametrize("workers", [1, 2])
async def test_the_story_of_the_readme(
    serve: Serve, open_browser: OpenBrowser, rules: Auth, workers: int
) -> None:
    """Each request as it stands there; each answer is what the text around it says."""
    server = serve(workers=workers)
    browser = open_browser(server)
    register, login, me, refresh, logout = pasted()

    async def paste(request: dict[str, str], token: str = "") -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        response = await browser.send(json=request, headers=headers)
        answer: dict[str, Any] = response.json()["data"]
        if request in (login, refresh):
            assert cookie_set(response).value == browser.cookies["refresh_token"]
        return answer

    assert await paste(register) == {"register": {"__typename": "AuthPayload"}}
    logged_in = (await paste(login))["login"]
    assert logged_in["expiresIn"] == 300
    answer = await paste(me, logged_in["accessToken"])
    assert answer["me"]["email"] == "ada@example.com"
    assert [session["current"] for session in answer["sessions"]] == [True, False]
    renewed = (await paste(refresh))["refreshToken"]
    assert await paste(logout) == {"logout": {"ok": True}}
    assert browser.cookies == {}
    for ended in (logged_in, renewed):
        response = await browser.ask(ME, token=ended["accessToken"])
        assert response.json()["errors"][0]["extensions"]["reason"] == "SESSION_REVOKED"
    reasons = [row["revoked_reason"] for row in (await everything(rules))["RefreshToken"]]
    assert sorted(map(str, reasons)) == ["None", "logout"]
    assert server.stop() == 0


async def test_20_tabs_at_once_get_one_successor(
    shared_server: Server, open_browser: OpenBrowser
) -> None:
    """20 successes, one and the same successor, one rotation in the row."""
    browser = open_browser(shared_server)
    async with rules_on(shared_server.database_url) as rules:
        begun = await begin(rules, await person(rules, "tabs@example.com"), transport=COOKIE)
        browser.keep("refresh_token", begun.refresh_token)

        responses = await asyncio.gather(*(browser.ask(REFRESH_TOKEN) for _ in range(20)))

        row = await session_row(rules, begun)
    assert [data(response)["__typename"] for response in responses] == ["AuthPayload"] * 20
    (successor,) = {cookie_set(response).value for response in responses}
    token = RefreshTokenCodec([SECRET]).open(successor)
    assert (row["generation"], row["token_hash"], row["revoked_at"]) == (1, token.hash, None)


@pytest.fixture
def three_servers(serve: Serve) -> list[Server]:
    """Three servers on one database."""
    return [serve(refresh_attempts="off", login_attempts="1000/minute") for _ in range(3)]


async def test_three_processes_behave_as_one(
    three_servers: list[Server], open_browser: OpenBrowser, rules: Auth
) -> None:
    """Tabs of several people at once, on whichever process: no error, one successor each.

    Then logins, refreshes and logouts at once, and still no error.
    """
    browsers = [open_browser(server) for server in three_servers]
    ada = await person(rules, "ada@example.com")
    for _ in range(8):
        sessions = [await begin(rules, ada) for _ in range(4)]
        asked = [(session, browser) for session in sessions for browser in browsers * 3]
        responses = await asyncio.gather(
            *(
                browser.ask(REFRESH_TOKEN, refreshToken=session.refresh_token)
                for session, browser in asked
            )
        )
        successors: dict[UUID, set[str]] = {session.session.id: set() for session in sessions}
        for (session, _), response in zip(asked, responses, strict=True):
            answer = data(response)
            assert answer["__typename"] == "AuthPayload", answer
            successors[session.session.id].add(answer["refreshToken"])
        assert {len(tokens) for tokens in successors.values()} == {1}
        rows = [await session_row(rules, session) for session in sessions]
        assert [row["generation"] for row in rows] == [1] * 4

    sessions = [await begin(rules, ada) for _ in range(12)]
    acts = [
        act
        for number, session in enumerate(sessions)
        for act in (
            browsers[number % 3].ask(LOGIN, {**ADA, "transport": "BODY"}),
            browsers[(number + 1) % 3].ask(REFRESH_TOKEN, refreshToken=session.refresh_token),
            browsers[(number + 2) % 3].ask(LOGOUT, refreshToken=session.refresh_token),
        )
    ]
    kinds = [data(response)["__typename"] for response in await asyncio.gather(*acts)]
    assert kinds[0::3] == ["AuthPayload"] * 12
    assert set(kinds[1::3]) <= {"AuthPayload", "SessionRevoked"}
    assert kinds[2::3] == ["LoggedOut"] * 12
    for server in three_servers:
        assert '"level": "error"' not in server.log


@pytest.mark.parametrize("dies", [False, True], ids=["in one life", "killed in between"])
async def test_a_token_that_was_rotated_away_ends_its_session_and_no_other(
    serve: Serve, open_browser: OpenBrowser, rules: Auth, *, dies: bool
) -> None:
    """Its access token and its newest refresh token are refused; the phone stays logged in.

    Nothing of this is in memory: a process that died without a word knows it when it is back.
    """
    server = serve(refresh_window=1)
    laptop, phone, thief = open_browser(server), open_browser(server), open_browser(server)
    await person(rules, "ada@example.com")
    for browser in (laptop, phone):
        assert data(await browser.ask(LOGIN, ADA))["__typename"] == "AuthPayload"
    stolen = laptop.cookies["refresh_token"] or ""
    renewed = data(await laptop.ask(REFRESH_TOKEN))
    session_id = UUID(renewed["session"]["id"])
    if dies:
        server.kill()
        server.start()
    await asyncio.sleep(1.1)
    thief.keep("refresh_token", stolen)

    response = await thief.ask(REFRESH_TOKEN)

    assert data(response)["__typename"] == "RefreshTokenReused"
    assert cookie_set(response)["max-age"] == "0"
    row = await session_row(rules, session_id)
    assert (row["revoked_reason"], row["generation"]) == ("reuse", 1)
    assert codes(await laptop.ask(ME, token=renewed["accessToken"])) == ["UNAUTHENTICATED"]
    assert data(await laptop.ask(REFRESH_TOKEN))["__typename"] == "SessionRevoked"
    assert laptop.cookies == {}
    phones = data(await phone.ask(REFRESH_TOKEN))
    assert data(await phone.ask(ME, token=phones["accessToken"]))["email"] == "ada@example.com"
    assert server.log.count('"event": "token_reused"') == 1


async def refresh_until_it_dies(browser: Browser, server: Server) -> None:
    """Refresh until the connection is lost: the server is killed when it has rotated some times."""
    seen = {browser.cookies["refresh_token"]}
    is_ending = False
    while True:
        assert data(await browser.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"
        seen.add(browser.cookies["refresh_token"])
        if len(seen) > 3 and not is_ending:
            is_ending = True
            asyncio.get_running_loop().run_in_executor(None, server.kill)


async def test_a_process_killed_while_it_rotates_logs_nobody_out(
    serve: Serve, open_browser: OpenBrowser, rules: Auth
) -> None:
    """What was committed is kept, and an answer that was lost is given again."""
    server = serve(refresh_window=0.02, refresh_attempts="off")
    begun = await begin(rules, await person(rules, "ada@example.com"), transport=COOKIE)
    browser = open_browser(server)
    browser.keep("refresh_token", begun.refresh_token)
    with pytest.raises(httpx.TransportError):
        await refresh_until_it_dies(browser, server)
    rotations = (await session_row(rules, begun))["generation"]
    assert rotations > 1

    survivor = open_browser(serve())
    survivor.keep("refresh_token", browser.cookies["refresh_token"] or "")
    assert data(await survivor.ask(REFRESH_TOKEN))["__typename"] == "AuthPayload"
    row = await session_row(rules, begun)
    assert row["revoked_at"] is None
    assert row["generation"] - rotations in {0, 1}


async def test_another_program_verifies_a_token_by_the_published_keys(
    shared_server: Server, open_browser: OpenBrowser
) -> None:
    """With any JWT library and the URL; here PyJWT, as `docs/verify.md` has it."""
    account = {"email": "verified@example.com", "password": PASSWORD}
    answer = data(await open_browser(shared_server).ask(REGISTER, account))
    token, url = answer["accessToken"], shared_server.url
    keys = jwt.PyJWKClient(f"{url}/.well-known/jwks.json")
    key = await run_sync(keys.get_signing_key_from_jwt, token)
    claims = jwt.decode(token, key, algorithms=["ES256"], audience=url, issuer=url)
    assert (claims["sub"], claims["sid"]) == (answer["user"]["id"], answer["session"]["id"])
