"""What the forms run."""

LOGIN = """
mutation ($email: String!, $password: String!) {
  login(email: $email, password: $password, transport: SESSION) {
    __typename ... on Error { message }
  }
}"""
COMPLETE_LOGIN = """
mutation ($code: String!) {
  completeLogin(proof: { totpCode: $code }) { __typename ... on Error { message } }
}"""
REAUTHENTICATE = """
mutation ($password: String!) {
  reauthenticate(proof: { password: $password }) { __typename ... on Error { message } }
}"""
LOGOUT = "mutation { logout { __typename } }"
SESSIONS = "{ sessions { id current userAgent lastUsedAt } }"
REVOKE_SESSION = """
mutation ($id: ID!) { revokeSession(id: $id) { __typename ... on Error { message } } }"""
