"""Each kind of link, how it is come by, and the mutation that takes its token."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from browser import Browser, data
from documents import (
    CONFIRM_EMAIL_CHANGE,
    LOGIN_WITH_LINK,
    REQUEST_EMAIL_CHANGE,
    REQUEST_EMAIL_VERIFICATION,
    REQUEST_LOGIN_LINK,
    REQUEST_PASSWORD_RESET,
    RESET_PASSWORD,
    UNDO_EMAIL_CHANGE,
    VERIFY_EMAIL,
)
from people import PASSWORD, begin
from sent_mail import token_to

from authberry import Auth
from authberry.models import User
from authberry.settings import LinkPurpose

ADA, NEW = "ada@example.com", "new@example.com"
NEW_PASSWORD = "another horse, another staple"

Ask = Callable[[Auth, Browser, User], Awaitable[str]]


@dataclass(frozen=True)
class Kind:
    """One purpose of links."""

    purpose: LinkPurpose
    ask: Ask
    """Has a link mailed to Ada, from a browser, and returns its token."""
    document: str
    success: str
    lifetime: int = 1800  # seconds
    variables: Mapping[str, str] = field(default_factory=dict)
    is_voided_by_changes: bool = True
    confirms: bool = False
    """Whether it says so again to whoever opens it a second time."""

    async def present(self, browser: Browser, token: str) -> dict[str, object]:
        """Hand a token to the mutation."""
        answer: dict[str, object] = data(
            await browser.ask(self.document, {**self.variables, "token": token})
        )
        return answer


async def _verification(auth: Auth, browser: Browser, _: User) -> str:
    assert data(await browser.ask(REQUEST_EMAIL_VERIFICATION, email=ADA)) == {"ok": True}
    return await token_to(auth, ADA)


async def _reset(auth: Auth, browser: Browser, _: User) -> str:
    assert data(await browser.ask(REQUEST_PASSWORD_RESET, email=ADA)) == {"ok": True}
    return await token_to(auth, ADA)


async def _login(auth: Auth, browser: Browser, _: User) -> str:
    assert data(await browser.ask(REQUEST_LOGIN_LINK, email=ADA)) == {"ok": True}
    return await token_to(auth, ADA)


async def asked_to_change(
    auth: Auth, browser: Browser, user: User, new: str, password: str = PASSWORD
) -> None:
    """Ask for a link that gives somebody another address."""
    token = (await begin(auth, user)).access_token.value
    answer = data(
        await browser.ask(REQUEST_EMAIL_CHANGE, newEmail=new, password=password, token=token)
    )
    assert answer == {"__typename": "EmailSent", "ok": True}


async def ask_to_change(
    auth: Auth, browser: Browser, user: User, new: str = NEW, password: str = PASSWORD
) -> str:
    """Have a link mailed that gives somebody another address."""
    await asked_to_change(auth, browser, user, new, password)
    return await token_to(auth, new)


async def change_address(auth: Auth, browser: Browser, user: User, new: str = NEW) -> str:
    """Change somebody's address, and return the token of the link that undoes it."""
    old = await auth.accounts.find(str(user.id))
    assert old
    token = await ask_to_change(auth, browser, user, new)
    answer = data(await browser.ask(CONFIRM_EMAIL_CHANGE, {"token": token}))
    assert answer["user"]["email"] == new
    return await token_to(auth, old.email)


KINDS = [
    Kind(LinkPurpose.VERIFY_EMAIL, _verification, VERIFY_EMAIL, "EmailVerified", confirms=True),
    Kind(
        LinkPurpose.RESET_PASSWORD,
        _reset,
        RESET_PASSWORD,
        "PasswordReset",
        variables={"newPassword": NEW_PASSWORD},
    ),
    Kind(
        LinkPurpose.CONFIRM_EMAIL_CHANGE,
        ask_to_change,
        CONFIRM_EMAIL_CHANGE,
        "EmailVerified",
        confirms=True,
    ),
    Kind(
        LinkPurpose.UNDO_EMAIL_CHANGE,
        change_address,
        UNDO_EMAIL_CHANGE,
        "EmailVerified",
        lifetime=7 * 86_400,
        is_voided_by_changes=False,
    ),
    Kind(LinkPurpose.LOGIN, _login, LOGIN_WITH_LINK, "AuthPayload", lifetime=600),
]
BY_PURPOSE = {kind.purpose: kind for kind in KINDS}
NAMES = [kind.purpose.value for kind in KINDS]

REFUSED = {
    "__typename": "InvalidToken",
    "code": "INVALID_TOKEN",
    "message": "This link is no longer good. Ask for a new one.",
}
