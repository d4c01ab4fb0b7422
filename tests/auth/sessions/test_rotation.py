"""Refreshing: what one presented token does to the row of its session.

The window is 30 seconds, the idle limit 14 days, the absolute one 90 days, unless a test says so.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from frozen_clock import NOON, FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin, outcome, refresh
from rows import changes, everything, session_row
from statements import Statements

from authberry import Auth, Issued, RefreshTokenTransport, Viewer
from authberry.errors import (
    RefreshTokenExpired,
    RefreshTokenInvalid,
    RefreshTokenMissing,
    RefreshTokenReused,
    SessionRevoked,
)
from authberry.models import RefreshToken, User
from authberry.tokens.jose import Key
from authberry.tokens.refresh_tokens import RefreshTokenCodec

MakeAuth = Callable[..., Awaitable[Auth]]
MICROSECOND = timedelta(microseconds=1)
DAY = 24 * 60 * 60


def hash_of(auth: Auth, token: str) -> str:
    """What the row should hold while `token` is its session's current one."""
    return RefreshTokenCodec(auth.settings.secrets).open(token).hash


async def rotated(auth: Auth, issued: Issued, clock: FrozenClock, times: int) -> list[str]:
    """The tokens of a session, oldest first, after rotating a minute apart."""
    tokens = [issued.refresh_token]
    for _ in range(times):
        clock.tick(60)
        tokens.append((await refresh(auth, tokens[-1])).refresh_token)
    return tokens


# Rotating


async def test_the_first_refresh_rotates(auth: Auth, issued: Issued) -> None:
    """A login's token is good for one use, even at once: the window counts from a rotation."""
    before = await session_row(auth, issued)

    again = await refresh(auth, issued.refresh_token, client=PHONE)

    assert again.refresh_token != issued.refresh_token
    assert again.access_token.value != issued.access_token.value
    assert again.session.id == issued.session.id
    assert again.user.id == issued.user.id
    assert changes(before, await session_row(auth, issued)) == {
        "generation": 1,
        "token_hash": hash_of(auth, again.refresh_token),
        "rotated_at": NOON,
        "user_agent": "Safari",
        "ip_address": "198.51.100.7",
    }


async def test_a_session_that_begins_is_one_row(auth: Auth, ada: User) -> None:
    """Its facts are all there, and of its token only a hash."""
    issued = await begin(auth, ada, transport=RefreshTokenTransport.COOKIE)

    assert await session_row(auth, issued) == {
        "id": issued.session.id,
        "user_id": ada.id,
        "generation": 0,
        "token_hash": hash_of(auth, issued.refresh_token),
        "transport": "COOKIE",
        "authenticated_at": NOON,
        "amr": None,
        "proofs": None,
        "created_at": NOON,
        "rotated_at": None,
        "last_used_at": NOON,
        "expires_at": NOON + timedelta(days=14),
        "absolute_expires_at": NOON + timedelta(days=90),
        "user_agent": "Firefox",
        "ip_address": "192.0.2.1",
        "revoked_at": None,
        "revoked_reason": None,
    }
    assert issued.transport is RefreshTokenTransport.COOKIE


async def test_a_hundred_refreshes_leave_one_row(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A session is one row with one live token, however often it is rotated."""
    tokens = await rotated(auth, issued, clock, 100)

    assert len(set(tokens)) == 101
    rows = (await everything(auth))["RefreshToken"]
    assert [(row["id"], row["generation"], row["token_hash"]) for row in rows] == [
        (issued.session.id, 100, hash_of(auth, tokens[-1]))
    ]


async def test_rotating_costs_one_statement(
    auth: Auth, issued: Issued, statements: Statements
) -> None:
    """It claims the rotation, and returns the session with its user."""
    await refresh(auth, issued.refresh_token)
    assert [statement.split()[0] for statement in statements.seen] == ["UPDATE"]


async def test_garbage_costs_no_statement(auth: Auth, statements: Statements) -> None:
    """Strangers cannot make the database work."""
    for garbage in ("", "garbage", "A" * 91, "é" * 91):
        with pytest.raises(RefreshTokenInvalid) as refusal:
            await refresh(auth, garbage)
        assert not refusal.value.session_over
    assert statements.seen == []


async def test_nothing_presented_is_missing(auth: Auth) -> None:
    """No cookie and no argument is a case of its own, for the client to log in."""
    with pytest.raises(RefreshTokenMissing):
        await refresh(auth)


async def test_a_session_that_is_gone_is_invalid_and_over(auth: Auth, issued: Issued) -> None:
    """A token of a deleted session is ours, so that its cookie may be cleared."""
    with auth.database.use():
        await RefreshToken.filter(id=issued.session.id).delete()
    with pytest.raises(RefreshTokenInvalid) as refusal:
        await refresh(auth, issued.refresh_token)
    assert refusal.value.session_over


# Inside the window


async def test_twenty_at_once_get_one_successor(auth: Auth, issued: Issued) -> None:
    """Refreshes that race converge: nobody is logged out, and one rotation is written."""
    results = await asyncio.gather(*(refresh(auth, issued.refresh_token) for _ in range(20)))

    assert len({result.refresh_token for result in results}) == 1
    row = await session_row(auth, issued)
    assert row["generation"] == 1
    assert row["token_hash"] == hash_of(auth, results[0].refresh_token)
    assert row["revoked_at"] is None


async def test_twenty_at_once_from_two_processes_get_one_successor(
    auth: Auth, issued: Issued, make_auth: MakeAuth
) -> None:
    """Two servers on one database behave as one."""
    servers = [auth, await make_auth()]

    results = await asyncio.gather(
        *(refresh(servers[turn % 2], issued.refresh_token) for turn in range(20))
    )

    assert len({result.refresh_token for result in results}) == 1
    assert (await session_row(auth, issued))["generation"] == 1


async def test_a_refresh_needs_one_connection(make_auth: MakeAuth) -> None:
    """With a pool of one, twenty at once wait for each other and not for themselves."""
    auth = await make_auth(database_pool_size=1)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))

    async with asyncio.timeout(60):
        results = await asyncio.gather(*(refresh(auth, issued.refresh_token) for _ in range(20)))

    assert len({result.refresh_token for result in results}) == 1


async def test_a_lost_answer_can_be_asked_for_again(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A client that never saw the answer gets the same one, and nothing is written."""
    lost = await refresh(auth, issued.refresh_token)
    before = await session_row(auth, issued)
    clock.tick(10)

    again = await refresh(auth, issued.refresh_token, client=PHONE)

    assert again.refresh_token == lost.refresh_token
    assert again.access_token.value != lost.access_token.value
    assert again.access_token.expires_at == lost.access_token.expires_at + timedelta(seconds=10)
    assert await session_row(auth, issued) == before


async def test_ten_tabs_restored_one_after_another_share_a_token(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """Each sends what the jar holds, old or new: one rotation, and nobody is taken for a thief."""
    clock.tick(600)
    jar = issued.refresh_token
    answers = []
    for tab in range(10):
        answers.append(
            (await refresh(auth, issued.refresh_token if tab % 2 else jar)).refresh_token
        )
        jar = answers[-1]
        clock.tick(2)

    assert len(set(answers)) == 1
    assert (await session_row(auth, issued))["generation"] == 1


async def test_the_current_token_is_not_rotated_inside_the_window(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A session rotates at most once a window; until then its token is handed out again."""
    first = await refresh(auth, issued.refresh_token)
    before = await session_row(auth, issued)

    clock.tick(timedelta(seconds=30) - MICROSECOND)
    assert (await refresh(auth, first.refresh_token)).refresh_token == first.refresh_token
    assert await session_row(auth, issued) == before

    clock.tick(MICROSECOND)
    second = await refresh(auth, first.refresh_token)
    assert second.refresh_token != first.refresh_token
    assert (await session_row(auth, issued))["generation"] == 2


async def test_handing_out_again_does_not_extend_the_window(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """The window counts from the rotation, however often it is used."""
    await refresh(auth, issued.refresh_token)
    for _ in range(5):
        clock.tick(5)
        await refresh(auth, issued.refresh_token)
    clock.tick(5)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused


# Behind the window


async def test_the_parent_is_good_until_the_window_ends_and_not_a_moment_longer(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """At 30 seconds the successor must have arrived; whoever still has the parent is a thief."""
    current = (await refresh(auth, issued.refresh_token)).refresh_token

    clock.tick(timedelta(seconds=30) - MICROSECOND)
    assert await outcome(auth, issued.refresh_token) == current

    clock.tick(MICROSECOND)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused


async def test_reuse_ends_the_session_and_the_row_says_so(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """The revocation is written although the answer is an error; even the newest token is over."""
    (parent, current) = await rotated(auth, issued, clock, 1)
    before = await session_row(auth, issued)
    clock.tick(31)

    with pytest.raises(RefreshTokenReused) as refusal:
        await refresh(auth, parent)

    assert refusal.value.session_over
    assert changes(before, await session_row(auth, issued)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "reuse",
    }
    assert await outcome(auth, current) is SessionRevoked
    assert await outcome(auth, parent) is SessionRevoked


async def test_reuse_ends_no_other_session(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """An old token of one device logs out that device, not the person, and nobody else."""
    phone = await begin(auth, ada, PHONE)
    bob = await begin(auth, await auth.accounts.create("bob@example.com", None))
    await rotated(auth, issued, clock, 1)
    others = [await session_row(auth, phone), await session_row(auth, bob)]
    clock.tick(31)

    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused

    assert [await session_row(auth, phone), await session_row(auth, bob)] == others
    assert isinstance(await outcome(auth, phone.refresh_token), str)
    assert isinstance(await outcome(auth, bob.refresh_token), str)


async def test_a_grandparent_inside_the_window_is_reuse(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """Only the parent can have crossed with a rotation; what is older was used up before it."""
    (grandparent, _, _) = await rotated(auth, issued, clock, 2)

    assert await outcome(auth, grandparent) is RefreshTokenReused
    assert (await session_row(auth, issued))["revoked_reason"] == "reuse"


@pytest.mark.parametrize("age", [2, 3, 7])
async def test_every_ancestor_is_reuse(
    auth: Auth, issued: Issued, clock: FrozenClock, age: int
) -> None:
    """However many rotations ago it was used up, a token is proof."""
    tokens = await rotated(auth, issued, clock, 7)
    assert await outcome(auth, tokens[-1 - age]) is RefreshTokenReused


async def test_reuse_is_noticed_after_a_restart(
    auth: Auth, issued: Issued, clock: FrozenClock, make_auth: MakeAuth
) -> None:
    """All that matters is in the row: a new process knows what the old one knew."""
    (parent, current) = await rotated(auth, issued, clock, 1)
    await auth.close()
    restarted = await make_auth()

    assert await outcome(restarted, parent) == current
    clock.tick(31)
    assert await outcome(restarted, parent) is RefreshTokenReused
    assert await outcome(restarted, current) is SessionRevoked


async def test_twenty_thieves_at_once_end_the_session_once(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """Every one of them is refused, and the row keeps the first moment and reason."""
    await rotated(auth, issued, clock, 1)
    clock.tick(31)
    results = await asyncio.gather(*(outcome(auth, issued.refresh_token) for _ in range(20)))
    assert set(results) <= {RefreshTokenReused, SessionRevoked}
    assert RefreshTokenReused in results
    row = await session_row(auth, issued)
    clock.tick(5)
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
    assert await session_row(auth, issued) == row


# A window of 0


async def test_without_a_window_one_of_twenty_wins(make_auth: MakeAuth) -> None:
    """Strict rotation mints one successor; who came second is refused and nothing is revoked."""
    auth = await make_auth(refresh_window=0)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))

    results = await asyncio.gather(*(outcome(auth, issued.refresh_token) for _ in range(20)))

    counts = Counter(results)
    assert counts.pop(RefreshTokenInvalid) == 19
    ((winner, wins),) = counts.items()
    assert wins == 1
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (1, None)
    assert row["token_hash"] == hash_of(auth, str(winner))


async def test_without_a_window_every_use_rotates(make_auth: MakeAuth) -> None:
    """The current token is never handed out twice."""
    auth = await make_auth(refresh_window=0)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    first = await refresh(auth, issued.refresh_token)
    second = await refresh(auth, first.refresh_token)
    assert len({issued.refresh_token, first.refresh_token, second.refresh_token}) == 3
    assert (await session_row(auth, issued))["generation"] == 2


async def test_without_a_window_the_parent_is_late_for_five_seconds_and_then_stolen(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """A lost race clears no cookie and ends no session; five seconds later it is reuse."""
    auth = await make_auth(refresh_window=0)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    current = (await refresh(auth, issued.refresh_token)).refresh_token
    before = await session_row(auth, issued)

    clock.tick(timedelta(seconds=5) - MICROSECOND)
    with pytest.raises(RefreshTokenInvalid) as refusal:
        await refresh(auth, issued.refresh_token)
    assert not refusal.value.session_over
    assert await session_row(auth, issued) == before

    clock.tick(MICROSECOND)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused
    assert await outcome(auth, current) is SessionRevoked


async def test_without_a_window_a_grandparent_is_stolen_at_once(make_auth: MakeAuth) -> None:
    """Only the parent can have raced."""
    auth = await make_auth(refresh_window=0)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    parent = await refresh(auth, issued.refresh_token)
    await refresh(auth, parent.refresh_token)
    assert await outcome(auth, issued.refresh_token) is RefreshTokenReused


# Backups and secrets


async def test_a_restored_backup_is_nobodys_fault(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A token ahead of its row is refused; the session stays as the backup had it."""
    backup = await session_row(auth, issued)
    (_, parent, current) = await rotated(auth, issued, clock, 2)
    with auth.database.use():
        await RefreshToken.filter(id=issued.session.id).delete()
        await RefreshToken.create(**backup)

    for token in (parent, current):
        with pytest.raises(RefreshTokenInvalid) as refusal:
            await refresh(auth, token)
        assert not refusal.value.session_over
    assert await session_row(auth, issued) == backup


async def test_a_token_of_a_chain_that_never_was_is_refused(auth: Auth, issued: Issued) -> None:
    """A good tag with the current generation and another secret is no reuse, and no token."""
    codec = RefreshTokenCodec(auth.settings.secrets)
    before = await session_row(auth, issued)
    forged = codec.seal(codec.first(issued.session.id))
    assert await outcome(auth, forged) is RefreshTokenInvalid
    assert await session_row(auth, issued) == before


OLD, NEW = "1-old-secret-of-the-server-abcdefghijklm", "2-new-secret-of-the-server-nopqrstuvwxyz"


async def test_a_new_secret_logs_nobody_out(make_auth: MakeAuth, clock: FrozenClock) -> None:
    """Added last, then moved to the front: the token of each step is good in the next."""
    auth = await make_auth(secret=(OLD,))
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    token = issued.refresh_token
    for secrets in ((OLD, NEW), (NEW, OLD)):
        auth = await make_auth(secret=secrets)
        clock.tick(60)
        token = (await refresh(auth, token)).refresh_token
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (2, None)


@pytest.mark.parametrize(
    ("first", "second"),
    [((OLD, NEW), (NEW, OLD)), ((NEW, OLD), (OLD, NEW)), ((OLD,), (OLD, NEW))],
)
async def test_processes_with_secrets_in_another_order_find_the_same_successor(
    make_auth: MakeAuth, first: tuple[str, ...], second: tuple[str, ...]
) -> None:
    """While secrets are being rotated, whoever lost the answer may ask either process."""
    one, two = await make_auth(secret=first), await make_auth(secret=second)
    issued = await begin(one, await one.accounts.create("ada@example.com", None))
    made = await refresh(one, issued.refresh_token)

    again = await refresh(two, issued.refresh_token)

    assert hash_of(two, again.refresh_token) == hash_of(two, made.refresh_token)
    assert (await session_row(one, issued))["generation"] == 1


async def test_a_current_token_comes_back_as_it_was_presented(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """Also where a newer secret would spell it anew: the client sees that nothing has changed.

    The rotation that follows is made with the new secret, and needs the old one no more.
    """
    keys = json.dumps({"keys": [dict(Key.generate("ES256").jwk)]})
    old = await make_auth(secret=(OLD,), signing_keys=keys)
    issued = await begin(old, await old.accounts.create("ada@example.com", None))
    current = (await refresh(old, issued.refresh_token)).refresh_token
    both = await make_auth(secret=(NEW, OLD), signing_keys=keys)

    assert (await refresh(both, current)).refresh_token == current

    clock.tick(30)
    successor = (await refresh(both, current)).refresh_token
    new = await make_auth(secret=(NEW,), signing_keys=keys)
    assert (await refresh(new, successor)).refresh_token == successor


async def test_a_token_of_a_secret_that_is_gone_is_refused(make_auth: MakeAuth) -> None:
    """Taking a secret away makes garbage of its tokens, and revokes nothing."""
    keys = json.dumps({"keys": [dict(Key.generate("ES256").jwk)]})
    auth = await make_auth(secret=(OLD,), signing_keys=keys)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    before = await session_row(auth, issued)
    assert await outcome(
        await make_auth(secret=(NEW,), signing_keys=keys), issued.refresh_token
    ) is (RefreshTokenInvalid)
    assert await session_row(auth, issued) == before


# Limits


async def test_an_idle_session_expires_at_14_days(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A moment before it is refreshed, at the moment it is over."""
    other = await begin(auth, issued.user)
    clock.tick(timedelta(days=14) - MICROSECOND)
    assert isinstance(await outcome(auth, issued.refresh_token), str)
    clock.tick(MICROSECOND)
    with pytest.raises(RefreshTokenExpired) as refusal:
        await refresh(auth, other.refresh_token)
    assert refusal.value.session_over
    assert (await session_row(auth, other))["revoked_at"] is None


async def test_a_rotation_extends_the_idle_limit(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """14 days from the last use."""
    clock.tick(13 * DAY)
    again = await refresh(auth, issued.refresh_token)
    assert again.session.expires_at == clock.now() + timedelta(days=14)
    clock.tick(13 * DAY)
    assert isinstance(await outcome(auth, again.refresh_token), str)


async def test_no_rotation_extends_the_absolute_limit(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """However busy, a session ends at 90 days, to the microsecond, and says so beforehand."""
    token = issued.refresh_token
    end = NOON + timedelta(days=90)
    while clock.now() + timedelta(days=10) < end:
        clock.tick(10 * DAY)
        token = (await refresh(auth, token)).refresh_token
        row = await session_row(auth, issued)
        assert row["expires_at"] == min(clock.now() + timedelta(days=14), end)
        assert row["absolute_expires_at"] == end
    clock.time = end - MICROSECOND
    token = (await refresh(auth, token)).refresh_token
    clock.tick(MICROSECOND)
    assert await outcome(auth, token) is RefreshTokenExpired


async def test_expired_inside_the_window_is_expired(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """The window answers races; it gives nobody more time."""
    auth = await make_auth(refresh_idle_ttl=10, refresh_absolute_ttl=15)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    clock.tick(9)
    current = (await refresh(auth, issued.refresh_token)).refresh_token
    clock.tick(6)
    assert await outcome(auth, current) is RefreshTokenExpired
    assert await outcome(auth, issued.refresh_token) is RefreshTokenExpired
    assert (await session_row(auth, issued))["revoked_at"] is None


async def test_an_access_token_does_not_outlive_its_session(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """The last one of a session is shorter."""
    auth = await make_auth(refresh_idle_ttl=100, refresh_absolute_ttl=100)
    issued = await begin(auth, await auth.accounts.create("ada@example.com", None))
    assert issued.access_token.expires_at == (NOON + timedelta(seconds=100)).replace(microsecond=0)
    assert issued.access_token.lifetime == timedelta(seconds=100)


# The person


async def test_a_disabled_persons_session_is_over(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """Even where only the flag was set, by hand, the next refresh ends the session."""
    with auth.database.use():
        await User.filter(id=ada.id).update(disabled_at=clock.now())
    before = await session_row(auth, issued)
    with pytest.raises(SessionRevoked) as refusal:
        await refresh(auth, issued.refresh_token)
    assert refusal.value.session_over
    assert changes(before, await session_row(auth, issued)) == {
        "revoked_at": clock.now(),
        "revoked_reason": "disabled",
    }


async def test_roles_are_read_again(auth: Auth, ada: User, issued: Issued) -> None:
    """What somebody may do today is in the next token, not in the one after the next login."""
    assert (await auth.signing.access_tokens.verify(issued.access_token.value)).roles == ("admin",)
    with auth.database.use():
        await User.filter(id=ada.id).update(roles=["reader"])
    for _ in range(2):  # a rotation, and the same token again
        again = await refresh(auth, issued.refresh_token)
        assert (await auth.signing.access_tokens.verify(again.access_token.value)).roles == (
            "reader",
        )


async def test_a_revoked_session_is_over_whatever_is_presented(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """The row keeps why it ended: a later reuse does not write over it."""
    (parent, current) = await rotated(auth, issued, clock, 1)
    await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    before = await session_row(auth, issued)
    clock.tick(60)
    for token in (current, parent):
        with pytest.raises(SessionRevoked) as refusal:
            await refresh(auth, token)
        assert refusal.value.session_over
    assert await session_row(auth, issued) == before
    assert before["revoked_reason"] == "operator"


# Several cookies


async def test_of_several_cookies_the_first_good_one_wins(
    auth: Auth, ada: User, issued: Issued
) -> None:
    """Garbage, another server's cookie and a dead session's do not stand in the way."""
    dead = await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(dead.session.id, BROWSER)
    foreign = RefreshTokenCodec(["another server's secret"])
    stranger = foreign.seal(foreign.first(issued.session.id))

    again = await refresh(auth, "garbage", stranger, dead.refresh_token, issued.refresh_token)

    assert again.session.id == issued.session.id
    assert (await session_row(auth, issued))["generation"] == 1


async def test_of_two_cookies_of_one_session_the_newest_wins(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """A stale duplicate, left behind under another path, is no theft, wherever it stands."""
    (stale, _, current) = await rotated(auth, issued, clock, 2)
    clock.tick(60)
    third = await refresh(auth, stale, current)
    clock.tick(60)
    fourth = await refresh(auth, third.refresh_token, stale)
    row = await session_row(auth, issued)
    assert (row["generation"], row["revoked_at"]) == (4, None)
    assert row["token_hash"] == hash_of(auth, fourth.refresh_token)


async def test_where_no_cookie_is_good_the_last_refusal_is_told(
    auth: Auth, ada: User, issued: Issued
) -> None:
    """A dead session among garbage is a dead session."""
    await auth.sessions.revocation.revoke_by_id(issued.session.id, BROWSER)
    with pytest.raises(SessionRevoked):
        await refresh(auth, "garbage", issued.refresh_token)


async def test_a_dead_cookie_beside_a_lost_race_clears_nothing(
    make_auth: MakeAuth, ada: User
) -> None:
    """The session that lost the race is alive, and its cookie has the same name."""
    auth = await make_auth(refresh_window=0)
    dead, live = await begin(auth, ada), await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(dead.session.id, BROWSER)
    await refresh(auth, live.refresh_token)

    with pytest.raises(RefreshTokenInvalid) as refusal:
        await refresh(auth, live.refresh_token, dead.refresh_token)

    assert not refusal.value.session_over
    assert (await session_row(auth, live))["revoked_at"] is None


# A new password


async def test_a_new_password_ends_the_row_and_goes_on_in_another(
    auth: Auth, clock: FrozenClock
) -> None:
    """No token of before names it. What was begun by a login, and when it ends, is as it was."""
    ada = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await begin(auth, ada)
    clock.tick(60)
    before = await session_row(auth, issued)

    changed = await auth.accounts.password_changes.change(
        Viewer(ada, issued.session), PASSWORD, "another long phrase", PHONE
    )

    ended = await session_row(auth, issued)
    assert changes(before, ended) == {"revoked_at": clock.now(), "revoked_reason": "renewed"}
    after = await session_row(auth, changed)
    assert changes(before, after) == {
        "id": changed.session.id,
        "token_hash": hash_of(auth, changed.refresh_token),
        "authenticated_at": clock.now(),
        "last_used_at": clock.now(),
        "expires_at": clock.now() + timedelta(days=14),
        "user_agent": "Safari",
        "ip_address": "198.51.100.7",
    }
    derived = [
        token.hash
        for token in RefreshTokenCodec(auth.settings.secrets).successors(
            RefreshTokenCodec(auth.settings.secrets).open(issued.refresh_token)
        )
    ]
    assert after["token_hash"] not in derived

    for seconds, may_be_replaced in ((0, True), (29, True), (1, False), (3600, False)):
        clock.tick(seconds)
        with pytest.raises(SessionRevoked) as refusal:
            await refresh(auth, issued.refresh_token)
        assert refusal.value.session_over is not may_be_replaced
    assert await session_row(auth, issued) == ended
    assert await session_row(auth, changed) == after
    assert isinstance(await outcome(auth, changed.refresh_token), str)


async def test_with_a_window_of_0_the_cookie_of_a_renewed_session_is_left_for_five_seconds(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """As long as whoever comes second is late rather than a thief."""
    auth = await make_auth(refresh_window=0)
    ada = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await begin(auth, ada)
    viewer = Viewer(ada, issued.session)
    await auth.accounts.password_changes.change(viewer, PASSWORD, "another long phrase", PHONE)
    for seconds, is_over in ((4, False), (1, True)):
        clock.tick(seconds)
        with pytest.raises(SessionRevoked) as refusal:
            await refresh(auth, issued.refresh_token)
        assert refusal.value.session_over is is_over


async def test_a_password_change_and_a_refresh_at_once_leave_one_live_token(
    auth: Auth, clock: FrozenClock
) -> None:
    """Whichever is first, what the change answered with lives, and nothing else."""
    ada = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await begin(auth, ada)

    changing = auth.accounts.password_changes.change(
        Viewer(ada, issued.session), PASSWORD, "another long phrase", BROWSER
    )
    changed, refreshed = await asyncio.gather(
        changing, asyncio.gather(*(outcome(auth, issued.refresh_token) for _ in range(5)))
    )

    assert (await session_row(auth, issued))["revoked_reason"] == "renewed"
    row = await session_row(auth, changed)
    assert row["revoked_at"] is None
    assert row["token_hash"] == hash_of(auth, changed.refresh_token)
    assert {SessionRevoked} >= {one for one in refreshed if not isinstance(one, str)}
    for token in {one for one in refreshed if isinstance(one, str)}:
        assert await outcome(auth, token) is SessionRevoked
    assert isinstance(await outcome(auth, changed.refresh_token), str)


async def test_a_password_change_in_the_midst_of_a_race_makes_a_thief_of_nobody(
    auth: Auth, clock: FrozenClock
) -> None:
    """A tab that comes third, with the token of before both, is refused; the session goes on."""
    ada = await auth.accounts.create("ada@example.com", PASSWORD)
    issued = await begin(auth, ada)
    clock.tick(60)
    rotated_token = (await refresh(auth, issued.refresh_token)).refresh_token
    clock.tick(1)
    changed = await auth.accounts.password_changes.change(
        Viewer(ada, issued.session), PASSWORD, "another long phrase", BROWSER
    )
    before = await session_row(auth, changed)

    for token in (issued.refresh_token, rotated_token):
        with pytest.raises(SessionRevoked) as refusal:
            await refresh(auth, token)
        assert not refusal.value.session_over
    assert await session_row(auth, changed) == before
    assert isinstance(await outcome(auth, changed.refresh_token), str)

    clock.tick(30)
    assert await outcome(auth, issued.refresh_token) is SessionRevoked
    assert (await session_row(auth, changed))["revoked_at"] is None


# Secrecy


async def test_no_raw_secret_is_stored(auth: Auth, issued: Issued, clock: FrozenClock) -> None:
    """Of every token a session has had, no row holds the string, its bytes or its hex."""
    tokens = await rotated(auth, issued, clock, 3)
    stored = repr(await everything(auth))
    for token in tokens:
        secret = RefreshTokenCodec(auth.settings.secrets).open(token).secret
        for spelling in (token, secret.hex(), repr(secret)[2:-1], token[26:70]):
            assert spelling not in stored


async def test_issued_shows_no_token_when_it_is_logged(issued: Issued) -> None:
    """Its repr names the session, and neither of its tokens."""
    shown: Any = repr(issued)
    assert issued.refresh_token not in shown
    assert issued.access_token.value not in shown
