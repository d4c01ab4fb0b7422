"""Introspection and revocation: for services that have a secret, and for nobody else."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from apps import MakeApp
from browser import Browser, codes, data
from documents import CHANGE_PASSWORD, LOGIN, LOGOUT, ME, REVOKE_SESSION
from frozen_clock import FrozenClock
from log_lines import LogLines
from people import BROWSER, PASSWORD, begin, outcome
from rows import changes, session_row
from starlette.applications import Starlette
from statements import Statements

from authberry import Auth, Issued
from authberry.errors import SessionRevoked
from authberry.models import User

BILLING = "c2VjcmV0IG9mIHRoZSBiaWxsaW5nIHNlcnZpY2UsIGZvciB0ZXN0cw"
SEARCH = "b25lIG1vcmUgZm9yIHRoZSBzZWFyY2ggc2VydmljZSwgZm9yIHRlc3Rz"
CLIENTS = f"billing:{BILLING},search-1.internal:{SEARCH}"
FORM = "application/x-www-form-urlencoded"
ROUTES = ("/oauth/introspect", "/oauth/revoke")
INACTIVE = {"active": False}


@pytest.fixture
async def app(make_app: MakeApp) -> Starlette:
    """An application with two services."""
    return await make_app(oauth_clients=CLIENTS)


@pytest.fixture
def service(app: Starlette) -> Browser:
    """A program of the billing service's, at an address of its own."""
    return Browser(app, address="198.51.100.20")


def basic(client_id: str = "billing", secret: str = BILLING) -> str:
    """The header of RFC 6749, section 2.3.1."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


async def post(
    service: Browser,
    path: str,
    form: Mapping[str, str] | str,
    headers: Mapping[str, str | None] | None = None,
) -> httpx.Response:
    """Send a form, as the billing service unless the headers say otherwise."""
    pairs = form if isinstance(form, str) else str(httpx.QueryParams(form))
    sent = {"Content-Type": FORM, "Authorization": basic(), **(headers or {})}
    return await service.send("POST", path, content=pairs, headers=sent)


async def introspect(service: Browser, token: str, **form: str) -> Any:
    """What is said of a token."""
    answer = await post(service, "/oauth/introspect", {"token": token, **form})
    assert answer.status_code == 200, answer.text
    return answer.json()


# Introspection


@pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "saml2"])
async def test_either_token_is_known_whatever_the_hint(
    service: Browser, issued: Issued, hint: str
) -> None:
    """A hint is a hint (RFC 7662, section 2.1); the answer is kept by nobody."""
    for token, kind in ((issued.access_token.value, "Bearer"), (issued.refresh_token, None)):
        answer = await post(
            service, "/oauth/introspect", {"token": token, "token_type_hint": hint, "other": "x"}
        )
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        said = answer.json()
        assert (said["active"], said["sid"]) == (True, str(issued.session.id))
        assert said.get("token_type") == kind
    assert await introspect(service, "garbage") == INACTIVE


async def test_a_session_is_inactive_as_soon_as_its_end_was_answered(
    app: Starlette, auth: Auth, service: Browser, ada: User
) -> None:
    """By logout, from another device, by a change of password, and when the account is disabled."""
    device, other = Browser(app), Browser(app)
    login = {"email": "ada@example.com", "password": PASSWORD}

    async def logged_in() -> Any:
        payload = data(await device.ask(LOGIN, login))
        assert (await introspect(service, payload["accessToken"]))["active"]
        return payload

    gone = await logged_in()
    await device.ask(LOGOUT)
    assert await introspect(service, gone["accessToken"]) == INACTIVE

    gone, elsewhere = await logged_in(), data(await other.ask(LOGIN, login))["accessToken"]
    revoked = await other.ask(REVOKE_SESSION, token=elsewhere, id=gone["session"]["id"])
    assert data(revoked)["count"] == 1
    assert await introspect(service, gone["accessToken"]) == INACTIVE

    gone, new = await logged_in(), "battery staple horse correct"
    await other.ask(CHANGE_PASSWORD, token=elsewhere, currentPassword=PASSWORD, newPassword=new)
    assert await introspect(service, gone["accessToken"]) == INACTIVE
    login["password"] = new

    gone = await logged_in()
    await auth.accounts.disable(ada, BROWSER)
    assert await introspect(service, gone["accessToken"]) == INACTIVE


async def test_a_database_that_is_away_is_not_a_no(
    service: Browser, issued: Issued, statements: Statements
) -> None:
    """503: a service that took it for inactive would log everybody out."""
    await introspect(service, issued.refresh_token)
    for path in ROUTES:
        with statements.broken():
            answer = await post(service, path, {"token": issued.refresh_token})
        assert answer.status_code == 503
        assert answer.json()["error"] == "temporarily_unavailable"
        assert answer.headers["retry-after"] == "1"


# Revocation


async def test_a_revoked_token_ends_its_session_at_once(
    auth: Auth, service: Browser, browser: Browser, ada: User, log: LogLines
) -> None:
    """By either token: neither is good any more, and the log knows which service it was."""
    for kind in ("access", "refresh"):
        issued, other = await begin(auth, ada), await begin(auth, ada)
        before = await session_row(auth, issued)
        token = issued.access_token.value if kind == "access" else issued.refresh_token
        log.start()

        answer = await post(service, "/oauth/revoke", {"token": token})

        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["cache-control"] == "no-store"
        assert changes(before, await session_row(auth, issued)) == {
            "revoked_at": auth.clock.now(),
            "revoked_reason": "logout",
        }
        assert codes(await browser.ask(ME, token=issued.access_token.value)) == ["UNAUTHENTICATED"]
        assert await outcome(auth, issued.refresh_token) is SessionRevoked
        assert await introspect(service, issued.access_token.value) == INACTIVE
        assert (await introspect(service, other.access_token.value))["active"]
        assert [one for one in log.events if one["event"] == "logged_out"][-1] == {
            "event": "logged_out",
            "level": "info",
            "user_id": str(issued.user.id),
            "session_id": str(issued.session.id),
            "client_id": "billing",
            "address": "198.51.100.20",
        }


async def test_an_expired_access_token_still_ends_its_session(
    auth: Auth, service: Browser, issued: Issued, clock: FrozenClock
) -> None:
    """Its session may live much longer than it."""
    clock.tick(3600)
    await post(service, "/oauth/revoke", {"token": issued.access_token.value})
    assert await outcome(auth, issued.refresh_token) is SessionRevoked


async def test_a_rotated_refresh_token_still_ends_its_session(
    auth: Auth, service: Browser, issued: Issued, clock: FrozenClock
) -> None:
    """Of whatever generation; to give a token up is never to reuse it."""
    clock.tick(60)
    current = (await auth.sessions.refresh([issued.refresh_token], BROWSER)).refresh_token
    clock.tick(3600)
    await post(service, "/oauth/revoke", {"token": issued.refresh_token})
    assert (await session_row(auth, issued))["revoked_reason"] == "logout"
    assert await outcome(auth, current) is SessionRevoked


@pytest.mark.parametrize("token", ["garbage", "a.b.c", "A" * 91])
async def test_what_names_no_session_is_as_good_as_revoked(service: Browser, token: str) -> None:
    """200 as well (RFC 7009, section 2.2), and doing it twice is no error."""
    for _ in range(2):
        answer = await post(service, "/oauth/revoke", {"token": token, "token_type_hint": "odd"})
        assert (answer.status_code, answer.content) == (200, b"")


# Who may ask


@pytest.mark.parametrize("path", ROUTES)
async def test_a_service_proves_itself_in_the_header_or_in_the_form(
    service: Browser, path: str
) -> None:
    """`client_secret_basic`, encoded or not, and `client_secret_post`; the scheme in any case."""
    plain = base64.b64encode(f"search-1.internal:{SEARCH}".encode()).decode()
    full = "".join(f"%{ord(sign):02X}" for sign in f"{SEARCH}")
    encoded = base64.b64encode(f"search%2D1.internal:{full}".encode()).decode()
    posted = {"client_id": "search-1.internal", "client_secret": SEARCH}
    for form, header in (
        ({}, basic()),
        ({"client_id": "billing"}, basic()),
        ({}, f"Basic {plain}"),
        ({}, f"basic  {encoded}"),
        (posted, None),
    ):
        answer = await post(service, path, {"token": "x", **form}, {"Authorization": header})
        assert answer.status_code == 200, (form, header, answer.text)


REFUSED: list[tuple[dict[str, str], str | None]] = [
    ({}, None),
    ({"client_id": "billing"}, None),
    ({"client_secret": BILLING}, None),
    ({"client_id": "billing", "client_secret": SEARCH}, None),
    ({"client_id": "nobody", "client_secret": BILLING}, None),
    ({"client_id": "billing", "client_secret": f"{BILLING}\u00e9"}, None),
    ({}, basic(secret=SEARCH)),
    ({}, basic(secret="")),
    ({}, basic("nobody")),
    ({}, basic("Billing")),
    ({}, basic("billing", BILLING[:-1])),
    ({}, f"Bearer {BILLING}"),
    ({}, "Basic"),
    ({}, "Basic ???"),
    ({}, f"Basic {base64.b64encode(b'billing').decode()}"),
    ({}, f"Basic {base64.b64encode(bytes([255, 58, 255])).decode()}"),
    ({}, f"Basic {base64.b64encode(b'billing:%FF').decode()}"),
]


@pytest.mark.parametrize(("form", "header"), REFUSED)
async def test_whoever_does_not_is_refused(
    service: Browser, issued: Issued, form: dict[str, str], header: str | None
) -> None:
    """401 in the words of RFC 6749, section 5.2, and nothing is said or done about the token."""
    for path in ROUTES:
        sent = {"token": issued.access_token.value, **form}
        answer = await post(service, path, sent, {"Authorization": header})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="authberry", charset="UTF-8"'
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert (set(body), body["error"]) == ({"error", "error_description"}, "invalid_client")
    assert (await introspect(service, issued.access_token.value))["active"]


async def test_who_was_refused_is_in_the_log(service: Browser, log: LogLines) -> None:
    """By id where there is one; what a stranger wrote is not repeated."""
    log.start()
    await post(service, "/oauth/introspect", {"token": "x"}, {"Authorization": basic(secret="x")})
    await post(service, "/oauth/revoke", {"token": "x"}, {"Authorization": basic("sentinel")})
    refused = {"event": "client_refused", "level": "warning", "address": "198.51.100.20"}
    assert log.events == [
        {**refused, "client_id": "billing", "reason": "wrong secret"},
        {**refused, "reason": "unknown client"},
    ]
    assert "sentinel" not in log.text


@pytest.mark.parametrize("path", ROUTES)
async def test_no_secret_and_no_token_is_logged(
    service: Browser, issued: Issued, log: LogLines, path: str
) -> None:
    """Whatever is wrong."""
    log.start()
    for token in (issued.access_token.value, issued.refresh_token, "sentinel-token"):
        await post(service, path, {"token": token})
        await post(service, path, {"token": token}, {"Authorization": basic(secret="sentinel")})
        await post(service, path, f"token={token}&token={token}")
    for secret in (issued.access_token.value, issued.refresh_token, BILLING, "sentinel"):
        assert secret not in log.text


async def test_a_secret_is_changed_without_a_gap(make_app: MakeApp) -> None:
    """A service that stands twice may use either."""
    service = Browser(await make_app(oauth_clients=f"billing:{BILLING},billing:{SEARCH}"))
    for secret in (BILLING, SEARCH):
        answer = await post(
            service, "/oauth/introspect", {"token": "x"}, {"Authorization": basic(secret=secret)}
        )
        assert answer.json() == INACTIVE


# What is no request

T = "token=x"
MALFORMED: list[tuple[str, str, dict[str, str | None], int]] = [
    ("no token", "", {}, 400),
    ("an empty token", "token=", {}, 400),
    ("two tokens", "token=x&token=y", {}, 400),
    ("one of them empty", "token=x&token", {}, 400),
    ("a hint twice", f"{T}&token_type_hint=a&token_type_hint=a", {}, 400),
    ("a stranger's parameter twice", f"{T}&a=1&a=2", {}, 400),
    ("both ways at once", f"{T}&client_id=billing&client_secret={BILLING}", {}, 400),
    ("another id in the form", f"{T}&client_id=search-1.internal", {}, 400),
    ("no UTF-8", "token=%FF", {}, 400),
    ("JSON", '{"token": "x"}', {"Content-Type": "application/json"}, 415),
    ("no type", T, {"Content-Type": None}, 415),
    ("multipart", T, {"Content-Type": "multipart/form-data; boundary=x"}, 415),
    ("endless", "token=" + "x" * 70_000, {}, 413),
]


@pytest.mark.parametrize(
    ("form", "headers", "status"),
    [case[1:] for case in MALFORMED],
    ids=[case[0] for case in MALFORMED],
)
async def test_what_is_no_request_is_refused(
    service: Browser, form: str, headers: dict[str, str | None], status: int
) -> None:
    """As `invalid_request`, with a sentence for whoever writes the service."""
    for path in ROUTES:
        answer = await post(service, path, form, headers)
        assert answer.status_code == status
        body = answer.json()
        assert (set(body), body["error"]) == ({"error", "error_description"}, "invalid_request")
        assert '"' not in body["error_description"]


async def test_two_authorization_headers_are_refused(service: Browser) -> None:
    """Which one counts would be a guess."""
    headers = [("Content-Type", FORM), ("Authorization", basic()), ("Authorization", basic())]
    answer = await service.send("POST", "/oauth/introspect", content=T, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
async def test_only_a_post_is_served(service: Browser, path: str, method: str) -> None:
    """A token in a query string would be in every log on the way."""
    answer = await service.send(method, f"{path}?token=x", headers={"Authorization": basic()})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_without_a_service_there_is_nothing_to_ask(make_app: MakeApp) -> None:
    """404, as for any path that does not exist."""
    service = Browser(await make_app())
    for path in ROUTES:
        answer = await post(service, path, {"token": "x"})
        assert (answer.status_code, codes(answer)) == (404, ["BAD_REQUEST"])
