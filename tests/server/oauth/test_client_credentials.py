"""Which services may ask for introspection and revocation, and in which form."""

import base64

import pytest
from apps import MakeApp
from browser import Browser, codes
from log_lines import LogLines
from oauth_service import (
    BILLING,
    FORM,
    INACTIVE,
    ROUTES,
    SEARCH,
    app,
    basic,
    introspect,
    post,
    service,
)

from authberry import Issued

__all__ = ["app", "service"]


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
