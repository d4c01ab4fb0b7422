"""Who is behind a session's cookie, as a process finds them: nothing of before a change."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, begin
from rows import session_row
from statements import Statements

from authberry import Auth, Issued, RefreshTokenTransport
from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.logins import PresentedProof
from authberry.models import User
from authberry.tokens.jose import Key

MakeAuth = Callable[..., Awaitable[Auth]]
SESSION = RefreshTokenTransport.SESSION
DAY = timedelta(days=1)
OLD, NEW = "1-old-secret-of-the-server-abcdefghijklm", "2-new-secret-of-the-server-nopqrstuvwxyz"


@pytest.fixture
async def other(make_auth: MakeAuth) -> Auth:
    """Another process."""
    return await make_auth()


@pytest.fixture
async def held(auth: Auth, ada: User) -> Issued:
    """A session that a cookie stands for."""
    return await begin(auth, ada, transport=SESSION)


async def reason(auth: Auth, value: str) -> UnauthenticatedReason | None:
    """Why a process takes a cookie for nobody's; None where it does not."""
    try:
        await auth.sessions.cookies.viewer((value,))
    except Unauthenticated as refusal:
        return refusal.reason
    return None


async def test_every_process_hears_of_the_end_at_once(
    auth: Auth, other: Auth, held: Issued
) -> None:
    """Also one that has just seen who it is, and remembers."""
    for _ in range(5):
        assert await reason(other, held.refresh_token) is None
    await auth.sessions.revocation.logout(None, (held.refresh_token,), BROWSER)
    assert await reason(other, held.refresh_token) is UnauthenticatedReason.SESSION_REVOKED


async def test_every_process_knows_the_new_cookie_at_once(auth: Auth, other: Auth) -> None:
    """Though it remembers the session with the one before."""
    grace = await auth.accounts.create("grace@example.com", PASSWORD)
    held = await begin(auth, grace, transport=SESSION)
    for _ in range(5):
        assert await reason(other, held.refresh_token) is None
    asking = await auth.sessions.cookies.viewer((held.refresh_token,))
    proof = PresentedProof(password=PASSWORD)
    proved = await auth.logins.step_up.reauthenticate(asking, proof, BROWSER)
    viewer = await other.sessions.cookies.viewer((proved.refresh_token,))
    claims = other.sessions.cookies.claims(viewer)
    assert claims.authenticated_at == proved.session.authenticated_at


async def test_roles_and_whoever_is_disabled_hold_at_once(
    auth: Auth, other: Auth, ada: User, held: Issued
) -> None:
    """The cookie says who it is and nothing else."""
    viewer = await other.sessions.cookies.viewer((held.refresh_token,))
    assert other.sessions.cookies.claims(viewer).roles == ("admin",)
    with auth.database.use():
        await User.filter(id=ada.id).update(roles=["editor"])
    await auth.sessions.viewers.propagate()
    viewer = await other.sessions.cookies.viewer((held.refresh_token,))
    assert other.sessions.cookies.claims(viewer).roles == ("editor",)
    await auth.accounts.disable(ada, BROWSER)
    assert await reason(other, held.refresh_token) is UnauthenticatedReason.SESSION_REVOKED


async def test_a_use_is_written_once_a_minute(auth: Auth, held: Issued, clock: FrozenClock) -> None:
    """However many ask at once: one writes, and the secret stays as it is."""
    begun = await session_row(auth, held)
    clock.tick(59)
    await reason(auth, held.refresh_token)
    assert await session_row(auth, held) == begun
    clock.tick(2)
    await asyncio.gather(*(reason(auth, held.refresh_token) for _ in range(20)))
    used = await session_row(auth, held)
    assert used["last_used_at"] - begun["last_used_at"] == timedelta(seconds=61)
    assert used["expires_at"] - begun["expires_at"] == timedelta(seconds=61)
    same = {"last_used_at", "expires_at"}
    assert {k: v for k, v in used.items() if k not in same} == {
        k: v for k, v in begun.items() if k not in same
    }
    clock.tick(30)
    await reason(auth, held.refresh_token)
    assert await session_row(auth, held) == used


async def test_no_use_leads_beyond_the_absolute_limit(
    auth: Auth, held: Issued, clock: FrozenClock
) -> None:
    """Nor wakes a session that has ended."""
    for _ in range(7):
        clock.tick(DAY.total_seconds() * 12)
        assert await reason(auth, held.refresh_token) is None
    row = await session_row(auth, held)
    assert row["expires_at"] == row["absolute_expires_at"]
    clock.tick(DAY.total_seconds() * 7)
    assert await reason(auth, held.refresh_token) is UnauthenticatedReason.SESSION_REVOKED
    assert await session_row(auth, held) == row


async def test_nonsense_costs_no_query(auth: Auth, held: Issued, statements: Statements) -> None:
    """What this service has not made is known by its seal."""
    flipped = held.refresh_token[:-1] + ("A" if held.refresh_token[-1] != "A" else "B")
    refresh = await begin(auth, held.user)
    statements.seen.clear()
    for value in ("", "x", "A" * 91, flipped, refresh.refresh_token, "\u00e9" * 91):
        assert await reason(auth, value) is UnauthenticatedReason.TOKEN_INVALID
    assert statements.seen == []


@pytest.mark.parametrize("after", [(NEW, OLD), (OLD, NEW)])
async def test_a_new_secret_of_the_server_logs_nobody_out(
    make_auth: MakeAuth, after: tuple[str, ...]
) -> None:
    """While the one of before is still among them; a proof is sealed with the first."""
    keys = json.dumps({"keys": [dict(Key.generate("ES256").jwk)]})
    one = await make_auth(secret=(OLD,), signing_keys=keys)
    ada = await one.accounts.create("ada@example.com", PASSWORD)
    held = await begin(one, ada, transport=SESSION)
    other = await make_auth(secret=after, signing_keys=keys)
    assert await reason(other, held.refresh_token) is None
    asking = await other.sessions.cookies.viewer((held.refresh_token,))
    proof = PresentedProof(password=PASSWORD)
    proved = await other.logins.step_up.reauthenticate(asking, proof, BROWSER)
    assert await reason(other, held.refresh_token) is None
    assert await reason(other, proved.refresh_token) is None
    gone = await make_auth(secret=(NEW,), signing_keys=keys)
    expected = UnauthenticatedReason.TOKEN_INVALID if after[0] == OLD else None
    assert await reason(gone, proved.refresh_token) is expected
