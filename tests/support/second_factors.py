"""People with second factors, and what clients send about them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from authenticator import Authenticator
from browser import Browser, data
from codes import code
from people import BROWSER, PASSWORD, begin

from authberry import Auth, Viewer
from authberry.models import (
    FactorReset,
    Passkey,
    PendingLogin,
    RecoveryCode,
    RefreshToken,
    SpentChallenge,
    Totp,
    TrustedDevice,
    User,
)

ADA = {"email": "ada@example.com", "password": PASSWORD}
UNLIMITED = {"login_attempts": None, "login_attempts_per_account": None}
"""Settings with which nobody is told to wait, for tests of what else keeps guesses out."""

LOGIN = """
mutation($email: String!, $password: String!, $transport: RefreshTokenTransport! = COOKIE) {
  login(email: $email, password: $password, transport: $transport) {
    __typename
    ... on SecondFactorRequired { ticket expiresAt factors passkeyOptions }
    ... on AuthPayload { accessToken refreshToken session { id acr amr } }
    ... on Error { code message }
  } }"""
COMPLETE = """
mutation($proof: Proof, $ticket: String, $trust: Boolean! = false) {
  completeLogin(proof: $proof, ticket: $ticket, trustDevice: $trust) {
    __typename
    ... on AuthPayload { accessToken refreshToken session { id acr amr } }
    ... on InvalidProof { attemptsLeft }
    ... on Error { code message }
  } }"""
REAUTHENTICATE = """
mutation($proof: Proof!) { reauthenticate(proof: $proof) {
    __typename
    ... on AuthPayload { accessToken refreshToken session { id acr amr } }
    ... on Error { code message }
  } }"""
BEGIN_TOTP = "mutation { beginTotpEnrollment { ticket secret uri qrCode expiresAt } }"
CONFIRM_TOTP = """
mutation($code: String!, $ticket: String) { confirmTotpEnrollment(code: $code, ticket: $ticket) {
    __typename
    ... on FactorAdded { factor { id kind name } recoveryCodes }
    ... on Error { code message }
  } }"""
BEGIN_PASSKEY = "mutation { beginPasskeyRegistration { options expiresAt } }"
FINISH_PASSKEY = """
mutation($credential: JSON!) { finishPasskeyRegistration(credential: $credential) {
    __typename
    ... on FactorAdded { factor { id kind name } recoveryCodes }
    ... on Error { code message }
  } }"""
BEGIN_PASSKEY_LOGIN = "mutation { beginPasskeyLogin { options expiresAt } }"
LOGIN_WITH_PASSKEY = """
mutation($credential: JSON!) { loginWithPasskey(credential: $credential) {
    __typename
    ... on AuthPayload { accessToken session { id acr amr } }
    ... on PasskeyUnknown { rpId credentialId }
    ... on Error { code message }
  } }"""
FACTORS = "{ factors { id kind name } }"
REMOVE_FACTOR = """
mutation($id: ID!) { removeFactor(id: $id) { __typename ... on Error { code message } } }"""
REGENERATE = "mutation { regenerateRecoveryCodes { codes } }"
COMPLETE_RESET = """
mutation($proof: Proof!, $ticket: String) {
  completePasswordReset(proof: $proof, ticket: $ticket) {
    __typename ... on PasswordReset { ok } ... on InvalidProof { attemptsLeft }
    ... on Error { code message }
  } }"""
REQUEST_FACTOR_RESET = "mutation($email: String!) { requestFactorReset(email: $email) { ok } }"
CONFIRM_FACTOR_RESET = """
mutation($token: String!) { confirmFactorReset(token: $token) {
    __typename ... on FactorResetScheduled { effectiveAt } ... on Error { code message }
  } }"""
CANCEL_FACTOR_RESET = """
mutation($token: String) { cancelFactorReset(token: $token) {
    __typename ... on FactorResetCancelled { ok } ... on Error { code message }
  } }"""


@dataclass(frozen=True)
class Phone:
    """An app that shows codes, and the paper beside it."""

    auth: Auth
    seed: str = field(repr=False)
    recovery_codes: list[str] = field(repr=False)
    id: str

    def code(self, *, after: timedelta = timedelta(0)) -> str:
        """Return what it shows at the time of the test, or after so long."""
        return code(self.auth, self.seed, after=after)

    def next_code(self, tick: Callable[[float], None]) -> str:
        """Wait for a code that nobody has used."""
        tick(30)
        return self.code()


async def viewer_of(auth: Auth, user: User) -> Viewer:
    """Return somebody who has just logged in."""
    issued = await begin(auth, user)
    return Viewer(issued.user, issued.session)


async def with_app(auth: Auth, user: User, viewer: Viewer | None = None) -> Phone:
    """Set an app up; the session it is done in stays."""
    viewer = viewer or await viewer_of(auth, user)
    enrollment = auth.logins.enrollment
    begun = enrollment.begin_totp(viewer, None)
    shown = code(auth, begun.secret)
    added = await enrollment.confirm_totp(viewer, begun.ticket, shown, BROWSER)
    return Phone(auth, begun.secret, added.recovery_codes or [], str(added.factor.id))


async def with_passkey(auth: Auth, user: User, **says: Any) -> Authenticator:
    """Make a passkey, in an authenticator that says of itself what is given."""
    viewer, authenticator = await viewer_of(auth, user), Authenticator(**says)
    begun = await auth.logins.enrollment.begin_passkey(viewer)
    answer = authenticator.create(begun.options)
    await auth.logins.enrollment.finish_passkey(viewer, answer, None, BROWSER)
    return authenticator


async def ask_for_second(browser: Browser, **more: object) -> dict[str, Any]:
    """Prove Ada's password; returns what else is wanted."""
    asked = data(await browser.ask(LOGIN, {**ADA, **more}))
    assert asked["__typename"] == "SecondFactorRequired", asked
    return dict(asked)


async def complete(browser: Browser, **more: object) -> dict[str, Any]:
    """Present a second factor; returns the answer."""
    return dict(data(await browser.ask(COMPLETE, more)))


async def log_in(browser: Browser, **proof: object) -> str:
    """Log Ada in with both factors; returns the access token."""
    await ask_for_second(browser)
    answer = await complete(browser, proof=proof)
    assert answer["__typename"] == "AuthPayload", answer
    return str(answer["accessToken"])


async def factor_rows(auth: Auth) -> dict[str, list[dict[str, Any]]]:
    """Read every row that factors and logins have, to compare a state with a later one."""
    models = (Totp, Passkey, RecoveryCode, PendingLogin, TrustedDevice, FactorReset)
    with auth.database.use():
        return {
            **{one.__name__: await one.all().order_by("id").values() for one in models},
            "SpentChallenge": await SpentChallenge.all().order_by("challenge_hash").values(),
            "User": await User.all().order_by("id").values(),
            "RefreshToken": await RefreshToken.all().order_by("id").values(),
        }


async def live_sessions(auth: Auth) -> int:
    """Count the sessions that can still be refreshed."""
    with auth.database.use():
        return await RefreshToken.filter(revoked_at=None).count()
