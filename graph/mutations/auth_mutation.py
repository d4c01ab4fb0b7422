"""All mutations, in the order of the schema definition, and the type that has them."""

from strawberry.types.field import StrawberryField

from authberry.graph.fields import keep_documents_out, keep_values_out, type_with_fields
from authberry.graph.mutations.accounts import (
    change_password,
    complete_password_reset,
    confirm_email_change,
    delete_account,
    register,
    request_email_change,
    request_email_verification,
    request_password_reset,
    reset_password,
    undo_email_change,
    update_profile,
    verify_email,
)
from authberry.graph.mutations.factors import (
    begin_passkey_registration,
    begin_totp_enrollment,
    cancel_factor_reset,
    confirm_factor_reset,
    confirm_totp_enrollment,
    finish_passkey_registration,
    regenerate_recovery_codes,
    remove_factor,
    rename_factor,
    request_factor_reset,
    revoke_trusted_device,
)
from authberry.graph.mutations.logins import (
    begin_passkey_login,
    complete_login,
    login,
    login_with_link,
    login_with_passkey,
    reauthenticate,
    request_login_link,
)
from authberry.graph.mutations.sessions import (
    logout,
    refresh_token,
    revoke_other_sessions,
    revoke_session,
)

MUTATIONS: list[StrawberryField] = [
    register,
    login,
    refresh_token,
    logout,
    revoke_other_sessions,
    revoke_session,
    change_password,
    request_password_reset,
    reset_password,
    request_email_verification,
    verify_email,
    request_email_change,
    confirm_email_change,
    undo_email_change,
    request_login_link,
    login_with_link,
    update_profile,
    delete_account,
    complete_login,
    complete_password_reset,
    reauthenticate,
    begin_passkey_login,
    login_with_passkey,
    begin_totp_enrollment,
    confirm_totp_enrollment,
    begin_passkey_registration,
    finish_passkey_registration,
    rename_factor,
    remove_factor,
    regenerate_recovery_codes,
    revoke_trusted_device,
    request_factor_reset,
    confirm_factor_reset,
    cancel_factor_reset,
]

# Whatever schema they are put into, what clients send to them stays out of its log and answers.
keep_documents_out()
keep_values_out()


@type_with_fields(MUTATIONS)
class AuthMutation:
    """All of them, for a schema to inherit from or to merge."""
