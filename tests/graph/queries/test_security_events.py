"""`securityEvents`: what happened to one's account, a page at a time."""

from typing import Any

import pytest
from apps import MakeApp
from browser import Browser, codes, data, errors
from deleted_account import until
from documents import (
    CHANGE_PASSWORD,
    LOGIN,
    LOGOUT,
    REFRESH_TOKEN,
    REVOKE_OTHER_SESSIONS,
    SECURITY_EVENTS,
    UPDATE_PROFILE,
)
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin
from starlette.applications import Starlette
from statements import Statements

from authberry import Auth, Issued
from authberry.events.history import SecurityEventKind
from authberry.models import User

pytestmark = pytest.mark.one_process("each process writes what it holds a moment later")

ADA = {"email": "ada@example.com", "password": PASSWORD}


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """An application that stores events."""
    return await make_app(event_ttl=90 * 86400)


def kinds(connection: dict[str, Any]) -> list[str]:
    """What happened, in the order of the answer."""
    return [edge["node"]["kind"] for edge in connection["edges"]]


async def test_a_person_sees_what_happened_to_their_account(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """Newest first, and at once; refreshes are not among it."""
    clock.tick(1)
    await browser.ask(LOGIN, {**ADA, "password": "wrong"})
    clock.tick(1)
    logged_in = data(await browser.ask(LOGIN, ADA))
    await browser.ask(REFRESH_TOKEN)
    answer = data(await browser.ask(SECURITY_EVENTS, token=logged_in["accessToken"]))
    assert kinds(answer) == ["LOGIN_SUCCEEDED", "LOGIN_FAILED", "REGISTERED"]
    success, failure, _ = [edge["node"] for edge in answer["edges"]]
    assert isinstance(success.pop("id"), str)
    assert success == {
        "kind": "LOGIN_SUCCEEDED",
        "occurredAt": "2026-01-01T12:00:02.654Z",
        "sessionId": logged_in["session"]["id"],
        "ipAddress": "192.0.2.1",
        "userAgent": "Firefox",
        "reason": None,
    }
    assert (failure["reason"], failure["sessionId"]) == ("wrong password", None)
    cursors = [edge["cursor"] for edge in answer["edges"]]
    assert answer["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[-1],
    }


async def test_what_happened_several_times_says_how_often(
    auth: Auth, browser: Browser, issued: Issued, clock: FrozenClock
) -> None:
    """Or how many sessions ended; null is once."""
    token = issued.access_token.value
    for _ in range(2):
        await begin(auth, issued.user, PHONE)
    await browser.ask(REVOKE_OTHER_SESSIONS, token=token)
    for name in ("Ada L", "Ada Lo", "Ada Lov"):
        await browser.ask(UPDATE_PROFILE, {"name": name}, token=token)
    clock.tick(60)
    counts: list[tuple[str, int | None]] = []

    async def are_four() -> bool:
        document = "{ securityEvents { edges { node { kind count } } } }"
        edges = data(await browser.ask(document, token=token))["edges"]
        counts[:] = [(edge["node"]["kind"], edge["node"]["count"]) for edge in edges]
        return len(counts) == 4

    await until(are_four)
    assert counts == [
        ("PROFILE_CHANGED", 2),
        ("PROFILE_CHANGED", None),
        ("SESSIONS_REVOKED", 2),
        ("REGISTERED", None),
    ]


async def test_nobody_sees_anybody_else_s(
    auth: Auth, browser: Browser, issued: Issued, clock: FrozenClock
) -> None:
    """Nor what is nobody's."""
    await auth.accounts.create("grace@example.com", None)
    await browser.ask(LOGIN, email="nobody@example.com", password="wrong")
    answer = data(await browser.ask(SECURITY_EVENTS, token=issued.access_token.value))
    assert kinds(answer) == ["REGISTERED"]


async def test_pages_follow_one_another_until_there_are_no_more(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """Each event once, whatever is added in between."""
    for _ in range(6):
        await auth.accounts.enable(ada, PHONE)
    token = (await begin(auth, ada)).access_token.value
    seen, after, sizes = [], None, []
    while True:
        page = data(await browser.ask(SECURITY_EVENTS, token=token, first=3, after=after))
        sizes.append(len(page["edges"]))
        seen += [edge["node"]["id"] for edge in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
        await auth.accounts.enable(ada, BROWSER)
    assert sizes == [3, 3, 1]
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 7
    empty = data(await browser.ask(SECURITY_EVENTS, token=token, first=1, after="A" * 22))
    assert (empty["edges"], empty["pageInfo"]["endCursor"]) == ([], None)


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"first": 0}, "first"),
        ({"first": 101}, "first"),
        ({"first": -1}, "first"),
        ({"after": "no cursor"}, "after"),
        ({"after": "é"}, "after"),
        ({"after": "AAAA"}, "after"),
        ({"after": "A" * 400}, "after"),
    ],
)
async def test_what_cannot_be_a_page_is_refused_by_name(
    browser: Browser, issued: Issued, variables: dict[str, object], field: str
) -> None:
    """As data that cannot be taken is everywhere."""
    response = await browser.ask(SECURITY_EVENTS, variables, token=issued.access_token.value)
    ((_, extensions),) = errors(response)
    assert extensions == {"code": "INVALID_INPUT", "field": field}
    assert response.json()["data"] == {"securityEvents": None}


async def test_a_reason_that_is_the_service_s_own_is_not_shown(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """Words of the log are for operators."""
    await auth.sessions.revocation.revoke_all(issued.user.id, PHONE, reason="an inner matter")
    token = (await begin(auth, issued.user)).access_token.value
    answer = data(await browser.ask(SECURITY_EVENTS, token=token, first=1))
    assert answer["edges"][0]["node"]["reason"] is None
    assert kinds(answer) == ["SESSIONS_REVOKED"]


async def test_a_page_is_one_query_by_the_index(
    auth: Auth, browser: Browser, ada: User, statements: Statements
) -> None:
    """Beside the one that finds out who is asking."""
    token = (await begin(auth, ada)).access_token.value
    await browser.ask(SECURITY_EVENTS, token=token)
    statements.seen.clear()
    await browser.ask(SECURITY_EVENTS, token=token, first=5)
    asked = [one for one in statements.seen if "authberry_event" in one]
    assert len(asked) == 1
    with auth.database.use():
        if auth.database.is_sqlite:
            plan = await auth.database.fetch(
                "EXPLAIN QUERY PLAN SELECT * FROM authberry_event"
                " WHERE user_id = 'x' AND kind IN ('a', 'b') AND id < 'y' ORDER BY id DESC LIMIT 6"
            )
            assert "INDEX" in str(plan)
            assert "TEMP B-TREE" not in str(plan)


async def test_what_a_person_does_is_what_they_see(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """From another session too: the one it happened in is over."""
    first = data(await browser.ask(LOGIN, ADA))
    change = {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"}
    changed = data(await browser.ask(CHANGE_PASSWORD, change, token=first["accessToken"]))
    await browser.ask(LOGOUT)
    token = (await begin(auth, ada)).access_token.value
    answer = data(await browser.ask(SECURITY_EVENTS, token=token))
    assert kinds(answer) == ["LOGGED_OUT", "PASSWORD_CHANGED", "LOGIN_SUCCEEDED", "REGISTERED"]
    assert {edge["node"]["sessionId"] for edge in answer["edges"]} == {
        first["session"]["id"],
        changed["session"]["id"],
        None,
    }


async def test_what_is_stored_can_be_shown_whatever_it_is(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """Every kind that is listed has its word in the API."""
    assert {kind.name for kind in SecurityEventKind} >= {"TOKEN_REUSED", "DELETION_CANCELLED"}
    response = await browser.ask('{ __type(name: "SecurityEventKind") { enumValues { name } } }')
    names = [value["name"] for value in response.json()["data"]["__type"]["enumValues"]]
    assert names == [kind.name for kind in SecurityEventKind]
    assert codes(response) == []
