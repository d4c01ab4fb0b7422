"""Security notices: what people are told by mail of what was done with their account."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, PHONE, begin, outcome, refresh
from queued_mail import until_queue_is_empty
from rows import everything, session_row
from second_factors import with_app
from sent_mail import mails, subjects, text_of
from statements import Statements

from authberry import Auth, Client, RefreshTokenTransport, Viewer
from authberry.errors import RefreshTokenReused
from authberry.logins import PresentedProof, PresentedTickets, SecondFactorNeeded
from authberry.mail.mailer import Console
from authberry.mail.notices import device
from authberry.models import User

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
NEW_PASSWORD = "another horse, another staple"
CHANGED = "Your password for 127.0.0.1:8000 was changed"
NEW_DEVICE = "A new device logged in to 127.0.0.1:8000"
REUSED = "We logged a device out of 127.0.0.1:8000 to protect you"
CODE_USED = "A recovery code was used for your account at 127.0.0.1:8000"
FIREFOX = Client("192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Firefox/146.0")
SAFARI = Client("198.51.100.7", "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1) Safari/604.1")


@pytest.fixture
async def auth(make_auth: MakeAuth) -> Auth:
    """With notices."""
    return await make_auth(security_notices=True)


@pytest.fixture
async def bob(auth: Auth) -> User:
    """Bob, who has a password."""
    return await auth.accounts.create("bob@example.com", PASSWORD, "Bob")


async def log_in(auth: Auth, client: Client) -> None:
    """Log Bob in."""
    await auth.logins.passwords.login("bob@example.com", PASSWORD, client, BODY)


async def told(auth: Auth) -> list[str]:
    """What Bob was told so far."""
    return subjects(await mails(auth))


# A new password


async def test_a_changed_password_is_told(auth: Auth, bob: User) -> None:
    """To the owner, with where from."""
    issued = await begin(auth, bob)
    viewer = Viewer(issued.user, issued.session)
    await auth.accounts.password_changes.change(viewer, PASSWORD, NEW_PASSWORD, BROWSER)
    (mail,) = await mails(auth)
    assert (mail["To"], mail["Subject"]) == ("bob@example.com", CHANGED)
    assert "192.0.2.1" in text_of(mail)


async def test_a_password_that_the_operator_set_is_told(auth: Auth, bob: User) -> None:
    """Where from is not known."""
    await auth.accounts.password_changes.set(bob, NEW_PASSWORD, Client())
    assert await told(auth) == [CHANGED]


async def test_disabling_tells_nobody(auth: Auth, bob: User) -> None:
    """The operator writes such a mail, or does not."""
    await auth.accounts.disable(bob, BROWSER)
    await auth.accounts.enable(bob, BROWSER)
    assert await told(auth) == []


async def test_where_notices_are_off_nobody_is_told(make_auth: MakeAuth) -> None:
    """Of nothing."""
    auth = await make_auth()
    bob = await auth.accounts.create("bob@example.com", PASSWORD)
    await auth.accounts.password_changes.set(bob, NEW_PASSWORD, BROWSER)
    await auth.logins.passwords.login("bob@example.com", NEW_PASSWORD, FIREFOX, BODY)
    await auth.logins.passwords.login("bob@example.com", NEW_PASSWORD, SAFARI, BODY)
    assert await told(auth) == []


@pytest.mark.parametrize("act", ["change", "set"])
async def test_a_password_and_its_notice_are_written_together_or_not_at_all(
    auth: Auth, bob: User, statements: Statements, act: str
) -> None:
    """Whichever statement fails."""
    issued = await begin(auth, bob)
    before = await everything(auth)
    for number in range(1, 20):
        doing = (
            auth.accounts.password_changes.change(
                Viewer(bob, issued.session), PASSWORD, NEW_PASSWORD, BROWSER
            )
            if act == "change"
            else auth.accounts.password_changes.set(bob, NEW_PASSWORD, BROWSER)
        )
        if not await statements.break_(number, doing):
            break
        assert await everything(auth) == before
    assert number > 4
    assert any("authberry_outbox" in statement for statement in statements.seen)
    assert await told(auth) == [CHANGED]


# A token that was used twice


async def test_reuse_is_told_once(auth: Auth, bob: User, clock: FrozenClock) -> None:
    """To the owner, with what presented it; the second time the session is over already."""
    issued = await begin(auth, bob)
    await refresh(auth, issued.refresh_token)
    clock.tick(60)
    assert await outcome(auth, issued.refresh_token, client=PHONE) is RefreshTokenReused
    assert await outcome(auth, issued.refresh_token, client=PHONE) is not RefreshTokenReused
    (mail,) = await mails(auth)
    assert (mail["To"], mail["Subject"]) == ("bob@example.com", REUSED)
    assert "198.51.100.7" in text_of(mail)


async def test_an_end_for_reuse_and_its_notice_are_written_together_or_not_at_all(
    auth: Auth, bob: User, clock: FrozenClock, statements: Statements
) -> None:
    """A fault is never reuse, and reuse is never forgotten because of one."""
    issued = await begin(auth, bob)
    await refresh(auth, issued.refresh_token)
    clock.tick(60)
    before = await everything(auth)
    for number in range(1, 20):
        with statements.broken(number):
            result = None
            try:
                result = await outcome(auth, issued.refresh_token)
            except Exception as error:  # noqa: BLE001 - whatever a fault becomes
                assert type(error).__name__ == "DatabaseUnavailable"  # noqa: PT017 - in a loop
        if result is RefreshTokenReused:
            break
        assert await everything(auth) == before
    assert number > 4
    assert (await session_row(auth, issued))["revoked_reason"] == "reuse"
    assert await told(auth) == [REUSED]


# A new device


async def test_a_login_on_another_device_is_told(auth: Auth, bob: User) -> None:
    """The first of all is not, nor the second on the same."""
    await log_in(auth, FIREFOX)
    await log_in(auth, FIREFOX)
    assert await told(auth) == []
    await log_in(auth, SAFARI)
    await log_in(auth, SAFARI)
    (mail,) = await mails(auth)
    assert (mail["To"], mail["Subject"]) == ("bob@example.com", NEW_DEVICE)
    assert "http://127.0.0.1:8000/account/forgot" in text_of(mail)


async def test_a_browser_that_has_updated_itself_is_no_news(auth: Auth, bob: User) -> None:
    """Devices are told apart without their versions, and without the network they are in."""
    await log_in(auth, FIREFOX)
    newer = str(FIREFOX.user_agent).replace("146", "147")
    await log_in(auth, replace(FIREFOX, user_agent=newer, address="203.0.113.9"))
    assert await told(auth) == []


async def test_a_device_whose_session_has_just_ended_is_known(auth: Auth, bob: User) -> None:
    """Whoever logs out and in again is not news."""
    await log_in(auth, FIREFOX)
    await auth.sessions.revocation.revoke_all(bob.id, BROWSER, reason="operator")
    await log_in(auth, FIREFOX)
    assert await told(auth) == []


async def test_after_a_long_time_away_every_device_is_new(
    auth: Auth, bob: User, clock: FrozenClock
) -> None:
    """Sessions that are long over are not there any more."""
    await log_in(auth, FIREFOX)
    clock.tick(timedelta(days=20))
    await auth.pruning.prune()
    await log_in(auth, FIREFOX)
    assert await told(auth) == [NEW_DEVICE]


@pytest.mark.one_process("each writes its events a moment later, here behind the pruning")
async def test_where_events_are_stored_a_device_is_known_for_longer(
    make_auth: MakeAuth, clock: FrozenClock
) -> None:
    """As long as they are kept: by a login, or by registering."""
    auth = await make_auth(security_notices=True, event_ttl=30 * 86_400)
    await auth.accounts.registration.register("bob@example.com", PASSWORD, None, FIREFOX, BODY)
    await log_in(auth, SAFARI)
    assert await told(auth) == [NEW_DEVICE]
    clock.tick(timedelta(days=20))
    await auth.resources.events.flush()
    await auth.pruning.prune()
    for client in (FIREFOX, SAFARI):
        await log_in(auth, client)
    assert await told(auth) == [NEW_DEVICE]
    clock.tick(timedelta(days=40))
    await auth.resources.events.flush()
    await auth.pruning.prune()
    await log_in(auth, FIREFOX)
    assert await told(auth) == [NEW_DEVICE] * 2


async def test_a_program_without_a_name_is_a_device(auth: Auth, bob: User) -> None:
    """Like any other."""
    await log_in(auth, FIREFOX)
    for _ in range(2):
        await log_in(auth, Client("192.0.2.1"))
    assert await told(auth) == [NEW_DEVICE]


async def test_registering_is_not_news(auth: Auth) -> None:
    """Whoever registers knows what they do it on; another device afterwards is."""
    await auth.accounts.registration.register("bob@example.com", PASSWORD, None, FIREFOX, BODY)
    assert await told(auth) == []
    await log_in(auth, SAFARI)
    assert await told(auth) == [NEW_DEVICE]


async def test_a_login_and_its_notice_are_written_together_or_not_at_all(
    auth: Auth, bob: User, statements: Statements
) -> None:
    """Nobody is in on a new device whose owner is not told, not even for a fault."""
    await log_in(auth, FIREFOX)
    await auth.outbox.close()  # whose statements are not those of a login
    before = await everything(auth)
    for number in range(1, 20):
        if not await statements.break_(number, log_in(auth, SAFARI)):
            break
        assert await everything(auth) == before
    assert number > 5
    assert await told(auth) == [NEW_DEVICE]


async def test_the_look_at_devices_is_one_read(
    auth: Auth, bob: User, make_auth: MakeAuth, statements: Statements
) -> None:
    """By an index; a login on a known device costs no more than that, and a second if it is new."""
    without = await make_auth()
    counts = []
    for one in (without, auth):
        await log_in(one, FIREFOX)
        statements.seen.clear()
        await log_in(one, FIREFOX)
        counts.append(len(statements.seen))
    assert counts[1] == counts[0] + 1


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("Firefox/146.0", "Firefox/147.1", True),
        ("Firefox/146.0 (X11)", "Firefox/146.0 (Macintosh)", False),
        (None, "", True),
        (None, "curl/8", False),
    ],
)
def test_devices_are_told_apart_by_name(
    one: str | None, other: str | None, *, are_same: bool
) -> None:
    """And by nothing that an update changes."""
    assert (device(one) == device(other)) == are_same


# A recovery code


@pytest.mark.one_process("it looks at what wakes one")
async def test_a_used_recovery_code_is_told_at_once(auth: Auth, bob: User) -> None:
    """By a process that sends nothing yet, and though the device is no news."""
    phone = await with_app(auth, bob)
    await told(auth)
    await auth.outbox.close()
    asked = await auth.logins.passwords.login(bob.email, PASSWORD, BROWSER, BODY)
    assert isinstance(asked, SecondFactorNeeded)
    tickets = PresentedTickets((asked.ticket,), BODY)
    presented = PresentedProof(recovery_code=phone.recovery_codes[0])
    await auth.logins.completion.complete(tickets, presented, BROWSER)
    await until_queue_is_empty(auth)
    assert isinstance(auth.outbox.mailer, Console)
    assert subjects(auth.outbox.mailer.sent)[-1] == CODE_USED
