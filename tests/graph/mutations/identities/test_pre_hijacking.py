"""The five attacks of Pre-hijacked accounts (Sudhodanan and Paverd, arXiv 2205.10174).

Mallory does something with Ada's address before Ada comes; then Ada comes, by a provider or by her
mail, and Mallory is to have nothing.
"""

from collections.abc import Awaitable, Callable
from email.message import EmailMessage

import pytest
from browser import Browser, codes, data
from documents import (
    CONFIRM_EMAIL_CHANGE,
    LOGIN,
    LOGIN_WITH_LINK,
    REFRESH_TOKEN,
    REGISTER,
    REQUEST_EMAIL_CHANGE,
    REQUEST_LOGIN_LINK,
    REQUEST_PASSWORD_RESET,
    RESET_PASSWORD,
    VERIFY_EMAIL,
)
from external_logins import Traveller, identity_rows, people
from people import BROWSER, PASSWORD
from sent_mail import link_in, mails, mails_to, text_of, token_in, token_to
from stand_in_provider import StandInProvider
from starlette.applications import Starlette

from authberry import Auth
from authberry.links import basis
from authberry.mail import MailKind

ADA, MALLORY = "ada@example.com", "mallory@example.com"
ME = "query { me { email } }"
Comes = Callable[["Ada"], Awaitable[None]]


class Ada:
    """The owner of the address, in a browser of her own."""

    def __init__(self, app: Starlette, server: StandInProvider) -> None:
        """She has an account at the provider, where her address is verified."""
        self.auth: Auth = app.state.auth
        self.browser = Browser(app, address="203.0.113.5")
        self.traveller = Traveller(self.browser, server, {"sub": "ada"})


async def token_about(auth: Auth, words: str) -> str:
    """The token of the one mail to Ada that says so: its subject may be that of others."""
    (mail,) = [one for one in await mails_to(auth, ADA) if words in told_by(one)]
    return token_in(link_in(mail))


def told_by(mail: EmailMessage) -> str:
    """Its subject and its text."""
    return f"{mail['Subject']}\n{text_of(mail)}"


async def by_the_provider(ada: Ada) -> None:
    """She logs in at the provider, and opens the link that is mailed."""
    assert (await ada.traveller.log_in())["__typename"] == "EmailSent"
    token = await token_about(ada.auth, "Somebody wants to log in")
    verified = data(await ada.browser.ask(VERIFY_EMAIL, {"token": token}))
    assert verified["__typename"] == "EmailVerified"
    assert (await ada.traveller.log_in())["user"]["email"] == ADA


async def by_a_new_password(ada: Ada) -> None:
    """She has forgotten that she has no account."""
    await ada.browser.ask(REQUEST_PASSWORD_RESET, email=ADA)
    token = await token_about(ada.auth, "Set a new password")
    asked = {"token": token, "newPassword": "another horse, another staple"}
    assert data(await ada.browser.ask(RESET_PASSWORD, asked))["__typename"] == "PasswordReset"


async def by_a_login_link(ada: Ada) -> None:
    """She has one mailed."""
    await ada.browser.ask(REQUEST_LOGIN_LINK, email=ADA)
    token = await token_about(ada.auth, "Your link to log in")
    answer = data(await ada.browser.ask(LOGIN_WITH_LINK, {"token": token}))
    assert answer["__typename"] == "AuthPayload"


WAYS = [by_the_provider, by_a_new_password, by_a_login_link]


@pytest.fixture
def owner(app: Starlette, server: StandInProvider) -> Ada:
    """Ada."""
    return Ada(app, server)


@pytest.fixture
def mallory(app: Starlette, server: StandInProvider) -> Traveller:
    """Somebody with an account at the provider that says whatever they like of their address."""
    return Traveller(
        Browser(app, address="198.51.100.66"), server, {"sub": "mallory", "email_verified": False}
    )


async def register(mallory: Traveller) -> str:
    """Make an account with Ada's address and a password; returns the access token."""
    answer = data(await mallory.browser.ask(REGISTER, email=ADA, password=PASSWORD))
    assert answer["__typename"] == "AuthPayload"
    return str(answer["accessToken"])


async def gets_in(mallory: Traveller) -> bool:
    """Whether Mallory has any way into Ada's account."""
    by_password = data(await mallory.browser.ask(LOGIN, email=ADA, password=PASSWORD))
    by_session = data(await mallory.browser.ask(REFRESH_TOKEN))
    by_provider = await mallory.log_in()
    return "AuthPayload" in {
        answer["__typename"] for answer in (by_password, by_session, by_provider)
    }


@pytest.mark.parametrize("come", WAYS)
async def test_classic_federated_merge(owner: Ada, mallory: Traveller, come: Comes) -> None:
    """A password that was set before the owner came is not the account's any more."""
    await register(mallory)
    await come(owner)
    mallory.browser.forget()
    assert not await gets_in(mallory)
    assert len(await people(owner.auth)) == 1


@pytest.mark.parametrize("come", WAYS)
async def test_unexpired_session(owner: Ada, mallory: Traveller, come: Comes) -> None:
    """A session that was kept alive all the while ends, at once."""
    token = await register(mallory)
    await come(owner)
    assert codes(await mallory.browser.ask(ME, token=token)) == ["UNAUTHENTICATED"]
    assert data(await mallory.browser.ask(REFRESH_TOKEN))["__typename"] == "SessionRevoked"
    assert not await gets_in(mallory)


@pytest.mark.parametrize("come", WAYS)
async def test_trojan_identifier(owner: Ada, mallory: Traveller, come: Comes) -> None:
    """A login at a provider that was linked beforehand is unlinked."""
    mallory.token = await register(mallory)
    mallory.person = {**mallory.person, "email": MALLORY}
    assert (await mallory.log_in(intent="LINK"))["__typename"] == "IdentityLinked"
    mallory.token = None
    await come(owner)
    assert "mallory" not in {row["subject"] for row in await identity_rows(owner.auth)}
    mallory.browser.forget()
    answer = await mallory.log_in()
    assert answer["user"]["email"] == MALLORY


@pytest.mark.parametrize("come", WAYS)
async def test_unexpired_email_change(owner: Ada, mallory: Traveller, come: Comes) -> None:
    """A change of the address that was asked for beforehand is not carried out."""
    token = await register(mallory)
    asked = {"newEmail": MALLORY, "password": PASSWORD}
    await mallory.browser.ask(REQUEST_EMAIL_CHANGE, asked, token=token)
    link = await token_to(owner.auth, MALLORY)
    await come(owner)
    answer = data(await mallory.browser.ask(CONFIRM_EMAIL_CHANGE, {"token": link}))
    assert answer["__typename"] == "InvalidToken"
    assert [row["email"] for row in await people(owner.auth)] == [ADA]


@pytest.mark.parametrize("verified", ["no", "yes"])
async def test_a_change_whose_mail_was_held_up_is_over_too(
    owner: Ada, mallory: Traveller, verified: str
) -> None:
    """Also of an account that had no password, so that none has changed since."""
    await mallory.log_in()
    before = await owner.auth.accounts.find(ADA)
    assert before
    await by_the_provider(owner)
    with owner.auth.database.use():
        await owner.auth.outbox.put(
            MailKind.CONFIRM_EMAIL_CHANGE,
            MALLORY,
            BROWSER,
            user_id=str(before.id),
            basis=basis(before),
            verified=verified,
        )
    assert (MALLORY in {mail["To"] for mail in await mails(owner.auth)}) is (verified == "yes")


@pytest.mark.parametrize("come", WAYS)
async def test_non_verifying_provider(owner: Ada, mallory: Traveller, come: Comes) -> None:
    """An account at a provider that takes any address does not log in to hers."""
    first = await mallory.log_in()
    assert (first["__typename"], first["user"]["emailVerified"]) == ("AuthPayload", False)
    await come(owner)
    assert "mallory" not in {row["subject"] for row in await identity_rows(owner.auth)}
    mallory.browser.forget()
    assert not await gets_in(mallory)
    assert len(await people(owner.auth)) == 1
