"""What one account can have written: every mutation has its bound, from however many networks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx
import pytest
from apps import MakeApp, person
from browser import Browser, data
from documents import (
    CHANGE_PASSWORD,
    DELETE_ACCOUNT,
    LOGIN,
    LOGOUT,
    REFRESH_TOKEN,
    REGISTER,
    REQUEST_EMAIL_CHANGE,
    REQUEST_EMAIL_VERIFICATION,
    REQUEST_LOGIN_LINK,
    REQUEST_PASSWORD_RESET,
    REVOKE_OTHER_SESSIONS,
    REVOKE_SESSION,
    UPDATE_PROFILE,
)
from mailed_links import ADA, BY_PURPOSE, NEW_PASSWORD
from people import PASSWORD, begin
from rows import EVENTS, Row, everything
from sent_mail import everything_when_idle
from starlette.applications import Starlette

from authberry import Auth, Issued
from authberry.graph import build_schema
from authberry.graph.strawberry_internals import core_schema
from authberry.models import User
from authberry.settings import LinkPurpose

pytestmark = pytest.mark.one_process("each process has a store of events of its own")

BUDGET, TRIES = 3, 5
LIMIT = f"{BUDGET}/hour"
LIMITS = (
    "change_attempts",
    "session_attempts",
    "register_attempts",
    "mail_attempts_per_account",
)
MUTATION = core_schema(build_schema(introspection=True)).mutation_type


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

    async def ask(self, document: str, **variables: object) -> httpx.Response:
        """Ask, logged in, from another network each time."""
        browser = Browser(self.app, address=f"198.51.{self.number}.7")
        return await browser.ask(document, variables, token=self.session.access_token.value)


async def _register(one: Try) -> None:
    # There is no account yet: it is the network that has a budget.
    await one.browser.ask(REGISTER, email=f"{one.number}@example.com", password=PASSWORD)


async def _log_in(one: Try) -> None:
    await one.ask(LOGIN, email=ADA, password=PASSWORD, transport="BODY")


async def _refresh(one: Try) -> None:
    token = one.first.refresh_token
    for _ in range(2):  # the second time with what the first time gave
        answer = data(await one.browser.ask(REFRESH_TOKEN, refreshToken=token))
        token = answer["refreshToken"]


async def _log_out(one: Try) -> None:
    await one.browser.ask(LOGOUT, refreshToken=one.first.refresh_token)


async def _change_password(one: Try) -> None:
    passwords = (PASSWORD, NEW_PASSWORD)[:: 1 - 2 * (one.number % 2)]
    await one.ask(CHANGE_PASSWORD, currentPassword=passwords[0], newPassword=passwords[1])


async def _open_link(one: Try) -> None:
    for kind in BY_PURPOSE.values():
        variables = {**kind.variables, "token": one.link}
        await one.browser.ask(kind.document, variables)


@dataclass(frozen=True)
class Bound:
    """What tries of one mutation come to."""

    attempt: Callable[[Try], Awaitable[object]]
    writes: int = BUDGET
    """How many of them write."""
    link: LinkPurpose | None = None


ONCE = 1
BOUNDS = {
    "register": Bound(_register),
    "login": Bound(_log_in),
    "refreshToken": Bound(_refresh, ONCE),
    "logout": Bound(_log_out, ONCE),
    "revokeOtherSessions": Bound(lambda one: one.ask(REVOKE_OTHER_SESSIONS)),
    "revokeSession": Bound(lambda one: one.ask(REVOKE_SESSION, id=str(one.other.session.id))),
    "changePassword": Bound(_change_password),
    "requestPasswordReset": Bound(lambda one: one.ask(REQUEST_PASSWORD_RESET, email=ADA)),
    "resetPassword": Bound(_open_link, ONCE, LinkPurpose.RESET_PASSWORD),
    "requestEmailVerification": Bound(lambda one: one.ask(REQUEST_EMAIL_VERIFICATION, email=ADA)),
    "verifyEmail": Bound(_open_link, ONCE, LinkPurpose.VERIFY_EMAIL),
    "requestEmailChange": Bound(
        lambda one: one.ask(
            REQUEST_EMAIL_CHANGE, newEmail=f"{one.number}@example.com", password=PASSWORD
        )
    ),
    "confirmEmailChange": Bound(_open_link, ONCE, LinkPurpose.CONFIRM_EMAIL_CHANGE),
    "undoEmailChange": Bound(_open_link, ONCE, LinkPurpose.UNDO_EMAIL_CHANGE),
    "requestLoginLink": Bound(lambda one: one.ask(REQUEST_LOGIN_LINK, email=ADA)),
    "loginWithLink": Bound(_open_link, ONCE, LinkPurpose.LOGIN),
    "updateProfile": Bound(lambda one: one.ask(UPDATE_PROFILE, name=f"Ada {one.number}")),
    "deleteAccount": Bound(lambda one: one.ask(DELETE_ACCOUNT, password=PASSWORD)),
}


async def state(auth: Auth) -> dict[str, list[Row]]:
    """Every row but those of what is nobody's, of which there is one a minute, once all is idle."""
    await everything_when_idle(auth)
    await auth.resources.events.flush()
    rows = await everything(auth)
    return {**rows, EVENTS: [row for row in rows[EVENTS] if row["user_id"]]}


@pytest.mark.parametrize("mutation", sorted(MUTATION.fields if MUTATION else ()))
async def test_no_mutation_lets_one_account_write_without_end(
    make_app: MakeApp, mutation: str
) -> None:
    """Whoever adds a mutation says here what its bound is."""
    bound = BOUNDS[mutation]
    app = await make_app(**dict.fromkeys(LIMITS, LIMIT), event_ttl=86400, deletion_grace=86400)
    auth: Auth = app.state.auth
    user = await person(auth, ADA)
    browser = Browser(app)
    link = await BY_PURPOSE[bound.link].ask(auth, browser, user) if bound.link else ""
    first = await begin(auth, user)
    writes = 0
    for number in range(TRIES):
        other, session = await begin(auth, user), await begin(auth, user)
        before = await state(auth)
        await bound.attempt(Try(auth, app, user, number, first, other, session, browser, link))
        writes += await state(auth) != before
    assert writes == bound.writes


async def test_without_a_window_a_session_is_rotated_so_often_and_no_more(
    make_app: MakeApp,
) -> None:
    """Else each refresh would write, from one network after the other."""
    app = await make_app(refresh_attempts=LIMIT, refresh_window=0)
    auth: Auth = app.state.auth
    token = (await begin(auth, await person(auth, ADA))).refresh_token
    answers = []
    for number in range(TRIES):
        browser = Browser(app, address=f"198.51.{number}.7")
        answers.append(data(await browser.ask(REFRESH_TOKEN, refreshToken=token)))
        token = answers[-1].get("refreshToken", token)
    kinds = [answer["__typename"] for answer in answers]
    assert kinds == ["AuthPayload"] * BUDGET + ["TooManyAttempts"] * (TRIES - BUDGET)


async def test_each_alias_counts(make_app: MakeApp) -> None:
    """Ten in a request are ten; what is too much is refused by the name that it has there."""
    app = await make_app(change_attempts=LIMIT)
    auth: Auth = app.state.auth
    user = await person(auth, ADA)
    token = (await begin(auth, user)).access_token.value
    fields = [f'a{one}: updateProfile(name: "Ada {one}") {{ __typename }}' for one in range(10)]
    answer = await Browser(app).ask(f"mutation {{ {' '.join(fields)} }}", token=token)
    body = answer.json()
    assert [name for name, one in body["data"].items() if one] == ["a0", "a1", "a2"]
    refused = [f"a{one}" for one in range(BUDGET, 10)]
    assert [error["path"] for error in body["errors"]] == [[name] for name in refused]
    assert {error["extensions"]["code"] for error in body["errors"]} == {"TOO_MANY_ATTEMPTS"}
    assert int(answer.headers["retry-after"]) > 3000
    found = await auth.accounts.find(ADA)
    assert found
    assert found.name == "Ada 2"
