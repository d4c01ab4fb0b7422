"""What clients send."""

_PAYLOAD = """
fragment Payload on AuthPayload {
  accessToken tokenType expiresIn expiresAt refreshToken
  user { id email name emailVerified roles createdAt }
  session { id current createdAt lastUsedAt expiresAt userAgent ipAddress }
}
fragment Refusal on Error { code message }
"""

REGISTER = (
    """
mutation Register(
  $email: String!, $password: String!, $name: String, $transport: RefreshTokenTransport! = COOKIE
) {
  register(email: $email, password: $password, name: $name, transport: $transport) {
    __typename ...Payload ...Refusal
    ... on WeakPassword { reasons }
    ... on InvalidInput { field }
    ... on TooManyAttempts { retryAfter }
  }
}"""
    + _PAYLOAD
)

LOGIN = (
    """
mutation Login(
  $email: String!, $password: String!, $transport: RefreshTokenTransport! = COOKIE
) {
  login(email: $email, password: $password, transport: $transport) {
    __typename ...Payload ...Refusal
    ... on TooManyAttempts { retryAfter }
  }
}"""
    + _PAYLOAD
)

REFRESH_TOKEN = (
    """
mutation RefreshToken($refreshToken: String) {
  refreshToken(refreshToken: $refreshToken) {
    __typename ...Payload ...Refusal
    ... on TooManyAttempts { retryAfter }
  }
}"""
    + _PAYLOAD
)

CHANGE_PASSWORD = (
    """
mutation ChangePassword($currentPassword: String!, $newPassword: String!) {
  changePassword(currentPassword: $currentPassword, newPassword: $newPassword) {
    __typename ...Payload ...Refusal
    ... on WeakPassword { reasons }
    ... on TooManyAttempts { retryAfter }
  }
}"""
    + _PAYLOAD
)

LOGOUT = """
mutation Logout($refreshToken: String) {
  logout(refreshToken: $refreshToken) { __typename ... on LoggedOut { ok } }
}"""

REVOKE_SESSION = """
mutation RevokeSession($id: ID!) {
  revokeSession(id: $id) {
    __typename ... on SessionsRevoked { count } ... on Error { code message }
  }
}"""

REVOKE_OTHER_SESSIONS = """
mutation RevokeOtherSessions($includeCurrent: Boolean! = false) {
  revokeOtherSessions(includeCurrent: $includeCurrent) { count }
}"""

ME = "{ me { id email name emailVerified roles createdAt } }"
SESSION = "{ session { id current createdAt lastUsedAt expiresAt userAgent ipAddress } }"
SESSIONS = "{ sessions { id current createdAt lastUsedAt expiresAt userAgent ipAddress } }"

REQUEST_PASSWORD_RESET = """
mutation RequestPasswordReset($email: String!) { requestPasswordReset(email: $email) { ok } }
"""

RESET_PASSWORD = """
mutation ResetPassword($token: String!, $newPassword: String!) {
  resetPassword(token: $token, newPassword: $newPassword) {
    __typename
    ... on PasswordReset { ok }
    ... on Error { code message }
    ... on WeakPassword { reasons }
    ... on TooManyAttempts { retryAfter }
  }
}"""

REQUEST_EMAIL_VERIFICATION = """
mutation RequestEmailVerification($email: String!) {
  requestEmailVerification(email: $email) { ok }
}"""

_VERIFIED = """
    __typename
    ... on EmailVerified { user { id email emailVerified } }
    ... on Error { code message }
    ... on TooManyAttempts { retryAfter }
"""

VERIFY_EMAIL = (
    f"mutation Verify($token: String!) {{ verifyEmail(token: $token) {{ {_VERIFIED} }} }}"
)

REQUEST_EMAIL_CHANGE = """
mutation RequestEmailChange($newEmail: String!, $password: String!) {
  requestEmailChange(newEmail: $newEmail, password: $password) {
    __typename
    ... on EmailSent { ok }
    ... on Error { code message }
    ... on InvalidInput { field }
    ... on TooManyAttempts { retryAfter }
  }
}"""

CONFIRM_EMAIL_CHANGE = f"""
mutation Confirm($token: String!) {{ confirmEmailChange(token: $token) {{ {_VERIFIED} }} }}"""

UNDO_EMAIL_CHANGE = f"""
mutation Undo($token: String!) {{ undoEmailChange(token: $token) {{ {_VERIFIED} }} }}"""

REQUEST_LOGIN_LINK = """
mutation RequestLoginLink($email: String!) { requestLoginLink(email: $email) { ok } }
"""

LOGIN_WITH_LINK = (
    """
mutation LoginWithLink($token: String!, $transport: RefreshTokenTransport! = COOKIE) {
  loginWithLink(token: $token, transport: $transport) {
    __typename ...Payload ...Refusal
    ... on TooManyAttempts { retryAfter }
  }
}"""
    + _PAYLOAD
)

UPDATE_PROFILE = """
mutation UpdateProfile($name: String, $locale: String) {
  updateProfile(name: $name, locale: $locale) {
    __typename
    ... on User { id name locale }
    ... on InvalidInput { code message field }
  }
}"""

SECURITY_EVENTS = """
query SecurityEvents($first: Int! = 20, $after: String) {
  securityEvents(first: $first, after: $after) {
    edges { cursor node { id kind occurredAt sessionId ipAddress userAgent reason } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}"""
ACCOUNT_EXPORT = "{ accountExport }"
DELETE_ACCOUNT = """
mutation DeleteAccount($password: String!) {
  deleteAccount(password: $password) {
    __typename
    ... on AccountDeleted { ok deletesAt }
    ... on Error { code message }
    ... on TooManyAttempts { retryAfter }
  }
}"""

COMPLETE_LOGIN = (
    """
mutation CompleteLogin(
  $proof: Proof, $ticket: String, $skip: Boolean! = false, $trustDevice: Boolean! = false
) {
  completeLogin(proof: $proof, ticket: $ticket, skip: $skip, trustDevice: $trustDevice) {
    __typename ...Payload ...Refusal
    ... on InvalidProof { attemptsLeft }
    ... on TooManyAttempts { retryAfter }
  }
}"""
    + _PAYLOAD
)
COMPLETE_PASSWORD_RESET = """
mutation CompletePasswordReset($proof: Proof!, $ticket: String) {
  completePasswordReset(proof: $proof, ticket: $ticket) {
    __typename ... on PasswordReset { ok } ... on Error { code message }
  }
}"""
REAUTHENTICATE = (
    """
mutation Reauthenticate($proof: Proof!) {
  reauthenticate(proof: $proof) { __typename ...Payload ...Refusal }
}"""
    + _PAYLOAD
)
BEGIN_PASSKEY_LOGIN = "mutation { beginPasskeyLogin { options expiresAt } }"
LOGIN_WITH_PASSKEY = (
    """
mutation LoginWithPasskey($credential: JSON!, $transport: RefreshTokenTransport! = COOKIE) {
  loginWithPasskey(credential: $credential, transport: $transport) {
    __typename ...Payload ...Refusal
  }
}"""
    + _PAYLOAD
)
BEGIN_TOTP_ENROLLMENT = """
mutation BeginTotpEnrollment($ticket: String) {
  beginTotpEnrollment(ticket: $ticket) { ticket secret uri }
}"""
_ADDED = """
    __typename
    ... on FactorAdded { factor { id kind name } recoveryCodes }
    ... on Error { code message }
"""
CONFIRM_TOTP_ENROLLMENT = f"""
mutation ConfirmTotpEnrollment($code: String!, $ticket: String, $loginTicket: String) {{
  confirmTotpEnrollment(code: $code, ticket: $ticket, loginTicket: $loginTicket) {{ {_ADDED} }}
}}"""
BEGIN_PASSKEY_REGISTRATION = "mutation { beginPasskeyRegistration { options expiresAt } }"
FINISH_PASSKEY_REGISTRATION = f"""
mutation FinishPasskeyRegistration($credential: JSON!, $ticket: String) {{
  finishPasskeyRegistration(credential: $credential, ticket: $ticket) {{ {_ADDED} }}
}}"""
RENAME_FACTOR = """
mutation RenameFactor($id: ID!, $name: String!) {
  renameFactor(id: $id, name: $name) {
    __typename ... on Factor { id name } ... on Error { code message }
  }
}"""
REMOVE_FACTOR = """
mutation RemoveFactor($id: ID!) {
  removeFactor(id: $id) { __typename ... on Error { code message } }
}"""
REGENERATE_RECOVERY_CODES = "mutation { regenerateRecoveryCodes { codes } }"
REVOKE_TRUSTED_DEVICE = """
mutation RevokeTrustedDevice($id: ID!) {
  revokeTrustedDevice(id: $id) { __typename ... on Error { code message } }
}"""
REQUEST_FACTOR_RESET = """
mutation RequestFactorReset($email: String!) { requestFactorReset(email: $email) { ok } }
"""
CONFIRM_FACTOR_RESET = """
mutation ConfirmFactorReset($token: String!) {
  confirmFactorReset(token: $token) {
    __typename ... on FactorResetScheduled { effectiveAt } ... on Error { code message }
  }
}"""
CANCEL_FACTOR_RESET = """
mutation CancelFactorReset($token: String) {
  cancelFactorReset(token: $token) { __typename ... on Error { code message } }
}"""
