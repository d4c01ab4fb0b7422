"""`session` and `sessions`: where a person is logged in."""

from browser import Browser, codes, data
from documents import SESSION, SESSIONS
from frozen_clock import FrozenClock
from many_rows import turns
from people import PHONE, begin, refresh

from authberry import Auth, Client, Issued, RefreshTokenTransport
from authberry.models import User


async def test_session_is_the_one_that_is_asking(
    browser: Browser, in_browser: Issued, issued: Issued
) -> None:
    """By its access token, whatever cookie is beside it."""
    assert data(await browser.ask(SESSION, token=issued.access_token.value)) == {
        "id": str(issued.session.id),
        "current": True,
        "createdAt": "2026-01-01T12:00:00.654Z",
        "lastUsedAt": "2026-01-01T12:00:00.654Z",
        "expiresAt": "2026-01-15T12:00:00.654Z",
        "userAgent": "Firefox",
        "ipAddress": "192.0.2.1",
    }


async def test_sessions_are_all_that_live_newest_use_first(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """With what helps to recognise them; the one that asks is marked."""
    laptop = await begin(auth, ada)
    clock.tick(60)
    phone = await begin(auth, ada, PHONE, RefreshTokenTransport.COOKIE)
    clock.tick(60)
    await refresh(auth, laptop.refresh_token)

    assert data(await browser.ask(SESSIONS, token=phone.access_token.value)) == [
        {
            "id": str(laptop.session.id),
            "current": False,
            "createdAt": "2026-01-01T12:00:00.654Z",
            "lastUsedAt": "2026-01-01T12:02:00.654Z",
            "expiresAt": "2026-01-15T12:02:00.654Z",
            "userAgent": "Firefox",
            "ipAddress": "192.0.2.1",
        },
        {
            "id": str(phone.session.id),
            "current": True,
            "createdAt": "2026-01-01T12:01:00.654Z",
            "lastUsedAt": "2026-01-01T12:01:00.654Z",
            "expiresAt": "2026-01-15T12:01:00.654Z",
            "userAgent": "Safari",
            "ipAddress": "198.51.100.7",
        },
    ]


async def test_sessions_are_ones_own_and_alive(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """Not those of others, not what was ended, not what has expired."""
    mallory = await auth.accounts.create("mallory@example.com", None)
    await begin(auth, mallory)
    await begin(auth, ada)  # expires below
    clock.tick(13 * 24 * 60 * 60)
    ended = await begin(auth, ada)
    await auth.sessions.revocation.revoke_by_id(ended.session.id, Client())
    clock.tick(24 * 60 * 60)
    alive = await begin(auth, ada)

    listed = data(await browser.ask(SESSIONS, token=alive.access_token.value))

    assert [session["id"] for session in listed] == [str(alive.session.id)]


async def test_a_browser_s_name_for_itself_is_shown_without_what_does_not_print(
    auth: Auth, browser: Browser, ada: User
) -> None:
    """It comes from strangers, and may be as long as they like."""
    strange = Client("192.0.2.1", "Fire\x1b[31m\r\nfox\0" + "x" * 1000)
    session = await begin(auth, ada, strange)
    shown = data(await browser.ask(SESSION, token=session.access_token.value))
    assert shown["userAgent"] == ("Fire[31mfox" + "x" * 1000)[:400]


async def test_strangers_see_no_sessions(browser: Browser, in_browser: Issued) -> None:
    """The cookie alone does not list anything."""
    for document in (SESSION, SESSIONS):
        response = await browser.ask(document)
        assert codes(response) == ["UNAUTHENTICATED"]
        assert list(response.json()["data"].values()) == [None]


async def test_lists_of_one_request_are_answered_in_turns(
    auth: Auth, browser: Browser, issued: Issued
) -> None:
    """By aliases there are many: between any two of them others have their turn."""
    fields = "\n".join(f"a{number}: sessions {{ id lastUsedAt }}" for number in range(20))
    async with turns() as counted:
        answer = await browser.ask(f"{{ {fields} }}", token=issued.access_token.value)
    assert len(answer.json()["data"]) == 20
    assert counted.number >= 20
