"""Whom an attempt is counted against: strangers together, and each who is known alone."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import pytest
from clocks_moved import WallClock, wall
from people import BROWSER, PASSWORD, PHONE, begin, refresh, register, tokens_of
from sent_mail import token_to
from statements import Statements

from authberry import Auth, Client, RefreshTokenTransport
from authberry.errors import AuthError, TooManyAttempts
from authberry.models import RefreshToken, User
from authberry.sessions.viewers import Viewer

__all__ = ["wall"]

MakeAuth = Callable[..., Awaitable[Auth]]
BODY = RefreshTokenTransport.BODY
ADA = "ada@example.com"
WRONG = "wrong password"


async def outcome(attempt: Awaitable[object]) -> str:
    """What an attempt came to."""
    try:
        await attempt
    except AuthError as refusal:
        return type(refusal).__name__
    return "in"


async def login(auth: Auth, client: Client, password: str = WRONG, email: str = ADA) -> str:
    """One login."""
    return await outcome(auth.logins.passwords.login(email, password, client, BODY))


async def strangers(auth: Auth, email: str = ADA) -> None:
    """Use up what strangers have at an account: 4 an hour."""
    for number in range(4):
        await login(auth, Client(f"203.0.113.{number}"), email=email)


async def guarded(make_auth: MakeAuth, **more: object) -> Auth:
    """Rules with small budgets, and Ada."""
    auth = await make_auth(
        **{"login_attempts": "3/hour", "login_attempts_per_account": "4/hour", **more}
    )
    await auth.accounts.create(ADA, PASSWORD)
    return auth


async def ada_of(auth: Auth) -> User:
    """Ada, as she is by now."""
    user = await auth.accounts.find(ADA)
    assert user
    return user


async def forget_sessions(auth: Auth, user: User) -> None:
    """As pruning does, once they are over."""
    with auth.database.use():
        await RefreshToken.filter(user_id=user.id).delete()


def device(auth: Auth, client: Client = BROWSER, email: str = ADA) -> Client:
    """A client on which somebody has logged in."""
    token = auth.resources.attempts.devices.add(email, client.device_tokens)
    return replace(client, device_tokens=(token,))


async def test_a_device_has_a_budget_of_its_own(make_auth: MakeAuth) -> None:
    """A copy of what it holds buys as many guesses, and then it is a stranger."""
    auth = await guarded(make_auth)
    await strangers(auth)
    known, other = device(auth), device(auth)
    assert [await login(auth, known) for _ in range(4)] == [
        "InvalidCredentials", "InvalidCredentials", "InvalidCredentials", "TooManyAttempts",
    ]  # fmt: skip
    assert await login(auth, other, PASSWORD) == "in"
    eve = device(auth, PHONE, "eve@example.com")
    assert await login(auth, eve, PASSWORD) == "TooManyAttempts"


async def test_the_right_password_gives_a_device_its_budget_back(make_auth: MakeAuth) -> None:
    """Of the short while; in the long run it is a stranger: else it had us hash for ever."""
    auth = await guarded(make_auth, login_attempts_per_account="8/hour")
    known = device(auth)
    for _ in range(2):
        assert [await login(auth, known) for _ in range(2)] == ["InvalidCredentials"] * 2
        assert await login(auth, known, PASSWORD) == "in"
    assert [await login(auth, known, PASSWORD) for _ in range(2)] == ["in"] * 2
    for number in range(8):
        await login(auth, Client(f"203.0.113.{number}"))
    assert await login(auth, replace(known, address="198.51.100.9"), PASSWORD) == "TooManyAttempts"


async def test_a_device_does_not_use_up_what_strangers_have(make_auth: MakeAuth) -> None:
    """Nor give it back."""
    auth = await guarded(make_auth, login_attempts_in_all="3/hour")
    known = device(auth)
    assert [await login(auth, known, PASSWORD) for _ in range(3)] == ["in"] * 3
    assert await login(auth, PHONE) == "InvalidCredentials"
    await strangers(auth)
    assert await login(auth, known, PASSWORD) == "in"
    assert await login(auth, PHONE, PASSWORD) == "TooManyAttempts"


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8:1:2:3:4:5:6"])
async def test_a_network_that_has_logged_in_is_known(make_auth: MakeAuth, address: str) -> None:
    """By the sessions and the logins that are kept; the rest of its /64 as well, and no other."""
    auth = await guarded(make_auth)
    await auth.logins.passwords.login(ADA, PASSWORD, Client(address), BODY)
    await strangers(auth)
    near = Client(address.replace("5:6", "9:9"))
    assert await login(auth, near, PASSWORD) == "in"
    assert await login(auth, Client("2001:db8:1:3::1"), PASSWORD) == "TooManyAttempts"
    assert await login(auth, PHONE, PASSWORD) == "TooManyAttempts"


async def test_a_network_is_known_by_the_events_when_its_sessions_are_gone(
    make_auth: MakeAuth,
) -> None:
    """As a new device is told from an old one."""
    auth = await guarded(make_auth, event_ttl=86400)
    issued = tokens_of(await auth.logins.passwords.login(ADA, PASSWORD, BROWSER, BODY))
    await auth.resources.events.flush()
    await forget_sessions(auth, issued.user)
    await strangers(auth)
    assert await login(auth, BROWSER, PASSWORD) == "in"
    assert await login(auth, PHONE, PASSWORD) == "TooManyAttempts"


@pytest.mark.one_process
async def test_neighbours_of_the_owner_learn_nothing(
    make_auth: MakeAuth, statements: Statements, wall: WallClock
) -> None:
    """On a known network or not, of an account or of none: one answer, after the same work."""
    auth = await guarded(make_auth)
    await auth.logins.passwords.login(ADA, PASSWORD, BROWSER, BODY)
    seen = []
    for client, email in ((BROWSER, ADA), (PHONE, ADA), (BROWSER, "nobody@example.com")):
        await strangers(auth, email)
        statements.seen.clear()
        before = hashes(auth)
        with pytest.raises(TooManyAttempts) as refusal:
            await auth.logins.passwords.login(email, WRONG, client, BODY)
        seen.append((refusal.value.retry_after, tuple(statements.seen), hashes(auth) - before))
    assert seen[0][1:] == seen[1][1:] == seen[2][1:]
    assert seen[0][2] == 1
    assert {retry_after for retry_after, *_ in seen} == {3600}


async def test_a_guess_at_a_known_network_is_counted(make_auth: MakeAuth) -> None:
    """As many as any network has at an account, and no more."""
    auth = await guarded(make_auth)
    await auth.logins.passwords.login(ADA, PASSWORD, BROWSER, BODY)
    await strangers(auth)
    assert [await login(auth, BROWSER) for _ in range(3)] == ["TooManyAttempts"] * 3
    assert await login(auth, BROWSER, PASSWORD) == "TooManyAttempts"


async def test_a_live_session_has_a_budget_of_its_own(make_auth: MakeAuth) -> None:
    """Strangers use none of it up; a stolen access token buys as many guesses as a login."""
    auth = await guarded(make_auth, login_attempts_in_all="4/hour")
    issued = tokens_of(await auth.logins.passwords.login(ADA, PASSWORD, BROWSER, BODY))
    viewer = Viewer(issued.user, issued.session)
    await strangers(auth)
    change = auth.accounts.password_changes.change
    assert await outcome(change(viewer, WRONG, PASSWORD, BROWSER)) == "InvalidCredentials"
    assert await outcome(change(viewer, PASSWORD, PASSWORD, BROWSER)) == "in"


async def test_all_sessions_of_an_account_have_a_budget(make_auth: MakeAuth) -> None:
    """Many stolen sessions are no endless guesses."""
    auth = await guarded(make_auth, login_attempts_per_account="5/hour")
    user = await ada_of(auth)
    sessions = [await begin(auth, user) for _ in range(3)]
    results = [
        await outcome(auth.accounts.deletion.request(Viewer(user, one.session), WRONG, BROWSER))
        for one in sessions
        for _ in range(3)
    ]
    assert results == ["InvalidCredentials"] * 5 + ["TooManyAttempts"] * 4


async def test_the_mailbox_opens_the_account(make_auth: MakeAuth, wall: WallClock) -> None:
    """In the network where it was proved, for an hour, whatever was tried there before."""
    auth = await guarded(make_auth)
    assert [await login(auth, BROWSER) for _ in range(4)][-1] == "TooManyAttempts"
    await auth.accounts.recovery.request(ADA, PHONE)
    await auth.accounts.recovery.reset(await token_to(auth, ADA), PASSWORD, BROWSER, BODY)
    for _ in range(2):
        await strangers(auth)
    assert await login(auth, BROWSER, PASSWORD) == "in"
    await forget_sessions(auth, await ada_of(auth))
    wall.now += 3601
    await strangers(auth)
    assert await login(auth, BROWSER, PASSWORD) == "TooManyAttempts"


async def test_strangers_do_not_use_up_the_mails_of_a_device(make_auth: MakeAuth) -> None:
    """Which has as many as all of them together, and then no more than they have."""
    auth = await make_auth(mail_attempts_per_account="2/hour", mail_attempts_per_address="9/hour")
    ask = auth.accounts.recovery.request
    for number in range(2):
        assert await outcome(ask(ADA, Client(f"203.0.113.{number}"))) == "in"
    assert await outcome(ask(ADA, BROWSER)) == "TooManyAttempts"
    known = device(auth)
    results = [await outcome(ask(ADA, known)) for _ in range(3)]
    assert results == ["in", "in", "TooManyAttempts"]


async def test_no_network_has_all_that_strangers_have(make_auth: MakeAuth) -> None:
    """However wide it is and however many addresses are in it, half is left to others."""
    auth = await guarded(make_auth, login_attempts="9/hour", login_attempts_per_account="6/hour")
    homes = [Client(f"2001:db8:7:{number:x}::1") for number in range(0, 65536, 4096)]
    assert Counter([await login(auth, home) for home in homes]) == {
        "InvalidCredentials": 3,
        "TooManyAttempts": 13,
    }
    assert await login(auth, PHONE) == "InvalidCredentials"


Act = Callable[[Auth, Client, int], Awaitable[object]]
WIDENED: dict[str, Act] = {
    "login_attempts_per_address": lambda auth, client, at: auth.logins.passwords.login(
        f"{at}@example.com", WRONG, client, BODY
    ),
    "register_attempts": lambda auth, client, at: register(
        auth, f"{at}@example.com", PASSWORD, None, client
    ),
    "refresh_attempts": lambda auth, client, _: refresh(auth, "garbage", client=client),
    "link_attempts": lambda auth, client, _: auth.accounts.verification.verify("x", client),
    "mail_attempts_per_address": lambda auth, client, at: auth.accounts.recovery.request(
        f"{at}@example.com", client
    ),
}


@pytest.mark.parametrize("setting", WIDENED)
@pytest.mark.parametrize(
    ("networks", "passed"),
    [
        ([f"2001:db8:1:2::{number:x}" for number in range(9)], 2),
        ([f"2001:db8:1:{number:x}::1" for number in range(9)], 4),
        ([f"2001:db8:1:{number:x}00::1" for number in range(12)], 8),
        ([f"2001:db8:{number:x}::1" for number in range(12)], 12),
    ],
    ids=["of one /64", "of one /56", "of one /48", "of many /48"],
)
async def test_ipv6_is_counted_by_wider_networks_too(
    make_auth: MakeAuth, setting: str, networks: Sequence[str], passed: int
) -> None:
    """A home has a /56, and a site a /48: each wider network has twice as much."""
    auth = await make_auth(**{setting: "2/hour"})
    results = [
        await outcome(WIDENED[setting](auth, Client(address), at))
        for at, address in enumerate(networks)
    ]
    assert len(results) - results.count("TooManyAttempts") == passed
    assert "TooManyAttempts" not in results[:passed]


def hashes(auth: Auth) -> float:
    """How many hashes were made so far."""
    (metric,) = auth.metrics.hash_seconds.collect()
    return next(one.value for one in metric.samples if one.name.endswith("_count"))
