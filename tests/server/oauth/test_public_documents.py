"""The key set, the metadata and the origins of passkeys: any page may ask, nobody twice."""

import pytest
from apps import PRODUCTION
from browser import Browser
from starlette.applications import Starlette

from authberry import Auth
from authberry.server.oauth import JWKS, METADATA, OPENID_CONFIGURATION
from authberry.server.related_origins import RELATED_ORIGINS

URL = PRODUCTION["public_url"]
DOCUMENTS = (JWKS, METADATA, OPENID_CONFIGURATION, RELATED_ORIGINS)
STRANGER = {"Origin": "https://elsewhere.example"}


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_any_page_may_ask_with_any_header(production: Starlette, path: str) -> None:
    """The preflight that a tracer's header causes is answered, and is for no credentials."""
    wanted = {"Access-Control-Request-Headers": "traceparent, x-datadog-trace-id"}
    asked = {**STRANGER, "Access-Control-Request-Method": "GET", **wanted}
    response = await Browser(production, url=URL).send("OPTIONS", path, headers=asked)
    assert response.status_code == 204
    grants = {name: value for name, value in response.headers.items() if "allow" in name}
    assert grants == {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET",
        "access-control-allow-headers": "traceparent, x-datadog-trace-id",
    }


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_whoever_has_it_is_told_that_it_is_still_so(production: Starlette, path: str) -> None:
    """By its `ETag` (RFC 9110, 13.1.2), which others may stand beside, and weakened on the way."""
    browser = Browser(production, url=URL)
    first = await browser.send("GET", path, headers=STRANGER)
    tag = first.headers["etag"]
    assert first.headers["access-control-expose-headers"] == "ETag"
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await browser.send("GET", path, headers={**STRANGER, "If-None-Match": held})
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "cache-control", "access-control-allow-origin"):
            assert again.headers[name] == first.headers[name]
    other = await browser.send("GET", path, headers={"If-None-Match": '"other"'})
    assert (other.status_code, other.content) == (200, first.content)


@pytest.mark.one_process("the keys of one are rotated")
async def test_another_key_set_has_another_tag(app: Starlette) -> None:
    """Or a verifier would keep a set without the newest key."""
    browser = Browser(app)
    before = (await browser.send("GET", JWKS)).headers["etag"]
    auth: Auth = app.state.auth
    await auth.signing.keys.rotate()
    after = await browser.send("GET", JWKS, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["etag"] != before
