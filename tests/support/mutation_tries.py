"""Tries of mutations by somebody who knows the password of an account, and what bounds them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
from authenticator import Authenticator
from browser import Browser, data
from codes import code
from documents import (
    BEGIN_PASSKEY_LOGIN,
    CANCEL_FACTOR_RESET,
    CHANGE_PASSWORD,
    COMPLETE_LOGIN,
    COMPLETE_PASSWORD_RESET,
    CONFIRM_FACTOR_RESET,
    CONFIRM_TOTP_ENROLLMENT,
    FINISH_PASSKEY_REGISTRATION,
    LOGIN,
    LOGIN_WITH_PASSKEY,
    LOGOUT,
    REFRESH_TOKEN,
    REGISTER,
    REQUEST_FACTOR_RESET,
    RESET_PASSWORD,
)
from held_factors import Phone, add_authenticator, add_phone, trust
from mailed_links import ADA, BY_PURPOSE, NEW_PASSWORD, Ask
from people import PASSWORD
from sent_mail import token_to
from starlette.applications import Starlette

from authberry import Auth, Issued, Viewer
from authberry.models import User
from authberry.settings import LinkPurpose

BUDGET, TRIES = 3, 5


@dataclass(frozen=True)
class Holding:
    """What the person holds, if it is asked for."""

    phones: list[Phone]
    authenticator: Authenticator
    trusted: list[str]


@dataclass
class Try:
    """One of several tries of somebody who knows the password of an account."""

    auth: Auth
    app: Starlette
    user: User
    number: int
    first: Issued
    """A session that had begun before the first try."""
    other: Issued
    """One that has just begun, as has this one."""
    session: Issued
    browser: Browser
    """One and the same."""
    link: str
    """The token of one and the same link, which was asked for there."""
    holding: Holding

    @property
    def phone(self) -> Phone:
        """Another one each time."""
        return self.holding.phones[self.number]

    @property
    def viewer(self) -> Viewer:
        """Who is logged in in this session."""
        return Viewer(self.session.user, self.session.session)

    async def ask(self, document: str, **variables: object) -> httpx.Response:
        """Ask, logged in, from another network each time."""
        browser = Browser(self.app, address=f"198.51.{self.number}.7")
        return await browser.ask(document, variables, token=self.session.access_token.value)


async def register(one: Try) -> None:
    """Another address each time."""
    # There is no account yet: it is the network that has a budget.
    await one.browser.ask(REGISTER, email=f"{one.number}@example.com", password=PASSWORD)


async def log_in(one: Try) -> None:
    """From another network each time."""
    await one.ask(LOGIN, email=ADA, password=PASSWORD, transport="BODY")


async def refresh(one: Try) -> None:
    """The token of a session, and then its successor."""
    token = one.first.refresh_token
    for _ in range(2):  # the second time with what the first time gave
        answer = data(await one.browser.ask(REFRESH_TOKEN, refreshToken=token))
        token = answer["refreshToken"]


async def log_out(one: Try) -> None:
    """The same session each time."""
    await one.browser.ask(LOGOUT, refreshToken=one.first.refresh_token)


async def change_password(one: Try) -> None:
    """To another one, and back."""
    passwords = (PASSWORD, NEW_PASSWORD)[:: 1 - 2 * (one.number % 2)]
    await one.ask(CHANGE_PASSWORD, currentPassword=passwords[0], newPassword=passwords[1])


async def open_link(one: Try) -> None:
    """Hand the one link to every mutation that takes one."""
    for kind in BY_PURPOSE.values():
        variables = {**kind.variables, "token": one.link}
        await one.browser.ask(kind.document, variables)


async def complete_login(one: Try) -> None:
    """With the one ticket."""
    proof = {"totpCode": one.phone.code()}
    await one.browser.ask(COMPLETE_LOGIN, ticket=one.link, proof=proof)


async def reset_password(one: Try) -> None:
    """With the one link, which stays good."""
    variables = {"token": one.link, "newPassword": NEW_PASSWORD}
    await Browser(one.app, address=f"198.51.{one.number}.7").ask(RESET_PASSWORD, variables)


async def confirm_factor_reset(one: Try) -> None:
    """With the one link."""
    await one.browser.ask(CONFIRM_FACTOR_RESET, {"token": one.link})


async def cancel_factor_reset(one: Try) -> None:
    """With the one link."""
    await one.browser.ask(CANCEL_FACTOR_RESET, {"token": one.link})


async def complete_password_reset(one: Try) -> None:
    """With the one ticket."""
    proof = {"totpCode": one.phone.code()}
    await one.browser.ask(COMPLETE_PASSWORD_RESET, ticket=one.link, proof=proof)


async def log_in_with_passkey(one: Try) -> None:
    """With the one passkey."""
    options = data(await one.browser.ask(BEGIN_PASSKEY_LOGIN))["options"]
    answer = one.holding.authenticator.get(options)
    await one.ask(LOGIN_WITH_PASSKEY, credential=answer, transport="BODY")


async def add_app(one: Try) -> None:
    """Another one each time."""
    begun = one.auth.logins.enrollment.begin_totp(one.viewer, None)
    shown = code(one.auth, begun.secret)
    await one.ask(CONFIRM_TOTP_ENROLLMENT, code=shown, ticket=begun.ticket)


async def add_passkey(one: Try) -> None:
    """Another one each time."""
    begun = await one.auth.logins.enrollment.begin_passkey(one.viewer)
    answer = Authenticator().create(begun.options)
    await one.ask(FINISH_PASSKEY_REGISTRATION, credential=answer)


@dataclass(frozen=True)
class Bound:
    """What tries of one mutation come to."""

    attempt: Callable[[Try], Awaitable[object]]
    writes: int = BUDGET
    """How many of them write."""
    link: Ask | None = None
    """How the one link or ticket is come by."""
    has_factors: bool = False
    """Whether the person has apps and a passkey."""


async def ticket(auth: Auth, browser: Browser, _: User) -> str:
    """That of a login that wants a second factor."""
    document = LOGIN.replace("__typename", "__typename ... on SecondFactorRequired { ticket }", 1)
    variables = {"email": ADA, "password": PASSWORD, "transport": "BODY"}
    return str(data(await browser.ask(document, variables))["ticket"])


async def reset_ticket(auth: Auth, browser: Browser, user: User) -> str:
    """That of a reset that wants a second factor."""
    token = await BY_PURPOSE[LinkPurpose.RESET_PASSWORD].ask(auth, browser, user)
    document = """mutation($token: String!, $new: String!) {
        resetPassword(token: $token, newPassword: $new, transport: BODY) {
          ... on SecondFactorRequired { ticket } } }"""
    return str(data(await browser.ask(document, {"token": token, "new": NEW_PASSWORD}))["ticket"])


async def factor_reset(auth: Auth, browser: Browser, _: User) -> str:
    """The token of a link that begins the wait."""
    await browser.ask(REQUEST_FACTOR_RESET, email=ADA)
    return await token_to(auth, ADA)


async def factor_reset_cancellation(auth: Auth, browser: Browser, user: User) -> str:
    """The token of a link that ends it."""
    token = await factor_reset(auth, browser, user)
    await browser.ask(CONFIRM_FACTOR_RESET, {"token": token})
    return await token_to(auth, ADA)


async def holding(auth: Auth, user: User) -> Holding:
    """Let somebody have one app and one trusted browser for each try, and a passkey."""
    phones = [await add_phone(auth, user) for _ in range(TRIES)]
    authenticator = await add_authenticator(auth, user)
    return Holding(phones, authenticator, [await trust(auth, user) for _ in range(TRIES)])
