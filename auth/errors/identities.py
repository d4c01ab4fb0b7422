"""Refusals about accounts at providers, and about logging in with them."""

from authberry.errors.codes import AuthError, ErrorCode
from authberry.errors.refusals import ServiceUnavailable

NO_ADDRESS = "no_address"
_MESSAGES = {
    "denied": "The login was cancelled at the provider.",
    "expired": "This has taken too long. Begin again.",
    "provider": "The provider's answer cannot be used. Try again, or log in another way.",
    NO_ADDRESS: "The provider gave no e-mail address that an account can have here.",
}
_OTHER = "The provider has refused this login. Try again, or log in another way."


class ExternalLoginFailed(AuthError):
    """The provider has let nobody in, or has answered what cannot be used."""

    code = ErrorCode.EXTERNAL_LOGIN_FAILED

    def __init__(self, reason: str) -> None:
        """Keep the reason: one of those above, or what the provider said."""
        super().__init__(_MESSAGES.get(reason, _OTHER))
        self.reason = reason


class ProviderAway(ServiceUnavailable):
    """A provider cannot be reached; everything else works."""

    message = "This provider does not answer right now. Log in another way, or try again shortly."


class IdentityInUse(AuthError):
    """This account at the provider logs in to another account here."""

    code = ErrorCode.IDENTITY_IN_USE
    message = "This login belongs to another account. Log in with it there, and unlink it first."


class IdentityNotFound(AuthError):
    """The person asking has no such login at a provider."""

    code = ErrorCode.IDENTITY_NOT_FOUND
    message = "There is no such login."
