"""Sessions: how they begin, who may look at them, how they end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from frozen_clock import NOON, FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin, log_in, outcome, refresh
from rows import changes, everything, session_row
from statements import Statements
from table_rows import HOUR, unsaved

from authberry import Auth, Client, Issued, RefreshTokenTransport, Viewer
from authberry.errors import (
    SessionNotFound,
    SessionRevoked,
    Unauthenticated,
    UnauthenticatedReason,
)
from authberry.models import RefreshToken, User
from authberry.models.statements import SURPLUS_PAGE

MakeAuth = Callable[..., Awaitable[Auth]]


async def viewer_of(auth: Auth, issued: Issued) -> Viewer:
    """The viewer that a session's access token makes."""
    return await auth.sessions.viewers.viewer(
        await auth.signing.access_tokens.verify(issued.access_token.value)
    )


async def is_live(auth: Auth, issued: Issued) -> bool:
    """Whether the row of a session says that it goes on."""
    return (await session_row(auth, issued))["revoked_at"] is None


# Beginning


async def test_a_login_adopts_no_session_of_its_client(auth: Auth) -> None:
    """Whatever token the client held, the session is new, and the former one is untouched."""
    await auth.accounts.create("ada@example.com", PASSWORD)
    bob = await auth.accounts.create("bob@example.com", None)
    planted = await begin(auth, bob)
    before = await session_row(auth, planted)

    issued = await log_in(auth, "ada@example.com", transport=RefreshTokenTransport.COOKIE)

    assert issued.session.id != planted.session.id
    assert await session_row(auth, planted) == before


async def test_a_persons_51st_session_ends_the_one_used_longest_ago(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Not the oldest, which may be the most used; and nobody else's."""
    stranger = await begin(auth, await auth.accounts.create("bob@example.com", None))
    sessions = []
    for _ in range(50):
        sessions.append(await begin(auth, ada))
        clock.tick(1)
    await refresh(auth, sessions[0].refresh_token)
    clock.tick(1)

    await begin(auth, ada)

    assert [await is_live(auth, session) for session in sessions] == [True, False] + [True] * 48
    ended = await session_row(auth, sessions[1])
    assert (ended["revoked_at"], ended["revoked_reason"]) == (clock.now(), "too many sessions")
    assert await is_live(auth, stranger)
    assert len(await auth.sessions.live(ada.id)) == 50


async def test_logins_at_once_stay_below_the_most_sessions(make_auth: MakeAuth) -> None:
    """Each counts what the others have written, on two servers too."""
    servers = [await make_auth(sessions_per_user=2) for _ in range(2)]
    ada = await servers[0].accounts.create("ada@example.com", None)
    await asyncio.gather(*(begin(servers[turn % 2], ada) for turn in range(20)))
    assert len(await servers[0].sessions.live(ada.id)) == 2


async def test_a_lower_limit_holds_from_the_next_login(make_auth: MakeAuth) -> None:
    """Whoever has many sessions is left with the few that are allowed now."""
    auth = await make_auth(sessions_per_user=10)
    ada = await auth.accounts.create("ada@example.com", None)
    for _ in range(10):
        await begin(auth, ada)
    await begin(await make_auth(sessions_per_user=2), ada)
    assert len(await auth.sessions.live(ada.id)) == 2


async def test_a_limit_that_is_much_lower_holds_from_the_next_login_too(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Of thousands, which an earlier version let somebody have, whatever is ended at a time."""
    auth = await make_auth(sessions_per_user=1000)
    ada = await auth.accounts.create("ada@example.com", None)
    with auth.database.use():
        await RefreshToken.bulk_create(
            [unsaved(ada, expires_at=clock.now() + HOUR) for _ in range(2 * SURPLUS_PAGE + 1)]
        )
    issued = await begin(await make_auth(sessions_per_user=2), ada)
    left = [session.id for session in await auth.sessions.live(ada.id)]
    assert len(left) == 2
    assert issued.session.id in left


async def test_a_client_is_remembered_as_far_as_it_can_be_shown(auth: Auth, ada: User) -> None:
    """A user agent is cut to what is printable and not endless; one that is absent is absent."""
    hostile = Client("2001:db8::1", "Evil\x1b[31m\r\n\0\u202e\ud800" + "x" * 1000)
    row = await session_row(auth, await begin(auth, ada, hostile))
    assert row["user_agent"] == "Evil[31m" + "x" * 392
    assert row["ip_address"] == "2001:db8::1"
    row = await session_row(auth, await begin(auth, ada, Client()))
    assert (row["user_agent"], row["ip_address"]) == (None, None)


# Looking


async def test_a_viewer_costs_one_query(auth: Auth, issued: Issued, statements: Statements) -> None:
    """The person and the live session are read together."""
    viewer = await viewer_of(auth, issued)
    assert (viewer.user.id, viewer.session.id) == (issued.user.id, issued.session.id)
    assert len(statements.seen) == 1


ENDS = ["logout", "operator", "reuse", "disabled", "disabled by hand", "expired", "deleted"]


@pytest.mark.parametrize("end", ENDS)
async def test_a_session_that_is_over_is_nobodys_at_once(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock, end: str
) -> None:
    """The access token is still good by itself; our own fields know better, whatever ended it."""
    claims = await auth.signing.access_tokens.verify(issued.access_token.value)
    match end:
        case "logout":
            await auth.sessions.revocation.logout(claims, [], BROWSER)
        case "operator":
            await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
        case "reuse":
            await refresh(auth, issued.refresh_token)
            clock.tick(31)
            await outcome(auth, issued.refresh_token)
        case "disabled":
            await auth.accounts.disable(ada, BROWSER)
        case "disabled by hand":
            with auth.database.use():
                await User.filter(id=ada.id).update(disabled_at=clock.now())
        case "expired":
            clock.tick(timedelta(days=14))
        case _:
            with auth.database.use():
                await ada.delete()

    with pytest.raises(Unauthenticated) as refusal:
        await auth.sessions.viewers.viewer(claims)
    assert refusal.value.reason is UnauthenticatedReason.SESSION_REVOKED


async def test_claims_of_one_person_open_no_session_of_another(auth: Auth, issued: Issued) -> None:
    """The row's owner is compared with the token's, although nobody can sign such a token."""
    claims = await auth.signing.access_tokens.verify(issued.access_token.value)
    with pytest.raises(Unauthenticated):
        await auth.sessions.viewers.viewer(replace(claims, user_id=uuid4()))


async def test_the_list_holds_ones_own_live_sessions_newest_use_first(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """Neither ended, nor expired, nor somebody else's."""
    await begin(auth, await auth.accounts.create("bob@example.com", None))
    ended = await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(ended.session.id, BROWSER)
    clock.tick(60)
    phone = await begin(auth, ada, PHONE)
    live = await auth.sessions.live(ada.id)
    assert [session.id for session in live] == [phone.session.id, issued.session.id]
    clock.time = NOON + timedelta(days=14)
    assert [session.id for session in await auth.sessions.live(ada.id)] == [phone.session.id]


# Logging out


@pytest.mark.parametrize("by", ["access token", "refresh token", "both", "old refresh token"])
async def test_logging_out_ends_the_session(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock, by: str
) -> None:
    """By either token, of whatever generation; twice is as good as once; other sessions go on."""
    other = await begin(auth, ada)
    await refresh(auth, issued.refresh_token)
    if by == "old refresh token":
        clock.tick(3600)
    before = await session_row(auth, issued)
    claims = await auth.signing.access_tokens.verify(issued.access_token.value, may_be_expired=True)
    presented = [issued.refresh_token] if by != "access token" else []

    await auth.sessions.revocation.logout(
        claims if by in {"access token", "both"} else None, presented, PHONE
    )

    after = await session_row(auth, issued)
    assert changes(before, after) == {"revoked_at": clock.now(), "revoked_reason": "logout"}
    clock.tick(5)
    await auth.sessions.revocation.logout(claims, presented, PHONE)
    assert await session_row(auth, issued) == after
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
    assert await is_live(auth, other)


async def test_logging_out_with_nothing_or_garbage_is_a_success(auth: Auth, issued: Issued) -> None:
    """It leaves things as they are."""
    before = await everything(auth)
    await auth.sessions.revocation.logout(None, [], BROWSER)
    await auth.sessions.revocation.logout(None, ["garbage", "A" * 91], BROWSER)
    assert await everything(auth) == before


async def test_logging_out_with_several_cookies_ends_each_session(
    auth: Auth, ada: User, issued: Issued
) -> None:
    """Whoever sends two means both."""
    other = await begin(auth, ada)
    await auth.sessions.revocation.logout(
        None, [issued.refresh_token, "garbage", other.refresh_token], BROWSER
    )
    assert not await is_live(auth, issued)
    assert not await is_live(auth, other)


async def test_logging_out_and_refreshing_at_once_ends_the_session(auth: Auth, ada: User) -> None:
    """Whichever is first, no token works afterwards."""
    for _ in range(5):
        issued = await begin(auth, ada)
        results = await asyncio.gather(
            *(outcome(auth, issued.refresh_token) for _ in range(5)),
            auth.sessions.revocation.logout(None, [issued.refresh_token], BROWSER),
            *(outcome(auth, issued.refresh_token) for _ in range(5)),
        )
        for token in {result for result in results if isinstance(result, str)}:
            assert await outcome(auth, token) is SessionRevoked
        assert (await session_row(auth, issued))["revoked_reason"] == "logout"


# Ending others


async def test_a_person_ends_one_of_their_sessions(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """The one that is named, and no other."""
    phone, tablet = await begin(auth, ada), await begin(auth, ada)
    viewer = await viewer_of(auth, issued)
    before = await session_row(auth, phone)

    assert await auth.sessions.revocation.revoke(viewer, str(phone.session.id), BROWSER) == 1

    assert changes(before, await session_row(auth, phone)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "revoked",
    }
    assert await is_live(auth, issued)
    assert await is_live(auth, tablet)


async def test_no_session_but_ones_own_live_ones_can_be_named(
    auth: Auth, ada: User, issued: Issued
) -> None:
    """Somebody else's, one that is over, one that never was and nonsense are all not found."""
    viewer = await viewer_of(auth, issued)
    bobs = await begin(auth, await auth.accounts.create("bob@example.com", None))
    over = await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(over.session.id, BROWSER)
    before = await everything(auth)

    refusals = set()
    for name in (
        str(bobs.session.id),
        str(over.session.id),
        str(uuid4()),
        "",
        "nonsense",
        "' OR 1=1",
        "\ud800",
        "0" * 10_000,
    ):
        with pytest.raises(SessionNotFound) as refusal:
            await auth.sessions.revocation.revoke(viewer, name, BROWSER)
        refusals.add((refusal.value.code, str(refusal.value)))

    assert len(refusals) == 1
    assert await everything(auth) == before


async def test_a_person_ends_all_other_sessions(auth: Auth, ada: User, issued: Issued) -> None:
    """This one lives on, unless they ask to be logged out everywhere."""
    others = [await begin(auth, ada) for _ in range(3)]
    bobs = await begin(auth, await auth.accounts.create("bob@example.com", None))
    viewer = await viewer_of(auth, issued)

    assert await auth.sessions.revocation.revoke_others(viewer, BROWSER) == 3
    assert [await is_live(auth, other) for other in others] == [False] * 3
    assert await is_live(auth, issued)
    assert await auth.sessions.revocation.revoke_others(viewer, BROWSER) == 0
    assert await auth.sessions.revocation.revoke_others(viewer, BROWSER, include_current=True) == 1
    assert not await is_live(auth, issued)
    assert await is_live(auth, bobs)


async def test_the_operator_ends_sessions(auth: Auth, ada: User, issued: Issued) -> None:
    """One by its id, or all of a person; and is told how many there were."""
    phone = await begin(auth, ada)
    assert await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    assert not await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    assert not await auth.sessions.revocation.revoke_by_id(UUID(int=0), BROWSER)
    assert await auth.sessions.revocation.revoke_all(ada.id, BROWSER, reason="operator") == 1
    assert (await session_row(auth, phone))["revoked_reason"] == "operator"


async def test_the_operator_ends_every_session_there_is(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page, each once; what had ended before keeps its reason."""
    monkeypatch.setattr("authberry.sessions.revocation.PAGE", 2)
    bob = await auth.accounts.create("bob@example.com", None)
    more = [await begin(auth, user) for user in (ada, ada, bob, bob)]
    await auth.sessions.revocation.revoke_others(await viewer_of(auth, more[-1]), BROWSER)
    clock.tick(1)

    assert await auth.sessions.revocation.revoke_everyone(BROWSER) == 4

    rows = [await session_row(auth, one) for one in (issued, *more)]
    reasons = ["operator", "operator", "operator", "revoked", "operator"]
    assert [row["revoked_reason"] for row in rows] == reasons
    assert await auth.sessions.revocation.revoke_everyone(BROWSER) == 0
    assert await is_live(auth, await begin(auth, ada))


async def test_a_restored_backup_brings_no_session_back_once_everybody_was_logged_out(
    auth: Auth, ada: User, issued: Issued
) -> None:
    """Both tokens of a session that was ended after the backup, which the backup had alive."""
    backup = await session_row(auth, issued)
    await auth.sessions.revocation.logout(None, [issued.refresh_token], BROWSER)
    with auth.database.use():
        await RefreshToken.filter(id=issued.session.id).update(
            revoked_at=backup["revoked_at"], revoked_reason=backup["revoked_reason"]
        )
    assert await is_live(auth, issued)  # which is what the restored rows say
    assert await auth.sessions.revocation.revoke_everyone(BROWSER) == 1
    assert not await is_live(auth, issued)
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
