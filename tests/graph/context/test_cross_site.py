"""Requests that another site made: none of them uses a cookie, and none is given one."""

from itertools import product

import httpx
import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser, codes, data
from documents import CHANGE_PASSWORD, LOGIN, LOGOUT, REFRESH_TOKEN, REGISTER
from origins import FOREIGN, FORM_TYPES, FRIEND, OWN, TRUSTED
from people import PASSWORD, begin
from rows import everything
from starlette.requests import HTTPConnection

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.graph.context.origins import GRAPHQL
from authberry.models import User

COOKIE = RefreshTokenTransport.COOKIE
LISTED = {**PRODUCTION, "allowed_origins": FRIEND}


def refused(response: httpx.Response) -> bool:
    """Whether the request was taken for another site's, and gave nothing away."""
    return (
        response.status_code == 200
        and codes(response) == ["CROSS_SITE_REQUEST"]
        and "set-cookie" not in response.headers
        and "accessToken" not in response.text
    )


async def start(make_app: MakeApp) -> tuple[Auth, Browser, Issued]:
    """A service that lists one other origin, and somebody logged in to it."""
    app = await make_app(**LISTED)
    auth: Auth = app.state.auth
    ada = await person(auth, "ada@example.com")
    issued = await begin(auth, ada, transport=COOKIE)
    browser = Browser(app, url=OWN)
    return auth, browser, issued


async def test_pages_that_are_ours_use_the_cookie(
    make_app: MakeApp, subtests: pytest.Subtests
) -> None:
    """Those of the service, those on the list, and programs that are no browser."""
    auth, browser, issued = await start(make_app)
    for headers in TRUSTED:
        with subtests.test(headers=headers):
            session = await begin(auth, issued.user, transport=COOKIE)
            browser.keep("__Host-refresh_token", session.refresh_token)
            response = await browser.ask(REFRESH_TOKEN, headers=headers)
            assert data(response)["__typename"] == "AuthPayload"
            assert "set-cookie" in response.headers
            login = {"email": "ada@example.com", "password": PASSWORD}
            response = await browser.ask(LOGIN, login, headers=headers)
            assert "set-cookie" in response.headers
            response = await browser.ask(LOGOUT, headers=headers)
            assert data(response) == {"__typename": "LoggedOut", "ok": True}
            assert browser.cookies == {}


async def test_pages_of_others_neither_use_the_cookie_nor_get_one(make_app: MakeApp) -> None:
    """Not to refresh, not to log out, not to log in, not to register: and nothing changes.

    To log somebody in to the attacker's account is an attack as well (login CSRF).
    """
    auth, browser, issued = await start(make_app)
    browser.keep("__Host-refresh_token", issued.refresh_token)
    before = await everything(auth)
    account = {"email": "ada@example.com", "password": PASSWORD}
    newcomer = {"email": "eve@example.com", "password": PASSWORD}
    change = {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"}
    acts = [
        (REFRESH_TOKEN, {}),
        (LOGOUT, {}),
        (LOGIN, account),
        (REGISTER, newcomer),
        (CHANGE_PASSWORD, change),
    ]
    for headers, (document, variables) in product(FOREIGN, acts):
        response = await browser.ask(
            document, variables, headers=headers, token=issued.access_token.value
        )
        assert refused(response), (headers, document, response.text)
    assert await everything(auth) == before


async def test_several_origins_are_none(make_app: MakeApp) -> None:
    """No browser sends two; whoever reads the first and whoever reads the last would disagree."""
    _, browser, issued = await start(make_app)
    for origins in ((OWN, OWN), (OWN, "https://evil.example"), ("https://evil.example", OWN)):
        response = await browser.send(
            json={"query": REFRESH_TOKEN},
            headers=[
                *(("Origin", origin) for origin in origins),
                ("Cookie", f"__Host-refresh_token={issued.refresh_token}"),
            ],
        )
        assert refused(response)


async def test_without_a_cookie_an_origin_does_not_matter(make_app: MakeApp) -> None:
    """A token in the body was put there by whoever holds it; nothing is sent along unasked."""
    _, browser, issued = await start(make_app)
    headers = {"Origin": "https://evil.example"}
    login = {"email": "ada@example.com", "password": PASSWORD, "transport": "BODY"}
    answer = data(await browser.ask(LOGIN, login, headers=headers))
    assert answer["__typename"] == "AuthPayload"
    token = answer["refreshToken"]
    response = await browser.ask(REFRESH_TOKEN, refreshToken=token, headers=headers)
    assert data(response)["__typename"] == "AuthPayload"
    response = await browser.ask(LOGOUT, headers=headers, token=issued.access_token.value)
    assert data(response) == {"__typename": "LoggedOut", "ok": True}
    missing = await browser.ask(REFRESH_TOKEN, headers=headers)
    assert data(missing)["code"] == "REFRESH_TOKEN_MISSING"


READERS = [REFRESH_TOKEN, LOGOUT]


async def test_what_a_form_can_send_is_not_read(
    auth: Auth, browser: Browser, in_browser: Issued, subtests: pytest.Subtests
) -> None:
    """Forms of other sites send these without asking first."""
    for document, content_type in product(READERS, FORM_TYPES):
        with subtests.test(content_type=content_type):
            before = await everything(auth)
            response = await browser.ask(document, headers={"Content-Type": content_type})
            assert response.status_code == 415
            assert codes(response) == ["BAD_REQUEST"]
            assert "set-cookie" not in response.headers
            assert await everything(auth) == before


@pytest.mark.parametrize(
    ("scheme", "method", "may"),
    [("http", "POST", True), ("http", "GET", False), ("websocket", "POST", False)],
)
async def test_only_a_post_over_http_may_use_the_cookie(
    auth: Auth, scheme: str, method: str, *, may: bool
) -> None:
    """Our server runs no mutation in another way; a host that does must not hand it the cookie."""
    headers = [(b"content-type", b"application/json")]
    connection = HTTPConnection({"type": scheme, "method": method, "headers": headers})
    assert GRAPHQL.may_use(connection, auth.settings) is may


LOOPBACK = [
    ("http://127.0.0.1:8000", True),
    ("http://localhost:5173", True),
    ("https://localhost", True),
    ("http://[::1]:3000", True),
    ("http://localhost.evil.example", False),
    ("http://localhost:5173.evil.example", False),
    ("http://127.0.0.1.evil.example", False),
    ("http://evil.example#localhost", False),
    ("http://192.168.0.1:8000", False),
    ("null", False),
]


async def test_in_development_every_loopback_origin_is_ours(
    browser: Browser, in_browser: Issued, subtests: pytest.Subtests
) -> None:
    """A frontend's own server has a port of its own."""
    for origin, is_ours in LOOPBACK:
        with subtests.test(origin):
            response = await browser.ask(REFRESH_TOKEN, headers={"Origin": origin})
            assert refused(response) is not is_ours


async def test_a_change_of_password_over_a_cookie_session_needs_our_origin_only_for_its_cookie(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """A session in the body is changed from anywhere: its answer sets no cookie."""
    session = await begin(auth, ada, transport=RefreshTokenTransport.BODY)
    change = {"currentPassword": PASSWORD, "newPassword": "another horse, another staple"}
    response = await browser.ask(
        CHANGE_PASSWORD,
        change,
        token=session.access_token.value,
        headers={"Origin": "https://evil.example"},
    )
    assert data(response)["__typename"] == "AuthPayload"
