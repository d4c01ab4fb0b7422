"""Lost factors: a link begins the wait, which whoever holds the account sees and cancels."""

from browser import Browser, data
from codes import code
from documents import LOGIN
from frozen_clock import FrozenClock
from people import PASSWORD

from authberry import Auth
from authberry.models import Totp, User
from authberry.settings import LinkPurpose

ADA = {"email": "ada@example.com", "password": PASSWORD}
BEGIN = "mutation { beginTotpEnrollment { ticket secret } }"
CONFIRM = """mutation($code: String!, $ticket: String) {
  confirmTotpEnrollment(code: $code, ticket: $ticket) { __typename } }"""
WAITS = "{ factorReset { effectiveAt } }"
RESET = """mutation($token: String!) {
  confirmFactorReset(token: $token) {
    __typename ... on FactorResetScheduled { effectiveAt } ... on Error { code } } }"""
CANCEL = """mutation($token: String) {
  cancelFactorReset(token: $token) { __typename ... on Error { code } } }"""


async def ada_with_an_app(auth: Auth, browser: Browser) -> str:
    """Set an app up for Ada; returns her access token."""
    token: str = data(await browser.ask(LOGIN, ADA))["accessToken"]
    begun = data(await browser.ask(BEGIN, token=token))
    proof = {"code": code(auth, begun["secret"]), "ticket": begun["ticket"]}
    added = data(await browser.ask(CONFIRM, token=token, **proof))
    assert added == {"__typename": "FactorAdded"}
    return token


async def test_a_reset_that_waits_is_seen_and_cancelled(
    auth: Auth, browser: Browser, ada: User, clock: FrozenClock
) -> None:
    """By a live session, and by the link of the mail that told of it; each link is good once."""
    token = await ada_with_an_app(auth, browser)
    assert data(await browser.ask(WAITS, token=token)) is None
    for by_link in (False, True):
        user = await auth.accounts.find(str(ada.id))
        assert user
        link = await auth.links.tokens.issue(user, LinkPurpose.FACTOR_RESET)
        begun = data(await browser.ask(RESET, token=None, variables={"token": link}))
        due = (clock.now() + auth.settings.factor_reset_wait).isoformat(timespec="milliseconds")
        assert begun["__typename"] == "FactorResetScheduled", begun
        assert begun["effectiveAt"].replace("Z", "+00:00") == due
        seen = data(await browser.ask(WAITS, token=token))
        assert seen == {"effectiveAt": begun["effectiveAt"]}
        again = data(await browser.ask(RESET, token=None, variables={"token": link}))
        assert again == {"__typename": "InvalidToken", "code": "INVALID_TOKEN"}

        keep = await auth.links.tokens.issue(user, LinkPurpose.FACTOR_RESET_CANCEL)
        given = {"token": keep} if by_link else {}
        who = None if by_link else token
        kept = data(await browser.ask(CANCEL, token=who, variables=given))
        assert kept == {"__typename": "FactorResetCancelled"}
        assert data(await browser.ask(WAITS, token=token)) is None
        over = data(await browser.ask(CANCEL, token=who, variables=given))
        assert over == {"__typename": "InvalidToken", "code": "INVALID_TOKEN"}
    with auth.database.use():
        assert await Totp.filter(user_id=ada.id).count() == 1
