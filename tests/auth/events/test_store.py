"""The stored half of the security log: which events have a row, and what is in it."""

from datetime import timedelta
from uuid import UUID

import pytest
from event_rows import MakeAuth, auth, fail_to_log_in, kinds, record, stored
from frozen_clock import NOON, FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin, log_in, refresh

from authberry import Auth, Client
from authberry.models import User

pytestmark = pytest.mark.one_process("each process has a store of its own")
__all__ = ["auth"]


async def test_an_event_is_a_row_with_who_when_and_where(auth: Auth, clock: FrozenClock) -> None:
    """All that the log says, and the browser."""
    user = await auth.accounts.create("ada@example.com", PASSWORD, client=BROWSER)
    clock.tick(1)
    issued = await log_in(auth, "ada@example.com", client=PHONE)
    registered, logged_in = await stored(auth)
    assert isinstance(registered.pop("id"), UUID)
    assert registered == {
        "kind": "registered",
        "occurred_at": NOON,
        "user_id": user.id,
        "session_id": None,
        "client_id": None,
        "reason": None,
        "count": None,
        "ip_address": "192.0.2.1",
        "user_agent": "Firefox",
        "request_id": "request-1",
    }
    assert (logged_in["kind"], logged_in["occurred_at"]) == (
        "login_succeeded",
        NOON + timedelta(seconds=1),
    )
    assert logged_in["session_id"] == issued.session.id
    assert logged_in["user_agent"] == "Safari"


async def test_a_life_of_a_session_is_all_its_owner_s(
    auth: Auth, ada: User, clock: FrozenClock
) -> None:
    """Each row names the person and the session: else it would outlive them."""
    issued = await begin(auth, ada)
    renewed = await refresh(auth, issued.refresh_token)
    await refresh(auth, issued.refresh_token)
    await auth.sessions.revocation.logout(None, [renewed.refresh_token], BROWSER)
    other = await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(other.session.id, BROWSER)
    rows = (await stored(auth))[1:]
    assert [(row["kind"], row["user_id"], row["session_id"]) for row in rows] == [
        ("token_refreshed", ada.id, issued.session.id),
        ("token_reissued", ada.id, issued.session.id),
        ("logged_out", ada.id, issued.session.id),
        ("sessions_revoked", ada.id, other.session.id),
    ]


async def test_what_a_stranger_sends_is_stored_as_text_that_can_be_shown(
    auth: Auth, ada: User
) -> None:
    """On both databases alike: neither takes everything."""
    odd = Client("2001:db8::1", "\0\ud800\x1b[31m" + "x" * 500, "r")
    record(auth, ada, "y" * 100, odd)
    row = (await stored(auth))[-1]
    assert row["user_agent"] == "[31m" + "x" * 396
    assert row["reason"] == "y" * 64


@pytest.mark.parametrize(
    ("address", "neighbourhood"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        (None, None),
    ],
)
async def test_an_event_of_nobody_tells_no_address_and_no_browser(
    auth: Auth, address: str | None, neighbourhood: str | None
) -> None:
    """It could not be found again when the person whose address it is leaves."""
    await fail_to_log_in(auth, "nobody@example.com", Client(address, "Firefox", "r"))
    (row,) = await stored(auth)
    assert (row["kind"], row["reason"], row["user_id"]) == ("login_failed", "unknown address", None)
    assert (row["ip_address"], row["user_agent"]) == (neighbourhood, None)


async def test_nothing_is_stored_where_nothing_is_to_be_kept(make_auth: MakeAuth) -> None:
    """Of refreshes or of anything."""
    without_refreshes = await make_auth(event_ttl=86400, refresh_event_ttl=0)
    ada = await without_refreshes.accounts.create("ada@example.com", None)
    await refresh(without_refreshes, (await begin(without_refreshes, ada)).refresh_token)
    assert await kinds(without_refreshes) == ["registered"]
    nothing = await make_auth(event_ttl=0)
    await nothing.accounts.create("grace@example.com", None)
    assert await kinds(nothing) == ["registered"]
