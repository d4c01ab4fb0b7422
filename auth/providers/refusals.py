"""Why a login at a provider comes to nothing: in full for the log, in a word for the person."""

TIMEOUT = 5  # seconds, for all that one step of a login asks; then a provider is unavailable

DENIED, EXPIRED, PROVIDER = "denied", "expired", "provider"
"""The faces of a refusal: the person said no; it has taken too long or was begun elsewhere; the
provider, or somebody in its place, answered what cannot be taken."""

_NO = {"access_denied", "user_cancelled_authorize", "user_cancelled_login"}
_SAYABLE = {
    "account_selection_required",
    "consent_required",
    "interaction_required",
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "login_required",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
}
"""RFC 6749 (sections 4.1.2.1, 5.2) and OpenID Connect Core 1.0 (section 3.1.2.6); what else a
provider says is not repeated, as it may be anybody's words."""


class UnknownProvider(Exception):
    """No provider of that name is configured."""


class ExternalLoginRefused(Exception):
    """What came back is not taken. `reason` is for the log, `face` for the person."""

    def __init__(self, reason: str, face: str = PROVIDER) -> None:
        """Keep both; neither holds anything that was sent."""
        super().__init__(reason)
        self.reason = reason
        self.face = face


class ProviderUnavailable(ExternalLoginRefused):
    """The provider cannot be asked now, or what it answers cannot be read."""


def refusal_of(error: str) -> ExternalLoginRefused:
    """Return the refusal that a provider's own `error` means."""
    said = error if error in _SAYABLE | _NO else "another error"
    face = DENIED if error in _NO else error if error in _SAYABLE else PROVIDER
    return ExternalLoginRefused(f"the provider says {said}", face)
