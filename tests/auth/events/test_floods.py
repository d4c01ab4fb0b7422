"""What anybody can do at will does not fill the table of events."""

import pytest
from deleted_account import until
from event_rows import BODY, MakeAuth, auth, fail_to_log_in, stored
from frozen_clock import FrozenClock
from people import BROWSER, PHONE, begin
from viewers import viewer_of

from authberry import Auth, Client
from authberry.events.log import Event
from authberry.models import SecurityEvent

pytestmark = pytest.mark.one_process("each process has a store of its own")
__all__ = ["auth"]


async def test_what_anybody_can_do_at_will_is_a_row_a_minute(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """With how often it was; the log has a line of each."""
    auth = await make_auth(event_ttl=86400, login_attempts=None)
    for _ in range(5):
        await fail_to_log_in(auth, "nobody@example.com")
    await fail_to_log_in(auth, "nobody@example.com", PHONE)
    assert [row["count"] for row in await stored(auth)] == [None, None]
    clock.tick(60)
    await until(lambda: _has_rows(auth, 3))
    await fail_to_log_in(auth, "nobody@example.com")
    await auth.close()
    rows = await stored(await make_auth())
    assert [(row["ip_address"], row["count"]) for row in rows] == [
        ("192.0.2.0/24", None),
        ("198.51.100.0/24", None),
        ("192.0.2.0/24", 4),
        ("192.0.2.0/24", 1),
    ]


async def test_what_people_do_to_themselves_at_will_is_a_row_a_minute(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """In each session, with how often it was, or with how many sessions ended."""
    auth = await make_auth(event_ttl=86400, change_attempts=None)
    ada = await auth.accounts.create("ada@example.com", None)
    phone, tablet = [await viewer_of(auth, await begin(auth, ada)) for _ in range(2)]
    for number in range(5):
        await auth.accounts.profiles.update(phone, BROWSER, name=f"Ada {number}")
    await auth.accounts.profiles.update(tablet, PHONE, name="Ada")
    for _ in range(3):
        for _ in range(2):
            await begin(auth, ada)
        await auth.sessions.revocation.revoke_others(phone, BROWSER)
    assert [(row["kind"], row["count"]) for row in (await stored(auth))[1:]] == [
        ("profile_changed", None),
        ("profile_changed", None),
        ("sessions_revoked", 3),
    ]
    clock.tick(60)
    await until(lambda: _has_rows(auth, 6))
    rows = (await stored(auth))[4:]
    assert [(row["kind"], row["session_id"], row["count"]) for row in rows] == [
        ("profile_changed", phone.session.id, 4),
        ("sessions_revoked", None, 4),
    ]
    assert {(row["user_id"], row["ip_address"], row["user_agent"]) for row in rows} == {
        (ada.id, "192.0.2.1", "Firefox")
    }


async def test_a_flood_of_others_hides_nobody_s_address(
    make_auth: MakeAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no more networks are told apart, what people do themselves is a row each."""
    monkeypatch.setattr("authberry.events.sampling.MOST", 0)
    auth = await make_auth(event_ttl=86400)
    ada = await auth.accounts.create("ada@example.com", None)
    viewer = await viewer_of(auth, await begin(auth, ada))
    for number in range(3):
        await auth.accounts.profiles.update(viewer, PHONE, name=f"Ada {number}")
    rows = (await stored(auth))[1:]
    assert [(row["kind"], row["ip_address"]) for row in rows] == [
        ("profile_changed", "198.51.100.7")
    ] * 3


async def test_refusals_for_too_many_attempts_do_not_fill_the_disk(make_auth: MakeAuth) -> None:
    """A thousand of them from one network are two rows."""
    auth = await make_auth(event_ttl=86400)
    for _ in range(5):
        await fail_to_log_in(auth, "nobody@example.com")
    for _ in range(200):
        with pytest.raises(Exception, match="Too many"):
            await auth.logins.passwords.login("nobody@example.com", "x" * 10, BROWSER, BODY)
    await auth.close()
    rows = await stored(await make_auth())
    assert [(row["kind"], row["reason"], row["count"]) for row in rows] == [
        ("login_failed", "unknown address", None),
        ("attempts_exceeded", "login", None),
        ("login_failed", "unknown address", 4),
        ("attempts_exceeded", "login", 199),
    ]


async def test_a_thousand_networks_are_told_apart_and_no_more(
    make_auth: MakeAuth, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever has more is counted as one, of nowhere."""
    monkeypatch.setattr("authberry.events.sampling.MOST", 3)
    auth = await make_auth(event_ttl=86400, login_attempts=None)
    for number in range(10):
        client = Client(f"198.51.{number}.1", "Firefox", "r")
        auth.resources.log.record(Event.LOGIN_FAILED, client, reason="unknown address")
    await auth.close()
    rows = await stored(await make_auth())
    assert [(row["ip_address"], row["count"]) for row in rows] == [
        ("198.51.0.0/24", None),
        ("198.51.1.0/24", None),
        ("198.51.2.0/24", None),
        (None, None),
        (None, 6),
    ]


async def _has_rows(auth: Auth, number: int) -> bool:
    with auth.database.use():
        return await SecurityEvent.all().count() == number
