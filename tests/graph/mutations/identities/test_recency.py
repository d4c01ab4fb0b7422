"""How recent a login at a provider is: a session that somebody has there proves nothing of now."""

from datetime import datetime, timedelta

import jwt
import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import COMPLETE_LOGIN
from external_logins import (
    AS_EVER,
    BEGIN_EXTERNAL_LOGIN,
    PROVIDER,
    RETURN_TO,
    Traveller,
    acme,
    link_to,
)
from frozen_clock import FrozenClock
from people import begin
from rows import everything
from stand_in_provider import StandInProvider

from authberry import Auth
from authberry.models import User

ADA = "ada@example.com"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def linked_at(auth: Auth, clock: FrozenClock) -> datetime:
    """When Ada linked the provider: a day ago. Her address is proved."""
    user = await person(auth, ADA)
    linked_at = clock.now()
    await link_to(auth, user)
    with auth.database.use():
        await User.filter(id=user.id).update(email_verified=True)
    clock.tick(24 * 60 * 60)
    return linked_at


def seconds(moment: datetime) -> int:
    """As tokens have it."""
    return int(moment.timestamp())


async def auth_time(traveller: Traveller) -> int:
    """Log in at the provider; returns what the access token says of when that was proved."""
    answer = await traveller.log_in()
    traveller.token = answer["accessToken"]
    return int(jwt.decode(traveller.token, options={"verify_signature": False})["auth_time"])


async def may_link(traveller: Traveller) -> bool:
    """Whether the session is recent enough to link one more."""
    asked = {"provider": PROVIDER, "returnTo": RETURN_TO, "intent": "LINK"}
    response = await traveller.browser.ask(BEGIN_EXTERNAL_LOGIN, asked, token=traveller.token)
    if errors := response.json().get("errors"):
        assert errors[0]["extensions"]["reason"] == "STEP_UP_REQUIRED"
        return False
    return bool(data(response)["__typename"] == "ExternalLoginBegun")


async def test_where_the_provider_does_not_say_it_is_as_old_as_the_link(
    traveller: Traveller, linked_at: datetime
) -> None:
    """Whoever sits at a browser in which its owner is logged in there changes nothing here."""
    assert await auth_time(traveller) == seconds(linked_at)
    assert not await may_link(traveller)


@pytest.mark.usefixtures("linked_at")
async def test_where_it_says_when_that_is_when(traveller: Traveller, clock: FrozenClock) -> None:
    """Five minutes from when it was proved there, and not from when the browser came back."""
    for ago, is_recent in ((MINUTE, True), (6 * MINUTE, False)):
        traveller.token = None
        traveller.person = {"auth_time": seconds(clock.now() - ago)}
        assert await auth_time(traveller) == seconds(clock.now() - ago)
        assert await may_link(traveller) is is_recent


@pytest.mark.parametrize("says", [-1, True, "now", 2**40, None])
async def test_what_is_no_time_is_none(
    traveller: Traveller, linked_at: datetime, says: object
) -> None:
    """As if it had said nothing."""
    traveller.person = {"auth_time": says}
    assert await auth_time(traveller) == seconds(linked_at)


@pytest.mark.usefixtures("linked_at")
async def test_nobody_has_proved_anything_in_the_future(
    traveller: Traveller, clock: FrozenClock
) -> None:
    """A provider's clock that is ahead makes no login last longer."""
    traveller.person = {"auth_time": seconds(clock.now() + 60 * MINUTE)}
    assert await auth_time(traveller) == seconds(clock.now())


async def test_an_account_that_was_made_just_now_is_as_recent(
    traveller: Traveller, clock: FrozenClock
) -> None:
    """There is nothing in it yet that somebody could take."""
    assert await auth_time(traveller) == seconds(clock.now())
    assert await may_link(traveller)


@pytest.mark.parametrize("preset", ["google", "oidc"])
async def test_who_can_prove_nothing_else_is_believed(
    make_app: MakeApp, server: StandInProvider, clock: FrozenClock, preset: str
) -> None:
    """Without password, factor and proved address; unless the provider asks for a fresh proof."""
    app = await make_app(providers={PROVIDER: acme(server, preset=preset)}, **AS_EVER)
    traveller = Traveller(Browser(app), server, {"email_verified": False})
    registered_at = await auth_time(traveller)
    assert registered_at == seconds(clock.now())
    clock.tick(24 * 60 * 60)
    when = seconds(clock.now()) if preset == "google" else registered_at
    traveller.token = None
    assert await auth_time(traveller) == when


async def test_it_is_no_more_recent_once_a_factor_is_put_off(
    make_app: MakeApp, server: StandInProvider, clock: FrozenClock
) -> None:
    """What waits for the rest of a login keeps when its first half was proved."""
    later = (clock.now() + 30 * 24 * 60 * MINUTE).isoformat()
    required = {"second_factor": "required", "second_factor_from": later}
    app = await make_app(providers={PROVIDER: acme(server)}, **AS_EVER, **required)
    auth: Auth = app.state.auth
    user = await person(auth, ADA)
    await link_to(auth, user)
    clock.tick(3600)
    traveller = Traveller(Browser(app), server, {"auth_time": seconds(clock.now() - 20 * MINUTE)})
    assert (await traveller.log_in())["__typename"] == "FactorEnrollmentRequired"
    answer = data(await traveller.browser.ask(COMPLETE_LOGIN, skip=True))
    assert answer["__typename"] == "AuthPayload"
    (row,) = (await everything(auth))["RefreshToken"]
    assert row["authenticated_at"] == clock.now().replace(microsecond=0) - 20 * MINUTE


async def test_a_session_that_was_begun_otherwise_is_of_now(auth: Auth, clock: FrozenClock) -> None:
    """A password is typed when it is sent."""
    issued = await begin(auth, await person(auth, ADA))
    assert issued.session.authenticated_at == clock.now()
