"""Mutations about second factors and passkeys."""

from authberry.graph.mutations.factors.begin_passkey_registration import begin_passkey_registration
from authberry.graph.mutations.factors.begin_totp_enrollment import begin_totp_enrollment
from authberry.graph.mutations.factors.cancel_factor_reset import cancel_factor_reset
from authberry.graph.mutations.factors.confirm_factor_reset import confirm_factor_reset
from authberry.graph.mutations.factors.confirm_totp_enrollment import confirm_totp_enrollment
from authberry.graph.mutations.factors.finish_passkey_registration import (
    finish_passkey_registration,
)
from authberry.graph.mutations.factors.regenerate_recovery_codes import regenerate_recovery_codes
from authberry.graph.mutations.factors.remove_factor import remove_factor
from authberry.graph.mutations.factors.rename_factor import rename_factor
from authberry.graph.mutations.factors.request_factor_reset import request_factor_reset
from authberry.graph.mutations.factors.revoke_trusted_device import revoke_trusted_device

__all__ = [
    "begin_passkey_registration",
    "begin_totp_enrollment",
    "cancel_factor_reset",
    "confirm_factor_reset",
    "confirm_totp_enrollment",
    "finish_passkey_registration",
    "regenerate_recovery_codes",
    "remove_factor",
    "rename_factor",
    "request_factor_reset",
    "revoke_trusted_device",
]
