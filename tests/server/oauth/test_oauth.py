"""Introspection and revocation: for services that have a secret, and for nobody else."""

from datetime import timedelta
from typing import Any

import pytest
from browser import Browser, codes, data
from documents import CHANGE_PASSWORD, LOGIN, LOGOUT, ME, REVOKE_SESSION
from frozen_clock import FrozenClock
from log_lines import LogLines
from oauth_service import INACTIVE, ROUTES, app, introspect, post, service
from people import BROWSER, PASSWORD, begin, outcome
from rows import changes, session_row
from starlette.applications import Starlette
from statements import Statements

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.errors import SessionRevoked
from authberry.models import RefreshToken, User
from authberry.signing import LINK_PROOF, PASSWORD_PROOF, Authentication, Proof

__all__ = ["app", "service"]


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


@pytest.mark.parametrize(
    ("proof", "amr", "acr"),
    [
        (PASSWORD_PROOF, ["pwd"], "aal1"),
        (LINK_PROOF, ["otp"], "aal1"),
        (PASSWORD_PROOF.with_second(Proof(("otp",))), ["pwd", "otp", "mfa"], "aal2"),
        (Proof(("swk", "user", "mfa"), "phr"), ["swk", "user", "mfa"], "phr"),
    ],
)
async def test_an_access_token_says_how_somebody_has_logged_in(
    auth: Auth, service: Browser, ada: User, proof: Proof, amr: list[str], acr: str
) -> None:
    """What was proved, how sure that is, and when, as the token itself has it (RFC 9470)."""
    issued = await auth.sessions.begin(ada, BROWSER, RefreshTokenTransport.BODY, proof=proof)
    said = await introspect(service, issued.access_token.value)
    assert (said["amr"], said["acr"]) == (amr, acr)
    assert said["auth_time"] == int(auth.clock.now().timestamp())
    claims = await auth.signing.access_tokens.verify(issued.access_token.value)
    assert (list(claims.amr), claims.acr) == (amr, acr)


async def test_what_was_proved_in_between_is_said_for_as_long_as_it_holds(
    auth: Auth, service: Browser, ada: User, clock: FrozenClock
) -> None:
    """For a quarter of an hour; then the next token says again what the login had."""
    issued = await begin(auth, ada)
    added = Authentication(PASSWORD_PROOF).raised(
        Proof(("otp",)), clock.now(), auth.settings.step_up_ttl
    )
    with auth.database.use():
        await RefreshToken.filter(id=issued.session.id).update(proofs=added.kept)
    said = []
    for wait in (timedelta(minutes=15) - timedelta(seconds=1), timedelta(seconds=1)):
        clock.tick(wait)
        issued = await auth.sessions.refresh([issued.refresh_token], BROWSER)
        answer = await introspect(service, issued.access_token.value)
        said.append((answer["acr"], answer["amr"]))
    assert said == [("aal2", ["pwd", "otp", "mfa"]), ("aal1", ["pwd"])]


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
