"""What one account can have written: every mutation has its bound, from however many networks."""

import mutation_tries as tries
import pytest
from apps import MakeApp, person
from authenticator import Authenticator
from browser import Browser, data
from documents import (
    BEGIN_PASSKEY_LOGIN,
    BEGIN_PASSKEY_REGISTRATION,
    BEGIN_TOTP_ENROLLMENT,
    DELETE_ACCOUNT,
    REAUTHENTICATE,
    REFRESH_TOKEN,
    REGENERATE_RECOVERY_CODES,
    REMOVE_FACTOR,
    RENAME_FACTOR,
    REQUEST_EMAIL_CHANGE,
    REQUEST_EMAIL_VERIFICATION,
    REQUEST_FACTOR_RESET,
    REQUEST_LOGIN_LINK,
    REQUEST_PASSWORD_RESET,
    REVOKE_OTHER_SESSIONS,
    REVOKE_SESSION,
    REVOKE_TRUSTED_DEVICE,
    UPDATE_PROFILE,
)
from held_factors import PROVED_TWICE
from mailed_links import ADA, BY_PURPOSE
from mutation_tries import BUDGET, TRIES, Bound, Try, holding
from people import PASSWORD, begin
from rows import EVENTS, Row, everything
from sent_mail import everything_when_idle

from authberry import Auth
from authberry.graph import build_schema
from authberry.graph.strawberry_internals import core_schema
from authberry.settings import LinkPurpose

pytestmark = pytest.mark.one_process("each process has a store of events of its own")

LIMIT = f"{BUDGET}/hour"
LIMITS = (
    "change_attempts",
    "session_attempts",
    "register_attempts",
    "mail_attempts_per_account",
)
MUTATION = core_schema(build_schema(introspection=True)).mutation_type


ONCE, NEVER = 1, 0
BOUNDS = {
    "register": Bound(tries.register),
    "login": Bound(tries.log_in),
    "refreshToken": Bound(tries.refresh, ONCE),
    "logout": Bound(tries.log_out, ONCE),
    "revokeOtherSessions": Bound(lambda one: one.ask(REVOKE_OTHER_SESSIONS)),
    "revokeSession": Bound(lambda one: one.ask(REVOKE_SESSION, id=str(one.other.session.id))),
    "changePassword": Bound(tries.change_password),
    "requestPasswordReset": Bound(lambda one: one.ask(REQUEST_PASSWORD_RESET, email=ADA)),
    "resetPassword": Bound(tries.open_link, ONCE, BY_PURPOSE[LinkPurpose.RESET_PASSWORD].ask),
    "requestEmailVerification": Bound(lambda one: one.ask(REQUEST_EMAIL_VERIFICATION, email=ADA)),
    "verifyEmail": Bound(tries.open_link, ONCE, BY_PURPOSE[LinkPurpose.VERIFY_EMAIL].ask),
    "requestEmailChange": Bound(
        lambda one: one.ask(
            REQUEST_EMAIL_CHANGE, newEmail=f"{one.number}@example.com", password=PASSWORD
        )
    ),
    "confirmEmailChange": Bound(
        tries.open_link, ONCE, BY_PURPOSE[LinkPurpose.CONFIRM_EMAIL_CHANGE].ask
    ),
    "undoEmailChange": Bound(tries.open_link, ONCE, BY_PURPOSE[LinkPurpose.UNDO_EMAIL_CHANGE].ask),
    "requestLoginLink": Bound(lambda one: one.ask(REQUEST_LOGIN_LINK, email=ADA)),
    "loginWithLink": Bound(tries.open_link, ONCE, BY_PURPOSE[LinkPurpose.LOGIN].ask),
    "updateProfile": Bound(lambda one: one.ask(UPDATE_PROFILE, name=f"Ada {one.number}")),
    "deleteAccount": Bound(lambda one: one.ask(DELETE_ACCOUNT, password=PASSWORD)),
    "beginPasskeyLogin": Bound(lambda one: one.ask(BEGIN_PASSKEY_LOGIN), NEVER),
    "loginWithPasskey": Bound(tries.log_in_with_passkey, has_factors=True),
    "login, a second factor is wanted": Bound(tries.log_in, has_factors=True),
    "completeLogin": Bound(tries.complete_login, ONCE, tries.ticket, has_factors=True),
    "resetPassword, a second factor is wanted": Bound(
        tries.reset_password, BUDGET, BY_PURPOSE[LinkPurpose.RESET_PASSWORD].ask, has_factors=True
    ),
    "completePasswordReset": Bound(
        tries.complete_password_reset, ONCE, tries.reset_ticket, has_factors=True
    ),
    "reauthenticate": Bound(lambda one: one.ask(REAUTHENTICATE, proof={"password": PASSWORD})),
    "beginTotpEnrollment": Bound(lambda one: one.ask(BEGIN_TOTP_ENROLLMENT), NEVER),
    "confirmTotpEnrollment": Bound(tries.add_app),
    "beginPasskeyRegistration": Bound(lambda one: one.ask(BEGIN_PASSKEY_REGISTRATION), NEVER),
    "finishPasskeyRegistration": Bound(tries.add_passkey),
    "renameFactor": Bound(
        lambda one: one.ask(RENAME_FACTOR, id=one.phone.id, name=f"Phone {one.number}"),
        has_factors=True,
    ),
    "removeFactor": Bound(lambda one: one.ask(REMOVE_FACTOR, id=one.phone.id), has_factors=True),
    "regenerateRecoveryCodes": Bound(
        lambda one: one.ask(REGENERATE_RECOVERY_CODES), has_factors=True
    ),
    "revokeTrustedDevice": Bound(
        lambda one: one.ask(REVOKE_TRUSTED_DEVICE, id=one.holding.trusted[one.number]),
        has_factors=True,
    ),
    "requestFactorReset": Bound(
        lambda one: one.ask(REQUEST_FACTOR_RESET, email=ADA), has_factors=True
    ),
    "confirmFactorReset": Bound(
        tries.confirm_factor_reset, ONCE, tries.factor_reset, has_factors=True
    ),
    "cancelFactorReset": Bound(
        tries.cancel_factor_reset, ONCE, tries.factor_reset_cancellation, has_factors=True
    ),
}
"""By mutation, and what it is in some situation."""


def test_every_mutation_has_its_bound() -> None:
    """Whoever adds one says here what it is."""
    assert MUTATION
    assert {name.partition(",")[0] for name in BOUNDS} == set(MUTATION.fields)


async def state(auth: Auth) -> dict[str, list[Row]]:
    """Every row but those of what is nobody's, of which there is one a minute, once all is idle."""
    await everything_when_idle(auth)
    await auth.resources.events.flush()
    rows = await everything(auth)
    return {**rows, EVENTS: [row for row in rows[EVENTS] if row["user_id"]]}


@pytest.mark.parametrize("mutation", sorted(BOUNDS))
async def test_no_mutation_lets_one_account_write_without_end(
    make_app: MakeApp, mutation: str
) -> None:
    """However often it is sent, and from however many networks."""
    bound = BOUNDS[mutation]
    app = await make_app(**dict.fromkeys(LIMITS, LIMIT), event_ttl=86400, deletion_grace=86400)
    auth: Auth = app.state.auth
    user = await person(auth, ADA)
    held = (
        await holding(auth, user) if bound.has_factors else tries.Holding([], Authenticator(), [])
    )
    browser = Browser(app)
    link = await bound.link(auth, browser, user) if bound.link else ""
    first = await begin(auth, user)
    writes = 0
    for number in range(TRIES):
        other, session = await begin(auth, user), await begin(auth, user, proof=PROVED_TWICE)
        before = await state(auth)
        one = Try(auth, app, user, number, first, other, session, browser, link, held)
        await bound.attempt(one)
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
