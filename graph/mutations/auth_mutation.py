"""All mutations, in the order of the schema definition, and the type that has them."""

from strawberry.types.field import StrawberryField

from authberry.graph.fields import keep_documents_out, keep_values_out, type_with_fields
from authberry.graph.mutations.accounts import (
    change_password,
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
from authberry.graph.mutations.logins import (
    login,
    login_with_link,
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
]

# Whatever schema they are put into, what clients send to them stays out of its log and answers.
keep_documents_out()
keep_values_out()


@type_with_fields(MUTATIONS)
class AuthMutation:
    """All of them, for a schema to inherit from or to merge."""
