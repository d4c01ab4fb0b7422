"""An account that nobody has proved, handed over to whoever reads its mail and came."""

import asyncio

import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import LOGIN, VERIFY_EMAIL
from external_logins import (
    AS_EVER,
    PROVIDER,
    Traveller,
    acme,
    identity_rows,
    link_to,
    login_rows,
)
from factor_rows import add_factor_reset, add_pending_login, add_trusted_device
from frozen_clock import FrozenClock
from held_factors import add_authenticator, add_paper, add_phone
from people import BROWSER, PASSWORD, begin
from rows import everything_but_events, user_row
from sent_mail import mails_to, subjects, token_to
from stand_in_provider import StandInProvider
from starlette.applications import Starlette

from authberry import Auth
from authberry.models import RefreshToken, SecurityEvent, User
from authberry.settings import LinkPurpose

ADA = "ada@example.com"
UNVERIFIED = {"email_verified": False}


@pytest.fixture
async def ada(auth: Auth) -> User:
    """An account whose address nobody has proved."""
    return await person(auth, ADA, "Whoever")


async def opened(browser: Browser, token: str) -> str:
    """What opening the link is answered."""
    return str(data(await browser.ask(VERIFY_EMAIL, {"token": token}))["__typename"])


async def test_the_link_hands_it_over_and_nothing_of_before_is_left(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """Password, name, sessions, factors, links, devices, other identities, a waiting deletion."""
    await begin(auth, ada)
    await link_to(auth, ada, subject="another")
    for add in (add_phone, add_authenticator, add_paper):
        await add(auth, ada)
    for write in (add_pending_login, add_trusted_device, add_factor_reset):
        await write(auth, ada)
    for purpose in (LinkPurpose.UNDO_EMAIL_CHANGE, LinkPurpose.RESET_PASSWORD):
        await auth.links.tokens.issue(ada, purpose, email=ADA)
    with auth.database.use():
        await User.filter(id=ada.id).update(deletes_at=auth.clock.now())
    before = await user_row(auth, ada)
    assert (await traveller.log_in())["__typename"] == "EmailSent"
    assert await opened(traveller.browser, await token_to(auth, ADA)) == "EmailVerified"
    assert await user_row(auth, ada) == {
        **before,
        "email_verified": True,
        "password_hash": None,
        "name": "Ada",
        "deletes_at": None,
    }
    rows = await everything_but_events(auth)
    names = (
        *("Totp", "Passkey", "RecoveryCode", "FactorReset", "TrustedDevice"),
        *("PendingLogin", "OneTimeToken", "ExternalLogin"),
    )
    assert {name: rows[name] for name in names} == {name: [] for name in names}
    (identity,) = rows["ExternalIdentity"]
    assert (identity["subject"], identity["user_id"]) == ("person-1", ada.id)
    assert identity["is_proved"]
    assert [row["revoked_reason"] for row in rows["RefreshToken"]] == ["account handed over"]
    assert (await traveller.log_in())["user"]["email"] == ADA


async def test_it_is_told_and_recorded(traveller: Traveller, auth: Auth, ada: User) -> None:
    """For its owner, who may be somebody else than whoever pressed the button."""
    await traveller.log_in()
    await opened(traveller.browser, await token_to(auth, ADA))
    assert subjects(await mails_to(auth, ADA)) == [
        "Confirm your e-mail address for 127.0.0.1:8000",
        "Acme now logs in to your account at 127.0.0.1:8000",
    ]
    await auth.resources.events.flush()
    with auth.database.use():
        rows = await SecurityEvent.filter(user_id=ada.id).order_by("id")
    assert {row.kind for row in rows if row.kind != "mail_sent"} == {
        "registered",
        "account_link_asked",
        "account_handed_over",
        "identity_linked",
    }


async def test_where_the_provider_vouches_the_link_works_in_any_browser(
    traveller: Traveller, app: Starlette, auth: Auth, ada: User
) -> None:
    """Mail is read on another device."""
    await traveller.log_in()
    assert await opened(Browser(app), await token_to(auth, ADA)) == "EmailVerified"
    assert [row["user_id"] for row in await identity_rows(auth)] == [ada.id]


async def test_where_it_does_not_the_link_works_in_the_browser_that_came(
    traveller: Traveller, app: Starlette, auth: Auth, ada: User
) -> None:
    """Else whoever reads the mail would hand their account to a stranger by opening it."""
    traveller.person = UNVERIFIED
    await traveller.log_in()
    token = await token_to(auth, ADA)
    before = await user_row(auth, ada)
    for stranger in (Browser(app), (await on_the_way(app, traveller)).browser):
        assert await opened(stranger, token) == "InvalidToken"
    program = await Browser(app).ask(VERIFY_EMAIL, {"token": token}, headers={"Origin": None})
    assert data(program)["__typename"] == "InvalidToken"
    assert await user_row(auth, ada) == before
    assert await identity_rows(auth) == []
    assert await opened(traveller.browser, token) == "EmailVerified"
    assert [row["user_id"] for row in await identity_rows(auth)] == [ada.id]


@pytest.mark.parametrize("person_there", [UNVERIFIED, {"email_verified": True}])
async def test_the_state_of_who_came_does_not_stand_for_the_link_before_it_is_mailed(
    traveller: Traveller, auth: Auth, ada: User, person_there: dict[str, object]
) -> None:
    """It is in the address that they went to; whoever has the account's address has not seen it."""
    traveller.person = person_there
    brought = traveller.log_in_there((await traveller.begin())["authorizationUrl"])
    await traveller.come_back(brought)
    auth.outbox._delivery.is_stopping = True  # so that no mail is written yet
    before = await user_row(auth, ada)
    assert (await traveller.complete())["__typename"] == "EmailSent"
    assert await opened(traveller.browser, brought["state"]) == "InvalidToken"
    assert await user_row(auth, ada) == before
    assert await identity_rows(auth) == []
    auth.outbox._delivery.is_stopping = False
    assert await opened(traveller.browser, await token_to(auth, ADA)) == "EmailVerified"


async def on_the_way(app: Starlette, traveller: Traveller) -> Traveller:
    """Somebody else, who holds a secret of their own."""
    stranger = Traveller(Browser(app), traveller.server)
    await stranger.begin()
    return stranger


async def test_the_browser_is_known_for_as_long_as_the_link_is_good(
    traveller: Traveller, auth: Auth, clock: FrozenClock
) -> None:
    """Half an hour, and no longer."""
    await person(auth, ADA)
    traveller.person = UNVERIFIED
    await traveller.log_in()
    token = await token_to(auth, ADA)
    clock.tick(auth.settings.link_ttl.total_seconds() - 1)
    assert await opened(traveller.browser, token) == "EmailVerified"
    await traveller.begin()
    await person(auth, "bob@example.com")
    traveller.person = {**UNVERIFIED, "sub": "bob", "email": "bob@example.com"}
    await traveller.log_in()
    late = await token_to(auth, "bob@example.com")
    clock.tick(auth.settings.link_ttl.total_seconds())
    assert await opened(traveller.browser, late) == "InvalidToken"


async def test_the_link_is_good_once(traveller: Traveller, auth: Auth, ada: User) -> None:
    """Of several at once, one."""
    await traveller.log_in()
    token = await token_to(auth, ADA)
    answers = await asyncio.gather(*(opened(traveller.browser, token) for _ in range(5)))
    assert sorted(answers) == ["EmailVerified", *["InvalidToken"] * 4]
    assert [row["user_id"] for row in await identity_rows(auth)] == [ada.id]


async def test_an_account_that_is_proved_meanwhile_is_not_handed_over(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """Its owner has come another way."""
    await traveller.log_in()
    token = await token_to(auth, ADA)
    with auth.database.use():
        await User.filter(id=ada.id).update(email_verified=True)
    assert await opened(traveller.browser, token) == "InvalidToken"
    assert await identity_rows(auth) == []
    answer = data(await traveller.browser.ask(LOGIN, email=ADA, password=PASSWORD))
    assert answer["__typename"] == "AuthPayload"


async def test_an_account_that_has_another_address_meanwhile_is_not_handed_over(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """What was asked for is about an address."""
    await traveller.log_in()
    token = await token_to(auth, ADA)
    with auth.database.use():
        await User.filter(id=ada.id).update(email="other@example.com")
    assert await opened(traveller.browser, token) == "InvalidToken"
    assert await identity_rows(auth) == []


async def test_a_disabled_account_is_neither_handed_over_nor_written_to(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """The operator has shut it."""
    await auth.accounts.disable(ada, BROWSER)
    assert (await traveller.log_in())["__typename"] == "EmailSent"
    assert await mails_to(auth, ADA) == []
    assert await identity_rows(auth) == []


async def test_what_whoever_made_it_changes_does_not_spoil_the_link(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """Else a stranger would keep the owner out by changing the password again and again."""
    await traveller.log_in()
    token = await token_to(auth, ADA)
    await auth.accounts.password_changes.set(ada, "another horse, another staple", BROWSER)
    assert await opened(traveller.browser, token) == "EmailVerified"
    answer = data(
        await traveller.browser.ask(LOGIN, email=ADA, password="another horse, another staple")
    )
    assert answer["__typename"] == "InvalidCredentials"


async def test_the_identity_that_somebody_has_linked_meanwhile_stays_theirs(
    traveller: Traveller, auth: Auth, ada: User
) -> None:
    """Then nothing is handed over."""
    await traveller.log_in()
    token = await token_to(auth, ADA)
    before = await user_row(auth, ada)
    bob = await person(auth, "bob@example.com")
    await link_to(auth, bob)
    assert await opened(traveller.browser, token) == "InvalidToken"
    assert await user_row(auth, ada) == before
    assert [row["user_id"] for row in await identity_rows(auth)] == [bob.id]


async def test_mails_are_bounded_and_nobody_is_let_in_for_that(
    make_app: MakeApp, server: StandInProvider
) -> None:
    """However often somebody comes."""
    app = await make_app(
        providers={PROVIDER: acme(server)}, **AS_EVER, mail_attempts_per_account="2/hour"
    )
    auth: Auth = app.state.auth
    ada = await person(auth, ADA)
    traveller = Traveller(Browser(app), server)
    answers = [(await traveller.log_in())["__typename"] for _ in range(3)]
    assert answers[-1] == "TooManyAttempts"
    assert len(await mails_to(auth, ADA)) == answers.count("EmailSent")
    with auth.database.use():
        assert await RefreshToken.filter(user_id=ada.id).count() == 0
    assert len(await login_rows(auth)) >= 1
