"""The mutations, one file each."""

from strawberry.types.field import StrawberryField

from authberry.graph.fields import of_fields
from authberry.graph.logs import keep_documents_out
from authberry.graph.mutations.change_password import change_password
from authberry.graph.mutations.confirm_email_change import confirm_email_change
from authberry.graph.mutations.delete_account import delete_account
from authberry.graph.mutations.login import login
from authberry.graph.mutations.login_with_link import login_with_link
from authberry.graph.mutations.logout import logout
from authberry.graph.mutations.refresh_token import refresh_token
from authberry.graph.mutations.register import register
from authberry.graph.mutations.request_email_change import request_email_change
from authberry.graph.mutations.request_email_verification import request_email_verification
from authberry.graph.mutations.request_login_link import request_login_link
from authberry.graph.mutations.request_password_reset import request_password_reset
from authberry.graph.mutations.reset_password import reset_password
from authberry.graph.mutations.revoke_other_sessions import revoke_other_sessions
from authberry.graph.mutations.revoke_session import revoke_session
from authberry.graph.mutations.undo_email_change import undo_email_change
from authberry.graph.mutations.update_profile import update_profile
from authberry.graph.mutations.verify_email import verify_email

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

# Whatever schema they are put into, what clients send to them stays out of its log.
keep_documents_out()


@of_fields(MUTATIONS)
class AuthMutation:
    """All of them, for a schema to inherit from or to merge."""
