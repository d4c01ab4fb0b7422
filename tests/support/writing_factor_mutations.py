"""The mutations about second factors that write, and those before them where one is wanted."""

from datetime import timedelta

import documents
from authenticator import Authenticator
from codes import code
from held_factors import PROVED_TWICE, add_authenticator, add_paper, trust
from mutation_cases import NEW_PASSWORD, Ada, Ask, Case
from people import PASSWORD

from authberry import Viewer
from authberry.clock import SystemClock

REQUIRED = {"second_factor": "required"}
LATER = {**REQUIRED, "second_factor_from": SystemClock().now() + timedelta(days=36_500)}


async def register(ada: Ada) -> Ask:
    """Where everybody has to have a factor."""
    return ada.asks(documents.REGISTER, email=ada.email, password=PASSWORD)


async def login(ada: Ada) -> Ask:
    """To an account with an app."""
    await ada.has_account()
    await ada.has_phone()
    return ada.asks(documents.LOGIN, email=ada.email, password=PASSWORD)


async def login_with_link(ada: Ada) -> Ask:
    """Likewise."""
    await login(ada)
    await ada.asked(documents.REQUEST_LOGIN_LINK, email=ada.email)
    return ada.asks(documents.LOGIN_WITH_LINK, token=await ada.token_at(ada.email))


async def reset_password(ada: Ada) -> Ask:
    """Likewise."""
    await login(ada)
    await ada.asked(documents.REQUEST_PASSWORD_RESET, email=ada.email)
    token = await ada.token_at(ada.email)
    return ada.asks(documents.RESET_PASSWORD, token=token, newPassword=NEW_PASSWORD)


async def complete_login(ada: Ada) -> Ask:
    """With a code, in a browser that is trusted from now on."""
    await ada.has_account()
    phone = await ada.has_phone()
    await ada.asked(documents.LOGIN, email=ada.email, password=PASSWORD)
    proof = {"totpCode": phone.code()}
    return ada.asks(documents.COMPLETE_LOGIN, proof=proof, trustDevice=True)


async def complete_login_with_recovery_code(ada: Ada) -> Ask:
    """With one of ten, while a reset waits."""
    await (await confirm_factor_reset(ada))()
    codes = await add_paper(ada.auth, await ada.user())
    await ada.asked(documents.LOGIN, email=ada.email, password=PASSWORD)
    return ada.asks(documents.COMPLETE_LOGIN, proof={"recoveryCode": codes[3]})


async def complete_login_with_passkey(ada: Ada) -> Ask:
    """With a passkey as second factor."""
    await ada.has_account()
    authenticator = await add_authenticator(ada.auth, await ada.user())
    document = "mutation($email: String!, $password: String!) { login(email: $email,"
    document += " password: $password) { ... on SecondFactorRequired { passkeyOptions } } }"
    asked = await ada.asks(document, email=ada.email, password=PASSWORD)()
    options = asked.json()["data"]["login"]["passkeyOptions"]
    return ada.asks(documents.COMPLETE_LOGIN, proof={"passkey": authenticator.get(options)})


async def put_enrollment_off(ada: Ada) -> Ask:
    """Without a factor, while that can be."""
    await (await register(ada))()
    return ada.asks(documents.COMPLETE_LOGIN, skip=True)


async def complete_password_reset(ada: Ada) -> Ask:
    """With a code."""
    await ada.has_account()
    await ada.is_logged_in()
    phone = await ada.has_phone()
    ada.token = None
    await ada.asked(documents.REQUEST_PASSWORD_RESET, email=ada.email)
    token = await ada.token_at(ada.email)
    await ada.asked(documents.RESET_PASSWORD, token=token, newPassword=NEW_PASSWORD)
    return ada.asks(documents.COMPLETE_PASSWORD_RESET, proof={"totpCode": phone.code()})


async def reauthenticate(ada: Ada) -> Ask:
    """With the password, a little later."""
    await ada.has_account()
    await ada.is_logged_in()
    ada.clock.tick(1)
    return ada.asks(documents.REAUTHENTICATE, proof={"password": PASSWORD})


async def reauthenticate_with_recovery_code(ada: Ada) -> Ask:
    """With one of ten."""
    await ada.has_account()
    await ada.has_phone()
    codes = await add_paper(ada.auth, await ada.user())
    await ada.is_logged_in()
    return ada.asks(documents.REAUTHENTICATE, proof={"recoveryCode": codes[0]})


async def login_with_passkey(ada: Ada) -> Ask:
    """With nothing else."""
    await ada.has_account()
    authenticator = await add_authenticator(ada.auth, await ada.user())
    asked = await ada.asks(documents.BEGIN_PASSKEY_LOGIN)()
    answer = authenticator.get(asked.json()["data"]["beginPasskeyLogin"]["options"])
    return ada.asks(documents.LOGIN_WITH_PASSKEY, credential=answer)


async def confirm_totp_enrollment(ada: Ada) -> Ask:
    """The first factor, while two sessions live."""
    await ada.has_account()
    issued = await ada.is_logged_in()
    begun = ada.auth.logins.enrollment.begin_totp(Viewer(issued.user, issued.session), None)
    shown = code(ada.auth, begun.secret)
    return ada.asks(documents.CONFIRM_TOTP_ENROLLMENT, code=shown, ticket=begun.ticket)


async def confirm_totp_enrollment_in_a_login(ada: Ada) -> Ask:
    """In the middle of one that wants it."""
    await (await register(ada))()
    apps = ada.auth.logins.second_factors.factors.totp
    begun = apps.begin(await ada.user(), None)
    shown = code(ada.auth, begun.secret)
    return ada.asks(documents.CONFIRM_TOTP_ENROLLMENT, code=shown, ticket=begun.ticket)


async def finish_passkey_registration(ada: Ada) -> Ask:
    """Beside an app."""
    issued = await _in_session_with_phone(ada)
    begun = await ada.auth.logins.enrollment.begin_passkey(issued)
    answer = Authenticator().create(begun.options)
    return ada.asks(documents.FINISH_PASSKEY_REGISTRATION, credential=answer)


async def rename_factor(ada: Ada) -> Ask:
    """An app."""
    await ada.has_account()
    phone = await ada.has_phone()
    await ada.is_logged_in()
    return ada.asks(documents.RENAME_FACTOR, id=phone.id, name="Tablet")


async def remove_factor(ada: Ada) -> Ask:
    """The last one, with which the recovery codes go."""
    await ada.has_account()
    phone = await ada.has_phone()
    await add_paper(ada.auth, await ada.user())
    await ada.is_logged_in(PROVED_TWICE)
    return ada.asks(documents.REMOVE_FACTOR, id=phone.id)


async def regenerate_recovery_codes(ada: Ada) -> Ask:
    """In the place of older ones."""
    await _in_session_with_phone(ada)
    await add_paper(ada.auth, await ada.user())
    return ada.asks(documents.REGENERATE_RECOVERY_CODES)


async def revoke_trusted_device(ada: Ada) -> Ask:
    """One of two."""
    await ada.has_account()
    await ada.has_phone()
    await ada.is_logged_in()
    user = await ada.user()
    await trust(ada.auth, user)
    return ada.asks(documents.REVOKE_TRUSTED_DEVICE, id=await trust(ada.auth, user))


async def request_factor_reset(ada: Ada) -> Ask:
    """For an account with an app."""
    await ada.has_account()
    await ada.has_phone()
    return ada.asks(documents.REQUEST_FACTOR_RESET, email=ada.email)


async def confirm_factor_reset(ada: Ada) -> Ask:
    """With the link."""
    await (await request_factor_reset(ada))()
    return ada.asks(documents.CONFIRM_FACTOR_RESET, token=await ada.token_at(ada.email))


async def cancel_factor_reset(ada: Ada) -> Ask:
    """With the link of the mail that told of it."""
    await (await confirm_factor_reset(ada))()
    return ada.asks(documents.CANCEL_FACTOR_RESET, token=await ada.token_at(ada.email))


async def cancel_factor_reset_logged_in(ada: Ada) -> Ask:
    """In a session that lives."""
    await (await confirm_factor_reset(ada))()
    await ada.is_logged_in()
    return ada.asks(documents.CANCEL_FACTOR_RESET)


async def _in_session_with_phone(ada: Ada) -> Viewer:
    await ada.has_account()
    await ada.has_phone()
    issued = await ada.is_logged_in(PROVED_TWICE)
    return Viewer(issued.user, issued.session)


WANTED, SET_UP = "a second factor is wanted", "a second factor has to be set up"
FACTOR_CASES = [
    Case("register", register, "FactorEnrollmentRequired", SET_UP, REQUIRED),
    Case("login", login, "SecondFactorRequired", WANTED),
    Case("loginWithLink", login_with_link, "SecondFactorRequired", WANTED),
    Case("resetPassword", reset_password, "SecondFactorRequired", WANTED),
    Case("completeLogin", complete_login, "AuthPayload", "a code, in a browser to be trusted"),
    Case(
        "completeLogin",
        complete_login_with_recovery_code,
        "AuthPayload",
        "a recovery code, while a reset waits",
    ),
    Case("completeLogin", complete_login_with_passkey, "AuthPayload", "a passkey"),
    Case("completeLogin", put_enrollment_off, "AuthPayload", "setting one up is put off", LATER),
    Case("completePasswordReset", complete_password_reset, "PasswordReset"),
    Case("reauthenticate", reauthenticate, "AuthPayload", "a password"),
    Case("reauthenticate", reauthenticate_with_recovery_code, "AuthPayload", "a recovery code"),
    Case("loginWithPasskey", login_with_passkey, "AuthPayload"),
    Case("confirmTotpEnrollment", confirm_totp_enrollment, "FactorAdded", "the first factor"),
    Case(
        "confirmTotpEnrollment",
        confirm_totp_enrollment_in_a_login,
        "FactorAdded",
        "in the middle of a login",
        REQUIRED,
    ),
    Case("finishPasskeyRegistration", finish_passkey_registration, "FactorAdded"),
    Case("renameFactor", rename_factor, "Totp"),
    Case("removeFactor", remove_factor, "FactorRemoved", "the last one"),
    Case("regenerateRecoveryCodes", regenerate_recovery_codes, "RecoveryCodes"),
    Case("revokeTrustedDevice", revoke_trusted_device, "TrustedDeviceRevoked"),
    Case("requestFactorReset", request_factor_reset, "EmailSent"),
    Case("confirmFactorReset", confirm_factor_reset, "FactorResetScheduled"),
    Case("cancelFactorReset", cancel_factor_reset, "FactorResetCancelled", "by the link"),
    Case("cancelFactorReset", cancel_factor_reset_logged_in, "FactorResetCancelled", "logged in"),
]
"""In the order of the way through them."""
