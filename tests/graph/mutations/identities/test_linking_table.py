"""Every row of the table: what is linked, whose account of the address there is, who vouches.

Nobody is let in, and nothing is linked, for an address alone.
"""

from collections.abc import Mapping

import pytest
from apps import MakeApp, person
from browser import Browser, codes, data
from external_logins import (
    AS_EVER,
    BEGIN_EXTERNAL_LOGIN,
    IDENTITIES,
    PROVIDER,
    RETURN_TO,
    Traveller,
    acme,
    identity_rows,
    link_to,
    login_rows,
    people,
)
from frozen_clock import FrozenClock
from people import PASSWORD, begin
from rows import everything_but_events, user_row
from sent_mail import mails, mails_to, subjects
from stand_in_provider import StandInProvider

from authberry import Auth
from authberry.models import RefreshToken, SecurityEvent, User

ADA = "ada@example.com"
VERIFIED: Mapping[str, object] = {}
UNVERIFIED = {"email_verified": False}
NOT_QUITE = [
    pytest.param(UNVERIFIED, id="false"),
    pytest.param({"email_verified": None}, id="not said"),
    pytest.param({"email_verified": "true"}, id="a text"),
    pytest.param({"email_verified": 1}, id="a number"),
]
"""What is no JSON `true`."""


async def account(auth: Auth, *, verified: bool = True, email: str = ADA) -> User:
    """Ada's account, with a password."""
    user = await person(auth, email)
    with auth.database.use():
        await User.filter(id=user.id).update(email_verified=verified)
        return await User.get(id=user.id)


async def sessions(auth: Auth) -> int:
    """How many there are."""
    with auth.database.use():
        return await RefreshToken.all().count()


async def kinds(auth: Auth, user: User) -> list[str]:
    """What has happened to somebody since their account was made, beside mails."""
    await auth.resources.events.flush()
    with auth.database.use():
        rows = await SecurityEvent.filter(user_id=user.id).order_by("id")
    return [row.kind for row in rows if row.kind not in {"registered", "mail_sent"}]


async def unchanged(auth: Auth, user: User) -> bool:
    """Whether an account is as it was."""
    row = await user_row(auth, user)
    return row == {name: getattr(user, name) for name in row}


# 1: linked


@pytest.mark.parametrize("says", [VERIFIED, UNVERIFIED])
async def test_what_is_linked_logs_in_and_its_address_does_not_matter(
    traveller: Traveller, auth: Auth, says: Mapping[str, object]
) -> None:
    """Not even where that is somebody else's here, and verified there."""
    ada, bob = await account(auth), await account(auth, email="bob@example.com")
    await link_to(auth, bob)
    traveller.person = {**says, "email": ADA}
    answer = await traveller.log_in()
    assert answer["__typename"] == "AuthPayload"
    assert answer["user"]["email"] == "bob@example.com"
    assert await unchanged(auth, ada)
    assert [row["user_id"] for row in await identity_rows(auth)] == [bob.id]
    assert "login_succeeded" in await kinds(auth, bob)
    assert await kinds(auth, ada) == []


async def test_another_issuer_s_account_of_the_same_name_is_another(
    traveller: Traveller, auth: Auth
) -> None:
    """`sub` is one issuer's word."""
    bob = await account(auth, email="bob@example.com")
    await link_to(auth, bob, issuer="https://other.example.com")
    answer = await traveller.log_in()
    assert answer["user"]["email"] == ADA
    assert len(await people(auth)) == 2


# 2 and 3: nobody has the address


async def test_a_verified_address_that_nobody_has_is_a_new_account(
    traveller: Traveller, auth: Auth
) -> None:
    """Proved, and no mail asks for more."""
    answer = await traveller.log_in()
    assert answer["user"]["emailVerified"]
    assert await mails(auth) == []


@pytest.mark.parametrize("says", NOT_QUITE)
async def test_an_unverified_address_that_nobody_has_is_a_new_account_to_be_proved(
    traveller: Traveller, auth: Auth, says: Mapping[str, object]
) -> None:
    """Whoever reads the mail may be another: our own mail asks."""
    traveller.person = says
    answer = await traveller.log_in()
    assert answer["__typename"] == "AuthPayload"
    assert not answer["user"]["emailVerified"]
    assert [mail["To"] for mail in await mails(auth)] == [ADA]
    assert not (await identity_rows(auth))[0]["is_proved"]


async def test_a_provider_that_is_not_trusted_for_addresses_is_not_believed(
    make_app: MakeApp, server: StandInProvider
) -> None:
    """As Microsoft's: its owner writes into it what they like."""
    app = await make_app(providers={PROVIDER: acme(server, trust_email=False)}, **AS_EVER)
    answer = await Traveller(Browser(app), server).log_in()
    assert not answer["user"]["emailVerified"]


async def test_where_addresses_have_to_be_proved_nobody_is_let_in_before(
    make_app: MakeApp, server: StandInProvider
) -> None:
    """And the second time a mail is sent again."""
    app = await make_app(
        providers={PROVIDER: acme(server)}, **{**AS_EVER, "email_verification": "required"}
    )
    traveller = Traveller(Browser(app), server, UNVERIFIED)
    for count in (1, 2):
        assert (await traveller.log_in())["__typename"] == "EmailSent"
        assert len(await mails_to(app.state.auth, ADA)) == count
    assert await sessions(app.state.auth) == 0
    assert len(await people(app.state.auth)) == 1


# 4 and 5: somebody has it, and has proved it


@pytest.mark.parametrize("says", [VERIFIED, UNVERIFIED])
async def test_a_proved_account_of_the_address_is_asked_for_a_proof(
    traveller: Traveller, auth: Auth, says: Mapping[str, object]
) -> None:
    """Nobody is let in, nothing is linked, and the owner is told."""
    ada = await account(auth)
    traveller.person = says
    answer = await traveller.log_in()
    assert answer["__typename"] == "AccountLinkRequired"
    assert (answer["ticket"], answer["provider"], answer["email"]) == (None, "acme", ADA)
    assert await identity_rows(auth) == []
    assert await sessions(auth) == 0
    assert await unchanged(auth, ada)
    assert subjects(await mails_to(auth, ADA)) == [
        "Somebody tried to log in to 127.0.0.1:8000 with Acme"
    ]
    assert await kinds(auth, ada) == ["account_link_asked"]


async def test_the_password_links_it_and_the_owner_is_told(
    traveller: Traveller, auth: Auth
) -> None:
    """From then on the provider logs in."""
    ada = await account(auth)
    await traveller.travel()
    assert (await traveller.complete())["__typename"] == "AccountLinkRequired"
    answer = await traveller.confirm(password=PASSWORD)
    assert answer["__typename"] == "AuthPayload"
    assert answer["session"]["amr"] == ["pwd"]
    (identity,) = await identity_rows(auth)
    assert (identity["user_id"], identity["is_proved"]) == (ada.id, True)
    assert "Acme now logs in to your account at 127.0.0.1:8000" in subjects(
        await mails_to(auth, ADA)
    )
    assert "identity_linked" in await kinds(auth, ada)
    assert await login_rows(auth) == []
    assert (await traveller.log_in())["__typename"] == "AuthPayload"


async def test_where_addresses_are_kept_secret_a_stranger_is_told_nothing(
    make_app: MakeApp, server: StandInProvider
) -> None:
    """Whom nobody vouches for is answered alike whether or not there is an account."""
    app = await make_app(
        providers={PROVIDER: acme(server)}, **{**AS_EVER, "email_verification": "required"}
    )
    auth: Auth = app.state.auth
    ada = await account(auth)
    mallory = Traveller(Browser(app), server, {**UNVERIFIED, "sub": "mallory"})
    eve = Traveller(
        Browser(app), server, {**UNVERIFIED, "sub": "eve", "email": "nobody@example.com"}
    )
    assert await mallory.log_in() == await eve.log_in()
    assert await unchanged(auth, ada)
    assert [row["subject"] for row in await identity_rows(auth)] == ["eve"]
    assert subjects(await mails_to(auth, ADA)) == [
        "Somebody tried to log in to 127.0.0.1:8000 with Acme"
    ]


# 6: somebody has it, and nobody has proved it


@pytest.mark.parametrize("says", [VERIFIED, UNVERIFIED])
async def test_an_unproved_account_is_not_linked_taken_over_or_deleted(
    traveller: Traveller, auth: Auth, says: Mapping[str, object]
) -> None:
    """A mail goes to the address, and the account stays as it is."""
    ada = await account(auth, verified=False)
    await begin(auth, ada)
    traveller.person = says
    assert await traveller.log_in() == {"__typename": "EmailSent", "ok": True}
    assert await identity_rows(auth) == []
    assert await unchanged(auth, ada)
    assert await sessions(auth) == 1
    assert subjects(await mails_to(auth, ADA)) == ["Confirm your e-mail address for 127.0.0.1:8000"]


# 7 and 8: somebody is logged in


async def logged_in(auth: Auth, traveller: Traveller, user: User) -> None:
    """Log somebody in, in the browser."""
    issued = await begin(auth, user)
    traveller.token = issued.access_token.value


async def test_who_is_logged_in_links_whatever_the_address_is(
    traveller: Traveller, auth: Auth
) -> None:
    """Both addresses are told, of which the other is verified there."""
    ada = await account(auth)
    await logged_in(auth, traveller, ada)
    traveller.person = {"email": "other@example.com"}
    answer = await traveller.log_in(intent="LINK")
    assert answer["__typename"] == "IdentityLinked"
    assert answer["identity"]["email"] == "other@example.com"
    (identity,) = await identity_rows(auth)
    assert identity["user_id"] == ada.id
    subject = "Acme now logs in to your account at 127.0.0.1:8000"
    assert {mail["To"]: mail["Subject"] for mail in await mails(auth)} == {
        ADA: subject,
        "other@example.com": subject,
    }
    assert await unchanged(auth, ada)
    again = await traveller.log_in(intent="LINK")
    assert again["identity"]["id"] == answer["identity"]["id"]


async def test_an_address_that_nobody_has_verified_there_gets_no_mail(
    traveller: Traveller, auth: Auth
) -> None:
    """It may be a stranger's."""
    await logged_in(auth, traveller, await account(auth))
    traveller.person = {**UNVERIFIED, "email": "other@example.com"}
    assert (await traveller.log_in(intent="LINK"))["__typename"] == "IdentityLinked"
    assert [mail["To"] for mail in await mails(auth)] == [ADA]


async def test_what_is_somebody_else_s_is_not_linked_and_the_session_stays(
    traveller: Traveller, auth: Auth
) -> None:
    """Nor is anybody logged in as them."""
    ada, bob = await account(auth), await account(auth, email="bob@example.com")
    await link_to(auth, bob)
    await logged_in(auth, traveller, ada)
    ticket = await traveller.travel(intent="LINK")
    before = await everything_but_events(auth)
    answer = await traveller.complete(ticket)
    assert (answer["__typename"], answer["code"]) == ("IdentityInUse", "IDENTITY_IN_USE")
    assert await everything_but_events(auth) == before
    assert data(await traveller.browser.ask(IDENTITIES, token=traveller.token)) == []


async def test_a_link_is_completed_in_the_session_that_has_begun_it(
    traveller: Traveller, auth: Auth
) -> None:
    """By nobody without one, nor in another session, not even of the same person's."""
    ada = await account(auth)
    await logged_in(auth, traveller, ada)
    await traveller.travel(intent="LINK")
    traveller.token = None
    response = await traveller.browser.ask("mutation { completeExternalLogin { __typename } }")
    assert codes(response) == ["UNAUTHENTICATED"]
    await logged_in(auth, traveller, ada)
    assert (await traveller.complete())["__typename"] == "InvalidToken"
    assert await identity_rows(auth) == []


async def test_linking_wants_a_recent_login(
    traveller: Traveller, auth: Auth, clock: FrozenClock
) -> None:
    """A stolen session does not become a way in."""
    await logged_in(auth, traveller, await account(auth))
    clock.tick(301)
    asked = {"provider": "acme", "returnTo": RETURN_TO, "intent": "LINK"}
    response = await traveller.browser.ask(BEGIN_EXTERNAL_LOGIN, asked, token=traveller.token)
    (error,) = response.json()["errors"]
    assert error["extensions"]["reason"] == "STEP_UP_REQUIRED"
    assert await login_rows(auth) == []


async def test_closed_registration_makes_no_account_and_keeps_nobody_out(
    make_app: MakeApp, server: StandInProvider
) -> None:
    """Who has an account links it; who has none is told so."""
    app = await make_app(providers={PROVIDER: acme(server)}, **AS_EVER, registration="closed")
    auth: Auth = app.state.auth
    traveller = Traveller(Browser(app), server)
    assert (await traveller.log_in())["__typename"] == "RegistrationClosed"
    assert await people(auth) == []
    await account(auth)
    assert (await traveller.log_in())["__typename"] == "AccountLinkRequired"


async def test_a_disabled_account_lets_nobody_in(traveller: Traveller, auth: Auth) -> None:
    """By a provider as little as by a password."""
    ada = await account(auth)
    await link_to(auth, ada)
    with auth.database.use():
        await User.filter(id=ada.id).update(disabled_at=auth.clock.now())
    assert (await traveller.log_in())["__typename"] == "InvalidProof"
    assert await sessions(auth) == 0
