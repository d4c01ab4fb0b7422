"""Mutations about one's account: making it, its address, its password, its profile, its end."""

from authberry.graph.mutations.accounts.change_password import change_password
from authberry.graph.mutations.accounts.complete_password_reset import complete_password_reset
from authberry.graph.mutations.accounts.confirm_email_change import confirm_email_change
from authberry.graph.mutations.accounts.delete_account import delete_account
from authberry.graph.mutations.accounts.register import register
from authberry.graph.mutations.accounts.request_email_change import request_email_change
from authberry.graph.mutations.accounts.request_email_verification import request_email_verification
from authberry.graph.mutations.accounts.request_password_reset import request_password_reset
from authberry.graph.mutations.accounts.reset_password import reset_password
from authberry.graph.mutations.accounts.undo_email_change import undo_email_change
from authberry.graph.mutations.accounts.update_profile import update_profile
from authberry.graph.mutations.accounts.verify_email import verify_email

__all__ = [
    "change_password",
    "complete_password_reset",
    "confirm_email_change",
    "delete_account",
    "register",
    "request_email_change",
    "request_email_verification",
    "request_password_reset",
    "reset_password",
    "undo_email_change",
    "update_profile",
    "verify_email",
]
