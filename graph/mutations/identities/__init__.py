"""Mutations about logging in at providers."""

from authberry.graph.mutations.identities.begin_external_login import begin_external_login
from authberry.graph.mutations.identities.complete_external_login import complete_external_login
from authberry.graph.mutations.identities.confirm_account_link import confirm_account_link
from authberry.graph.mutations.identities.login_with_id_token import login_with_id_token
from authberry.graph.mutations.identities.unlink_identity import unlink_identity

__all__ = [
    "begin_external_login",
    "complete_external_login",
    "confirm_account_link",
    "login_with_id_token",
    "unlink_identity",
]
