"""Refusals about factors, and about what is begun and completed with them."""

from authberry.errors.codes import AuthError, ErrorCode
from authberry.errors.refusals import BadRequest, InvalidToken


class InvalidTicket(InvalidToken):
    """Of something that was begun and is to be completed: used, too old, begun elsewhere."""

    message = "This has taken too long, or was begun elsewhere. Begin again."


class InvalidProof(AuthError):
    """A code or a passkey is wrong, or was used before: one face for all of them."""

    code = ErrorCode.INVALID_PROOF
    message = "This proof is not good."

    def __init__(self, attempts_left: int | None = None, message: str | None = None) -> None:
        """Keep how many more may be tried here; None where that is not counted."""
        super().__init__(message)
        self.attempts_left = attempts_left


class PasskeyUnknown(AuthError):
    """There is no such passkey here; the browser may forget it (`signalUnknownCredential`)."""

    code = ErrorCode.PASSKEY_UNKNOWN
    message = "This passkey is not known here."

    def __init__(self, rp_id: str, credential_id: str) -> None:
        """Keep what the browser knows it by; the id is base64url."""
        super().__init__()
        self.rp_id = rp_id
        self.credential_id = credential_id


class PasskeysImpossible(BadRequest):
    """The public URL has an address for a host, and browsers make passkeys for names only."""

    message = "There are no passkeys at an IP address. This service has to be reached by a name."


class FactorNotFound(AuthError):
    """The person asking has no such app or passkey."""

    code = ErrorCode.FACTOR_NOT_FOUND
    message = "There is no such factor."


class TrustedDeviceNotFound(AuthError):
    """The person asking has no such device."""

    code = ErrorCode.TRUSTED_DEVICE_NOT_FOUND
    message = "There is no such device."


class LastWayIn(AuthError):
    """Without it, nobody could log in to the account any more."""

    code = ErrorCode.LAST_WAY_IN
    message = "This is the last way in to this account. Add another one first."


class FactorRequired(AuthError):
    """This service wants accounts to have a second factor, and it is the last one."""

    code = ErrorCode.FACTOR_REQUIRED
    message = "This account has to have a second factor. Add another one first."
