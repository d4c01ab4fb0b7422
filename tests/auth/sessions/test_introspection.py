"""What a token is said to be good for: just what it would be good for here, at that moment."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from frozen_clock import FrozenClock
from people import BROWSER, PASSWORD, begin, outcome, refresh
from rows import everything, session_row
from viewers import claims_of, until_cached, viewer_of

from authberry import Auth, Issued, Viewer
from authberry.models import RefreshToken, User
from authberry.tokens.jose import read_unverified
from authberry.tokens.refresh_tokens import RefreshTokenCodec

MakeAuth = Callable[..., Awaitable[Auth]]
INACTIVE = {"active": False}
DAY = 24 * 60 * 60


def is_active(introspected: dict[str, object]) -> bool:
    """Whether it is; of what is not, nothing else may be said."""
    assert introspected["active"] is True or introspected == INACTIVE
    return introspected["active"] is True


# What is said


async def test_an_active_access_token_says_what_it_says_itself(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """The claims that its bearer may be told, under the names of RFC 7662 and RFC 9068."""
    claims = read_unverified(issued.access_token.value)[1]
    assert await auth.sessions.introspection.introspect(issued.access_token.value) == {
        "active": True,
        "token_type": "Bearer",
        "iss": "http://127.0.0.1:8000",
        "aud": "http://127.0.0.1:8000",
        "sub": str(ada.id),
        "client_id": "authberry",
        "exp": int(clock.now().timestamp()) + 300,
        "iat": int(clock.now().timestamp()),
        "jti": claims["jti"],
        "sid": str(issued.session.id),
        "auth_time": int(clock.now().timestamp()),
        "amr": ("pwd",),
        "acr": "aal1",
        "roles": ["admin"],
    }


async def test_an_active_refresh_token_says_how_long_its_session_lives(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """It has neither type nor audience, so that no API takes it for an access token."""
    assert await auth.sessions.introspection.introspect(issued.refresh_token) == {
        "active": True,
        "iss": "http://127.0.0.1:8000",
        "sub": str(ada.id),
        "client_id": "authberry",
        "exp": int(clock.now().timestamp()) + 14 * DAY,
        "sid": str(issued.session.id),
        "auth_time": int(clock.now().timestamp()),
        "roles": ["admin"],
    }


async def test_the_audience_is_the_configured_one(make_auth: MakeAuth) -> None:
    """As in the token."""
    auth = await make_auth(audience="https://api.example.com", public_url="https://a.example.com")
    ada = await auth.accounts.create("ada@example.com", None)
    said = await auth.sessions.introspection.introspect((await begin(auth, ada)).access_token.value)
    assert (said["iss"], said["aud"]) == ("https://a.example.com", "https://api.example.com")


async def test_roles_are_those_of_this_moment(auth: Auth, ada: User, issued: Issued) -> None:
    """Not those of when the token was signed."""
    with auth.database.use():
        await User.filter(id=ada.id).update(roles=["reader"])
    await auth.sessions.viewers.propagate()
    for token in (issued.access_token.value, issued.refresh_token):
        assert (await auth.sessions.introspection.introspect(token))["roles"] == ["reader"]


# What is not active


@pytest.mark.parametrize(
    "token", ["", ".", "garbage", "a.b.c", "A" * 91, "é" * 91, "\0", "x" * 60_000]
)
async def test_garbage_is_inactive(auth: Auth, issued: Issued, token: str) -> None:
    """And no more is said of it."""
    assert await auth.sessions.introspection.introspect(token) == INACTIVE


async def test_an_expired_access_token_is_inactive(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """When our own fields would refuse it: at its time, and the skew of clocks."""
    clock.tick(329)
    assert is_active(await auth.sessions.introspection.introspect(issued.access_token.value))
    clock.tick(1)
    assert await auth.sessions.introspection.introspect(issued.access_token.value) == INACTIVE


async def test_a_token_of_another_issuer_is_inactive(
    auth: Auth, make_auth: MakeAuth, ada: User
) -> None:
    """Even signed with the same keys."""
    other = await make_auth(public_url="http://other.example.com")
    foreign = (await begin(other, ada)).access_token.value
    assert await auth.sessions.introspection.introspect(foreign) == INACTIVE


ENDS: dict[str, Callable[[Auth, Issued, Viewer], Awaitable[object]]] = {
    "logout": lambda auth, issued, _: auth.sessions.revocation.logout(
        None, [issued.refresh_token], BROWSER
    ),
    "revoked from another device": lambda auth, issued, _: _revoke_from_elsewhere(auth, issued),
    "by a service": lambda auth, issued, _: auth.sessions.revocation.revoke_token(
        issued.access_token.value, BROWSER
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


async def _revoke_from_elsewhere(auth: Auth, issued: Issued) -> None:
    elsewhere = await viewer_of(auth, await begin(auth, issued.user))
    await auth.sessions.revocation.revoke(elsewhere, str(issued.session.id), BROWSER)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
async def test_a_session_that_has_ended_is_inactive_at_once(
    auth: Auth,
    make_auth: MakeAuth,
    issued: Issued,
    end: Callable[[Auth, Issued, Viewer], Awaitable[object]],
) -> None:
    """On this process, and on another that has just said that it lives."""
    other = await make_auth()
    viewer = await viewer_of(auth, issued)
    tokens = (issued.access_token.value, issued.refresh_token)
    for process in (auth, other):
        await until_cached(process, await claims_of(process, issued))
        for token in tokens:
            assert is_active(await process.sessions.introspection.introspect(token))

    await end(auth, issued, viewer)

    for process in (other, auth):
        for token in tokens:
            assert await process.sessions.introspection.introspect(token) == INACTIVE


# Refresh tokens: to be asked about is not to be used


async def test_introspection_writes_nothing(auth: Auth, issued: Issued, clock: FrozenClock) -> None:
    """Not even of a token whose use would end the session as a thief's."""
    clock.tick(60)
    await refresh(auth, issued.refresh_token)
    clock.tick(60)
    before = await everything(auth)
    assert await auth.sessions.introspection.introspect(issued.refresh_token) == INACTIVE
    assert await everything(auth) == before


@pytest.mark.parametrize("window", [30, 0])
async def test_a_refresh_token_is_active_as_long_as_a_refresh_takes_it(
    make_auth: MakeAuth, clock: FrozenClock, window: int
) -> None:
    """The current one, and the one before it inside the window; what was said then holds."""
    auth = await make_auth(refresh_window=window)
    ada = await auth.accounts.create("ada@example.com", None)
    said = []
    for wait in (0, 1, 29, 30, 31, 90):
        for index in range(3):
            tokens = [(await begin(auth, ada)).refresh_token]
            for _ in range(2):
                clock.tick(60)
                tokens.append((await refresh(auth, tokens[-1])).refresh_token)
            clock.tick(wait)
            active = is_active(await auth.sessions.introspection.introspect(tokens[index]))
            assert active == isinstance(await outcome(auth, tokens[index]), str)
            said.append(active)
    previous = [window > wait for wait in (0, 1, 29, 30, 31, 90)]
    assert said == [answer for before in previous for answer in (False, before, True)]


async def test_what_a_renewed_session_had_before_is_inactive_at_once(
    auth: Auth, make_auth: MakeAuth, ada: User
) -> None:
    """On every process, by the time that the change of password is answered; the new is active."""
    other = await make_auth()
    await auth.accounts.password_changes.set(ada, PASSWORD, BROWSER)
    kept = await begin(auth, ada)
    viewer = await viewer_of(auth, kept)
    for process in (auth, other):
        await until_cached(process, await claims_of(process, kept))
    renewed = await auth.accounts.password_changes.change(
        viewer, PASSWORD, "battery staple horse correct", BROWSER
    )
    for process in (other, auth):
        introspect = process.sessions.introspection.introspect
        for token in (kept.access_token.value, kept.refresh_token):
            assert await introspect(token) == INACTIVE
        for token in (renewed.access_token.value, renewed.refresh_token):
            assert is_active(await introspect(token))


async def test_a_refresh_token_of_the_future_is_inactive(auth: Auth, issued: Issued) -> None:
    """As after a backup was restored."""
    codec = RefreshTokenCodec(auth.settings.secrets)
    ahead = codec.seal(next(codec.successors(codec.open(issued.refresh_token))))
    assert await auth.sessions.introspection.introspect(ahead) == INACTIVE


async def test_a_session_past_its_limit_is_inactive(
    auth: Auth, issued: Issued, clock: FrozenClock
) -> None:
    """To the microsecond, as for a refresh."""
    clock.tick(timedelta(days=14) - timedelta(microseconds=1))
    assert is_active(await auth.sessions.introspection.introspect(issued.refresh_token))
    clock.tick(timedelta(microseconds=1))
    assert await auth.sessions.introspection.introspect(issued.refresh_token) == INACTIVE


async def test_somebody_disabled_by_hand_is_inactive(
    auth: Auth, ada: User, issued: Issued, clock: FrozenClock
) -> None:
    """A refresh would end the session that nobody has ended; this leaves it as it is."""
    with auth.database.use():
        await User.filter(id=ada.id).update(disabled_at=clock.now())
    await auth.sessions.viewers.propagate()
    for token in (issued.access_token.value, issued.refresh_token):
        assert await auth.sessions.introspection.introspect(token) == INACTIVE
    assert (await session_row(auth, issued))["revoked_at"] is None


async def test_a_session_that_was_deleted_is_inactive(auth: Auth, issued: Issued) -> None:
    """As after pruning."""
    with auth.database.use():
        await RefreshToken.filter(id=issued.session.id).delete()
    await auth.sessions.viewers.propagate()
    for token in (issued.access_token.value, issued.refresh_token):
        assert await auth.sessions.introspection.introspect(token) == INACTIVE
