"""Where a request comes from decides whether a route takes the cookie: every row of the rule."""

from collections.abc import Mapping

import pytest
from apps import PRODUCTION, MakeApp, person
from browser import Browser
from people import begin
from route_answers import refused
from route_hosts import route_host

from authberry import RefreshTokenTransport

pytestmark = pytest.mark.one_process("the host holds one Auth")

OWN, FRIEND, EVIL = "https://auth.example.com", "https://app.example.net", "https://evil.example"
EMAIL = "ada@example.com"
FORM, UPLOAD = "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"
JSON = "application/json"
SITES = ("cross-site", "same-site", "same-origin", "none")


def fetched(site: str, mode: str, dest: str, **more: str) -> dict[str, str]:
    """What a browser says of a request (W3C, Fetch Metadata)."""
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest, **more}


ALSO_READ: list[Mapping[str, str]] = [
    {},  # a program, or a browser of before
    *(fetched(site, "navigate", "document") for site in SITES),
    *(fetched("same-origin", mode, "empty") for mode in ("cors", "no-cors", "same-origin")),
    fetched("same-origin", "navigate", "iframe"),
    fetched("same-origin", "no-cors", "image"),
    fetched("cross-site", "cors", "empty", Origin=FRIEND),
    {"Origin": OWN},
]
ANONYMOUS: list[Mapping[str, str]] = [
    *(
        fetched(site, mode, dest)
        for site in ("cross-site", "same-site")
        for mode, dest in (
            ("navigate", "iframe"),
            ("navigate", "frame"),
            ("navigate", "object"),
            ("navigate", "embed"),
            ("no-cors", "image"),
            ("no-cors", "script"),
            ("no-cors", "style"),
            ("no-cors", "empty"),
            ("cors", "empty"),
        )
    ),
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    fetched("cross-site", "cors", "empty", Origin=EVIL),
    fetched("same-site", "cors", "empty", Origin="https://www.example.com"),
    {"Origin": "null"},
    {"Origin": EVIL},
]
CHANGES: list[tuple[Mapping[str, str], str]] = [
    *(({"Origin": OWN}, kind) for kind in (FORM, UPLOAD, JSON, "text/plain")),
    (fetched("same-origin", "navigate", "document", Origin=OWN), FORM),
    (fetched("cross-site", "navigate", "document", Origin=FRIEND), FORM),
    *((fetched("same-origin", "navigate", "document"), kind) for kind in (FORM, UPLOAD, JSON)),
    # Of a page that is sent with `Referrer-Policy: no-referrer`.
    (fetched("same-origin", "navigate", "document", Origin="null"), FORM),
    ({}, JSON),
    ({}, f"{JSON}; charset=utf-8"),
]
REFUSED: list[tuple[Mapping[str, str], str]] = [
    *(({}, kind) for kind in (FORM, UPLOAD, "text/plain", "")),
    *(
        (fetched(site, "navigate", "document"), kind)
        for site in ("cross-site", "same-site", "none")
        for kind in (FORM, UPLOAD, "text/plain", JSON)
    ),
    *((fetched("cross-site", "navigate", "document", Origin=EVIL), kind) for kind in (FORM, JSON)),
    (fetched("same-origin", "navigate", "document", Origin=EVIL), FORM),
    (fetched("same-site", "navigate", "document", Origin="https://www.example.com"), FORM),
    (fetched("cross-site", "navigate", "document", Origin="null"), FORM),
    ({"Origin": "null"}, FORM),
    ({"Origin": "null"}, JSON),
    ({"Origin": "http://auth.example.com"}, FORM),
    ({"Origin": f"{OWN}, {OWN}"}, FORM),
    ({"Origin": ""}, FORM),
]


@pytest.fixture
async def held(make_app: MakeApp, framework: str) -> Browser:
    """The browser of Ada, who is logged in at a service that lists one other origin."""
    app = await make_app(**PRODUCTION, allowed_origins=FRIEND)
    auth = app.state.auth
    issued = await begin(auth, await person(auth, EMAIL), transport=RefreshTokenTransport.SESSION)
    browser = Browser(route_host(framework, auth), url=OWN)
    browser.keep("__Host-session", issued.refresh_token)
    return browser


async def test_a_page_that_somebody_is_led_to_knows_them(
    held: Browser, subtests: pytest.Subtests
) -> None:
    """Wherever the link is; and whatever a page of ours loads."""
    for headers in ALSO_READ:
        with subtests.test(headers=headers):
            for path in ("/page", "/anybody"):
                response = await held.send("GET", path, headers=headers)
                assert (response.status_code, response.json()) == (200, EMAIL)
            assert (await held.send("HEAD", "/page", headers=headers)).status_code in {200, 204}


async def test_what_another_site_loads_is_for_nobody(
    held: Browser, subtests: pytest.Subtests
) -> None:
    """The same as without a cookie, so that it learns nothing from it either."""
    for headers in ANONYMOUS:
        with subtests.test(headers=headers):
            refusal = await held.send("GET", "/page", headers=headers)
            assert refused(refusal) == (401, "Bearer", "UNAUTHENTICATED")
            anybody = await held.send("GET", "/anybody", headers=headers)
            assert (anybody.status_code, anybody.json()) == (200, None)
            stranger = Browser(held.app, url=OWN)
            without = await stranger.send("GET", "/page", headers=headers)
            assert (without.status_code, without.content) == (refusal.status_code, refusal.content)


async def test_a_form_of_ours_is_taken(held: Browser, subtests: pytest.Subtests) -> None:
    """By where it comes from; a program by what it sends."""
    for headers, kind in CHANGES:
        with subtests.test(headers=headers, kind=kind):
            sent = {**headers, "Content-Type": kind}
            for path in ("/page", "/anybody"):
                response = await held.send("POST", path, headers=sent, content=b"")
                assert (response.status_code, response.json()) == (200, EMAIL)
            assert (await held.send("DELETE", "/page", headers=sent)).json() == EMAIL


async def test_a_form_of_another_site_is_refused(held: Browser, subtests: pytest.Subtests) -> None:
    """Where somebody has to be known; where not, it is nobody's."""
    for headers, kind in REFUSED:
        with subtests.test(headers=headers, kind=kind):
            sent = {**headers, "Content-Type": kind or None}
            for method in ("POST", "DELETE"):
                response = await held.send(method, "/page", headers=sent)
                assert refused(response) == (403, None, "CROSS_SITE_REQUEST")
            assert (await held.send("POST", "/anybody", headers=sent)).json() is None


async def test_two_origins_are_none(held: Browser) -> None:
    """However good the first is."""
    headers = [("Origin", OWN), ("Origin", OWN), ("Content-Type", FORM)]
    response = await held.send("POST", "/page", headers=headers)
    assert refused(response) == (403, None, "CROSS_SITE_REQUEST")
