"""Every mutation that writes, as a client sends it, in each situation in which it writes others."""

from datetime import timedelta

import documents
from mutation_cases import NEW_PASSWORD, Ada, Ask, Case
from people import PASSWORD, PHONE, begin
from writing_factor_mutations import FACTOR_CASES

from authberry.models import User

WEEK = timedelta(days=7)
MODES = ("off", "optional", "required")
"""Of AUTHBERRY_EMAIL_VERIFICATION."""


async def register(ada: Ada) -> Ask:
    """A new address."""
    return ada.asks(documents.REGISTER, email=ada.email, password=PASSWORD)


async def register_again(ada: Ada) -> Ask:
    """An address that has an account."""
    await ada.has_account()
    return await register(ada)


async def login(ada: Ada) -> Ask:
    """On a device that is known, with room for one session more."""
    await ada.has_account()
    await ada.is_logged_in()
    ada.token = None
    return ada.asks(documents.LOGIN, email=ada.email, password=PASSWORD)


async def login_that_changes_more(ada: Ada) -> Ask:
    """On a new device, in place of an older session, on an account that was to be deleted."""
    await ada.has_account(deletes_at=ada.clock.now() + WEEK)
    user = await ada.user()
    for _ in range(2):
        await begin(ada.auth, user, PHONE)
        with ada.auth.database.use():
            await User.filter(id=user.id).update(deletes_at=ada.clock.now() + WEEK)
    ada.clock.tick(1)
    return ada.asks(documents.LOGIN, email=ada.email, password=PASSWORD)


async def login_with_link(ada: Ada) -> Ask:
    """Likewise."""
    await login_that_changes_more(ada)
    await ada.asked(documents.REQUEST_LOGIN_LINK, email=ada.email)
    return ada.asks(documents.LOGIN_WITH_LINK, token=await ada.token_at(ada.email))


async def request_login_link(ada: Ada) -> Ask:
    """For an account."""
    await ada.has_account()
    return ada.asks(documents.REQUEST_LOGIN_LINK, email=ada.email)


async def refresh(ada: Ada) -> Ask:
    """The current token."""
    await ada.has_account()
    await ada.is_logged_in()
    ada.token = None
    return ada.asks(documents.REFRESH_TOKEN)


async def refresh_with_a_stolen_token(ada: Ada) -> Ask:
    """One that was rotated away a minute ago."""
    await ada.has_account()
    stolen = (await ada.is_logged_in()).refresh_token
    ada.token = None
    await ada.asked(documents.REFRESH_TOKEN)
    ada.clock.tick(60)
    return ada.asks(documents.REFRESH_TOKEN, refreshToken=stolen)


async def logout(ada: Ada) -> Ask:
    """Of two sessions: that of the access token, and that of the refresh token sent along."""
    await ada.has_account()
    other = await ada.is_logged_in()
    await ada.is_logged_in()
    return ada.asks(documents.LOGOUT, refreshToken=other.refresh_token)


async def revoke_session(ada: Ada) -> Ask:
    """Another one."""
    await ada.has_account()
    other = await ada.is_logged_in()
    await ada.is_logged_in()
    return ada.asks(documents.REVOKE_SESSION, id=str(other.session.id))


async def revoke_other_sessions(ada: Ada) -> Ask:
    """Two of them."""
    await ada.has_account()
    await ada.is_logged_in()
    await ada.is_logged_in()
    return ada.asks(documents.REVOKE_OTHER_SESSIONS)


async def change_password(ada: Ada) -> Ask:
    """In one of two sessions."""
    await ada.has_account()
    await ada.is_logged_in()
    return ada.asks(documents.CHANGE_PASSWORD, currentPassword=PASSWORD, newPassword=NEW_PASSWORD)


async def request_password_reset(ada: Ada) -> Ask:
    """For an account."""
    await ada.has_account()
    return ada.asks(documents.REQUEST_PASSWORD_RESET, email=ada.email)


async def reset_password(ada: Ada) -> Ask:
    """With a link, while two sessions live."""
    await ada.has_account()
    await ada.is_logged_in()
    await ada.asked(documents.REQUEST_PASSWORD_RESET, email=ada.email)
    token = await ada.token_at(ada.email)
    return ada.asks(documents.RESET_PASSWORD, token=token, newPassword=NEW_PASSWORD)


async def request_email_verification(ada: Ada) -> Ask:
    """For an address that is not proved."""
    await ada.has_account(email_verified=False)
    return ada.asks(documents.REQUEST_EMAIL_VERIFICATION, email=ada.email)


async def verify_email(ada: Ada) -> Ask:
    """With the link."""
    await ada.has_account(email_verified=False)
    await ada.asked(documents.REQUEST_EMAIL_VERIFICATION, email=ada.email)
    return ada.asks(documents.VERIFY_EMAIL, token=await ada.token_at(ada.email))


async def request_email_change(ada: Ada) -> Ask:
    """To an address that nobody has."""
    await ada.has_account()
    await ada.is_logged_in()
    return ada.asks(documents.REQUEST_EMAIL_CHANGE, newEmail=ada.new_email, password=PASSWORD)


async def confirm_email_change(ada: Ada) -> Ask:
    """With the link."""
    await (await request_email_change(ada))()
    return ada.asks(documents.CONFIRM_EMAIL_CHANGE, token=await ada.token_at(ada.new_email))


async def undo_email_change(ada: Ada) -> Ask:
    """With the link at the former address."""
    await (await confirm_email_change(ada))()
    return ada.asks(documents.UNDO_EMAIL_CHANGE, token=await ada.token_at(ada.email))


async def update_profile(ada: Ada) -> Ask:
    """Both of what there is."""
    await ada.has_account()
    await ada.is_logged_in()
    return ada.asks(documents.UPDATE_PROFILE, name="Ada", locale="ko")


async def delete_account(ada: Ada) -> Ask:
    """With everything of it."""
    await ada.has_account()
    await ada.is_logged_in()
    return ada.asks(documents.DELETE_ACCOUNT, password=PASSWORD)


CASES = [
    *(
        Case(
            "register",
            register,
            "EmailSent" if mode == "required" else "AuthPayload",
            mode,
            {"email_verification": mode},
        )
        for mode in MODES
    ),
    Case(
        "register",
        register_again,
        "EmailSent",
        "required, an address that has an account",
        {"email_verification": "required"},
    ),
    Case("login", login, "AuthPayload"),
    Case(
        "login",
        login_that_changes_more,
        "AuthPayload",
        "a new device, one session too many, a deletion to cancel",
        {"sessions_per_user": 2, "deletion_grace": WEEK},
    ),
    Case("requestLoginLink", request_login_link, "EmailSent"),
    Case(
        "loginWithLink",
        login_with_link,
        "AuthPayload",
        "a new device, one session too many, a deletion to cancel",
        {"sessions_per_user": 2, "deletion_grace": WEEK},
    ),
    Case("refreshToken", refresh, "AuthPayload"),
    Case("refreshToken", refresh_with_a_stolen_token, "RefreshTokenReused", "a stolen token"),
    Case("logout", logout, "LoggedOut", "tokens of two sessions"),
    Case("revokeSession", revoke_session, "SessionsRevoked"),
    Case("revokeOtherSessions", revoke_other_sessions, "SessionsRevoked"),
    Case("changePassword", change_password, "AuthPayload"),
    Case("requestPasswordReset", request_password_reset, "EmailSent"),
    Case("resetPassword", reset_password, "PasswordReset"),
    Case("requestEmailVerification", request_email_verification, "EmailSent"),
    Case("verifyEmail", verify_email, "EmailVerified"),
    Case("requestEmailChange", request_email_change, "EmailSent"),
    Case("confirmEmailChange", confirm_email_change, "EmailVerified"),
    Case("undoEmailChange", undo_email_change, "EmailVerified"),
    Case("updateProfile", update_profile, "User"),
    Case("deleteAccount", delete_account, "AccountDeleted", "at once"),
    Case(
        "deleteAccount",
        delete_account,
        "AccountDeleted",
        "after a time to think it over",
        {"deletion_grace": WEEK},
    ),
    *FACTOR_CASES,
]
"""In the order of the schema definition, and then those about second factors."""
