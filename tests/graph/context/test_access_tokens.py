"""The `Authorization` header: who is known to be asking."""

import base64
import json
from typing import Any

import pytest
from apps import MakeApp
from browser import Browser, codes, data
from documents import ME, REFRESH_TOKEN
from frozen_clock import NOON, FrozenClock
from people import begin, refresh
from rows import everything

from authberry import Auth, Client, Issued

FACTS = "{ __typename me { name } }"


def reason(response: Any) -> str:
    """Why the guarded field of `FACTS` refused; the public one is always answered."""
    body = response.json()
    assert body["data"] == {"__typename": "Query", "me": None}
    (error,) = body["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"
    return str(error["extensions"]["reason"])


def claims_of(token: str) -> dict[str, Any]:
    """What anybody can read in a token."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
    return claims


SCHEMES = ["Bearer", "bearer", "BEARER", " Bearer ", "Bearer   "]


async def test_the_scheme_is_spelt_in_any_case(
    browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """RFC 9110, section 11.1."""
    for scheme in SCHEMES:
        with subtests.test(scheme):
            header = f"{scheme} {issued.access_token.value} "
            response = await browser.ask(FACTS, headers={"Authorization": header})
            assert response.json()["data"]["me"] == {"name": "Ada"}


BAD_HEADERS = [
    (None, "TOKEN_MISSING"),
    (b"", "TOKEN_MISSING"),
    (b"Basic YWRhOnB3", "TOKEN_MISSING"),
    (b"{token}", "TOKEN_MISSING"),
    (b"Bearer:{token}", "TOKEN_MISSING"),
    (b"Bearer\t{token}", "TOKEN_MISSING"),
    (b"\xff\xfe", "TOKEN_MISSING"),
    (b"Bearer", "TOKEN_INVALID"),
    (b"Bearer ", "TOKEN_INVALID"),
    (b"Bearer x", "TOKEN_INVALID"),
    (b"Bearer ..", "TOKEN_INVALID"),
    (b"Bearer null", "TOKEN_INVALID"),
    (b"Bearer \xff\xfe", "TOKEN_INVALID"),
    (b"Bearer {token}=", "TOKEN_INVALID"),
    (b"Bearer {token}.", "TOKEN_INVALID"),
    (b"Bearer {token} {token}", "TOKEN_INVALID"),
    (b"Bearer {token},", "TOKEN_INVALID"),
    (b'Bearer "{token}"', "TOKEN_INVALID"),
    (b"Bearer \xc2\xa0{token}", "TOKEN_INVALID"),
    (b"Bearer " + b"A" * 100_000, "TOKEN_INVALID"),
    (b"Bearer " + b"a.b." * 10_000, "TOKEN_INVALID"),
]


async def test_a_bad_header_is_nobody_and_no_fault(
    browser: Browser, issued: Issued, subtests: pytest.Subtests
) -> None:
    """Public fields answer as ever; guarded ones say why they do not."""
    for header, why in BAD_HEADERS:
        with subtests.test(header=header):
            headers: list[tuple[str, str | bytes]] = [("Origin", browser.origin)]
            if header is not None:
                value = header.replace(b"{token}", issued.access_token.value.encode())
                headers.append(("Authorization", value))
            response = await browser.send(json={"query": FACTS}, headers=headers)
            assert response.status_code == 200
            assert reason(response) == why


async def test_two_headers_are_none(browser: Browser, issued: Issued) -> None:
    """Whoever stands in front of us may have looked at the other one."""
    header = ("Authorization", f"Bearer {issued.access_token.value}")
    for second in (header, ("Authorization", "Bearer x"), ("Authorization", "")):
        for headers in ([header, second], [second, header]):
            response = await browser.send(json={"query": FACTS}, headers=headers)
            assert reason(response) == "TOKEN_INVALID"


async def test_a_token_anywhere_else_is_not_seen(browser: Browser, issued: Issued) -> None:
    """Not in the address, which is logged everywhere; not in the body; not in a cookie."""
    token = issued.access_token.value
    in_address = await browser.send(
        path=f"/graphql?access_token={token}&token={token}", json={"query": FACTS}
    )
    assert reason(in_address) == "TOKEN_MISSING"
    in_body = await browser.send(
        json={"query": FACTS, "access_token": token, "extensions": {"authorization": token}}
    )
    assert reason(in_body) == "TOKEN_MISSING"
    in_cookie = await browser.ask(FACTS, headers={"Cookie": f"access_token={token}"})
    assert reason(in_cookie) == "TOKEN_MISSING"
    x_header = await browser.ask(FACTS, headers={"X-Access-Token": token})
    assert reason(x_header) == "TOKEN_MISSING"


async def test_a_token_is_good_until_it_expires_and_half_a_minute_more(
    browser: Browser, issued: Issued, clock: FrozenClock
) -> None:
    """The half minute is for clocks that differ."""
    token = issued.access_token.value
    for age, known in ((0, True), (329, True), (330, False), (-29, True), (-31, False)):
        clock.time = NOON
        clock.tick(age)
        response = await browser.ask(FACTS, token=token)
        if known:
            assert response.json()["data"]["me"] == {"name": "Ada"}
        else:
            assert reason(response) == ("TOKEN_EXPIRED" if age > 0 else "TOKEN_INVALID")


async def test_neither_kind_of_token_works_as_the_other(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """An access token renews nothing, and a refresh token opens nothing."""
    before = await everything(auth)
    assert reason(await browser.ask(FACTS, token=issued.refresh_token)) == "TOKEN_INVALID"
    renewed = await browser.ask(REFRESH_TOKEN, refreshToken=issued.access_token.value)
    assert data(renewed)["code"] == "REFRESH_TOKEN_INVALID"
    assert await everything(auth) == before


async def test_a_token_says_this_and_no_more(
    auth: Auth, browser: Browser, issued: Issued, clock: FrozenClock
) -> None:
    """Whoever holds it can read it: no address, no name (RFC 9068, section 2.2)."""
    first = claims_of(issued.access_token.value)
    noon = int(NOON.timestamp())
    assert first == {
        "iss": "http://127.0.0.1:8000",
        "sub": str(issued.user.id),
        "aud": "http://127.0.0.1:8000",
        "client_id": "authberry",
        "exp": noon + 300,
        "iat": noon,
        "jti": first["jti"],
        "sid": str(issued.session.id),
        "roles": ["admin"],
        "auth_time": noon,
        "amr": ["pwd"],
        "acr": "aal1",
    }
    clock.tick(60)
    second = claims_of((await refresh(auth, issued.refresh_token)).access_token.value)
    assert second == {**first, "exp": noon + 360, "iat": noon + 60, "jti": second["jti"]}
    assert len(second["jti"]) == 22
    assert second["jti"] != first["jti"]


async def test_another_process_knows_of_a_revocation_at_once(
    make_app: MakeApp, browser: Browser, issued: Issued, auth: Auth
) -> None:
    """Nobody's memory stands between the row and the answer."""
    second = Browser(await make_app())
    token = issued.access_token.value
    assert data(await second.ask(ME, token=token))["name"] == "Ada"
    await auth.sessions.revocation.revoke_by_id(issued.session.id, Client())
    response = await second.ask(ME, token=token)
    assert codes(response) == ["UNAUTHENTICATED"]
    assert response.json()["errors"][0]["extensions"]["reason"] == "SESSION_REVOKED"


async def test_a_token_of_another_service_is_nobody(
    make_app: MakeApp, browser: Browser, issued: Issued
) -> None:
    """The same keys and the same database under another name: neither issuer nor audience fits."""
    for settings in ({"public_url": "http://127.0.0.1:9000"}, {"audience": "https://api.example"}):
        other = Browser(await make_app(**settings))
        assert reason(await other.ask(FACTS, token=issued.access_token.value)) == "TOKEN_INVALID"


async def test_a_rotation_of_keys_logs_nobody_out(
    auth: Auth, browser: Browser, issued: Issued, clock: FrozenClock
) -> None:
    """Old tokens are good until they expire, whichever key signs by now."""
    await auth.signing.keys.rotate(immediately=True)
    clock.tick(60)
    session = await begin(auth, issued.user)
    assert session.access_token.value.split(".")[0] != issued.access_token.value.split(".")[0]
    for token in (issued.access_token.value, session.access_token.value):
        assert data(await browser.ask(ME, token=token))["name"] == "Ada"
