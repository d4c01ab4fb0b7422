"""Who is asking: never by what was before a change that somebody was told of."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin, outcome, refresh
from statements import Statements
from viewers import CACHES_VIEWERS, claims_of, is_live, until_cached, viewer_of

from authberry import Auth, Issued, Viewer
from authberry.models import RefreshToken, User
from authberry.models.change_notifications import LEASE
from authberry.tokens.claims import Claims

MakeAuth = Callable[..., Awaitable[Auth]]


async def test_asking_again_costs_no_query_where_asking_is_dear(
    auth: Auth, issued: Issued, statements: Statements
) -> None:
    """The same session, and a lease is asked for now and then, however many ask."""
    claims = await claims_of(auth, issued)
    await until_cached(auth, claims)
    statements.seen.clear()
    for _ in range(1000):
        assert await is_live(auth, claims)
    asked = [sql for sql in statements.seen if "authberry_refresh_token" in sql]
    assert len(asked) == (0 if CACHES_VIEWERS else 1000)


ENDS: dict[str, Callable[[Auth, Issued, Viewer], Awaitable[object]]] = {
    "logout": lambda auth, issued, _: auth.sessions.revocation.logout(
        None, [issued.refresh_token], BROWSER
    ),
    "revoked": lambda auth, _, viewer: auth.sessions.revocation.revoke(
        viewer, str(viewer.session.id), BROWSER
    ),
    "the others": lambda auth, _, viewer: auth.sessions.revocation.revoke_others(
        viewer, BROWSER, include_current=True
    ),
    "by the operator": lambda auth, _, viewer: auth.sessions.revocation.revoke_by_id(
        viewer.session.id, BROWSER
    ),
    "all by the operator": lambda auth, _, viewer: auth.sessions.revocation.revoke_all(
        viewer.user.id, BROWSER, reason="operator"
    ),
    "disabled": lambda auth, _, viewer: auth.accounts.disable(viewer.user, BROWSER),
    "password set": lambda auth, _, viewer: auth.accounts.password_changes.set(
        viewer.user, "battery staple horse correct", BROWSER
    ),
    # The first time there is none, and the login of just now is the proof.
    "password changed": lambda auth, _, viewer: auth.accounts.password_changes.change(
        viewer, "battery staple horse correct", "battery staple horse correct", BROWSER
    ),
}


class Race:
    """Those who ask, against an answer."""

    def __init__(self) -> None:
        """The answer is not given yet."""
        self.answered_at = math.inf
        self.late: list[float] = []
        """How long after the answer somebody asked who was still taken for live."""

    async def ask(self, auth: Auth, claims: Claims) -> None:
        """Ask a process without end, and for some time after the answer."""
        asked_at = 0.0
        while asked_at < self.answered_at + LEASE:
            asked_at = time.monotonic()
            if await is_live(auth, claims) and asked_at > self.answered_at:
                self.late.append(asked_at - self.answered_at)
            await asyncio.sleep(0)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_an_end_is_seen_by_every_process_before_it_is_answered(
    make_auth: MakeAuth,
    auth: Auth,
    ada: User,
    end: Callable[[Auth, Issued, Viewer], Awaitable[object]],
) -> None:
    """Raced: whoever asks another process after the answer is refused, without exception."""
    others = [await make_auth() for _ in range(2)]
    for _ in range(3):
        await auth.accounts.enable(ada, BROWSER)
        issued = await begin(auth, ada)
        claims = await claims_of(auth, issued)
        viewer = await viewer_of(auth, issued)
        for other in others:
            await until_cached(other, claims)

        race = Race()
        asking = [asyncio.create_task(race.ask(other, claims)) for other in others]
        await asyncio.sleep(0.01)
        await end(auth, issued, viewer)
        race.answered_at = time.monotonic()
        await asyncio.gather(*asking)
        assert race.late == []


async def test_reuse_is_seen_before_it_is_answered(
    make_auth: MakeAuth, auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """The thief's access token stops with the answer that the owner gets."""
    other = await make_auth()
    claims = await claims_of(auth, issued)
    await refresh(auth, issued.refresh_token)
    await until_cached(other, claims)
    clock.tick(31)
    await outcome(auth, issued.refresh_token)
    assert not await is_live(other, claims)


async def test_the_surplus_is_seen_before_it_is_answered(
    make_auth: MakeAuth, ada: User, clock: FrozenClock
) -> None:
    """A login that pushes another out."""
    few, other = await make_auth(sessions_per_user=1), await make_auth()
    claims = await claims_of(few, await begin(few, ada))
    await until_cached(other, claims)
    clock.tick(1)
    await begin(few, ada, PHONE)
    assert not await is_live(other, claims)


CHANGES: dict[str, Callable[[User], Awaitable[object]]] = {
    "role": lambda user: User.filter(id=user.id).update(roles=["other"]),
    "disabled": lambda user: User.filter(id=user.id).update(disabled_at=user.created_at),
    "deleted": lambda user: user.delete(),
    "ended": lambda user: RefreshToken.filter(user_id=user.id).update(revoked_at=user.created_at),
    "shortened": lambda user: RefreshToken.filter(user_id=user.id).update(
        expires_at=user.created_at - timedelta(days=1)
    ),
    "session deleted": lambda user: RefreshToken.filter(user_id=user.id).delete(),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_a_change_by_hand_is_seen_after_one_lease(
    make_auth: MakeAuth,
    auth: Auth,
    ada: User,
    issued: Issued,
    change: Callable[[User], Awaitable[object]],
) -> None:
    """Whoever makes it, a host or an operator, has to tell nobody."""
    other = await make_auth()
    claims = await claims_of(auth, issued)
    await until_cached(other, claims)
    with auth.database.use():
        await change(ada)
    await asyncio.sleep(2 * LEASE)
    if await is_live(other, claims):
        assert (await other.sessions.viewers.viewer(claims)).user.roles == ["other"]


async def test_a_session_outlives_nothing_that_is_remembered(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """The limit is looked at each time; a renewal that moved it is found out."""
    claims = await claims_of(auth, issued)
    await until_cached(auth, claims)
    clock.tick(issued.session.expires_at - clock.now() - timedelta(seconds=1))
    renewed = await refresh(auth, issued.refresh_token)
    clock.tick(2)
    assert await is_live(auth, claims)
    clock.tick(renewed.session.expires_at - clock.now())
    assert not await is_live(auth, claims)


async def test_what_is_remembered_is_bounded(auth: Auth, monkeypatch: pytest.MonkeyPatch) -> None:
    """By people; each of them has so many sessions at most."""
    monkeypatch.setattr("authberry.sessions.viewers.REMEMBERED_PEOPLE", 3)
    for at in range(6):
        user = await auth.accounts.create(f"{at}@example.com", None)
        await until_cached(auth, await claims_of(auth, await begin(auth, user)))
    assert len(auth.sessions.viewers._held) == (3 if CACHES_VIEWERS else 0)


async def test_it_can_be_switched_off(
    make_auth: MakeAuth, ada: User, statements: Statements
) -> None:
    """Then every request reads, and nobody waits for a lease."""
    auth = await make_auth(viewer_cache=False)
    claims = await claims_of(auth, await begin(auth, ada))
    statements.seen.clear()
    for _ in range(3):
        assert await is_live(auth, claims)
    assert len(statements.seen) == 3
    assert all("authberry_refresh_token" in sql for sql in statements.seen)


async def test_a_changed_password_is_seen_by_every_process(
    make_auth: MakeAuth, auth: Auth, ada: User
) -> None:
    """The other sessions end, and this one goes on under another id: no token of before works."""
    other = await make_auth()
    await auth.accounts.password_changes.set(ada, PASSWORD, BROWSER)
    here, phone = await begin(auth, ada), await begin(auth, ada, PHONE)
    mine, theirs = await claims_of(auth, here), await claims_of(auth, phone)
    for claims in (mine, theirs):
        await until_cached(other, claims)
    viewer = await viewer_of(auth, here)
    changed = await auth.accounts.password_changes.change(
        viewer, PASSWORD, "battery staple horse correct", BROWSER
    )
    for process in (other, auth):
        assert not await is_live(process, mine)
        assert not await is_live(process, theirs)
        assert await is_live(process, await claims_of(auth, changed))
