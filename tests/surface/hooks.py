"""Gives schemathesis access tokens. Loaded by the Python that has it."""

import secrets
from typing import Any

import requests
import scalars
import schemathesis

TIMEOUT = 60  # seconds
REGISTER = """
mutation ($email: String!) {
  register(email: $email, password: "a horse, a battery, a staple", transport: BODY) {
    ... on AuthPayload { accessToken } } }
"""


__all__ = ["FreshAccount", "scalars"]

ENDING = {
    "Mutation.changePassword",
    "Mutation.deleteAccount",
    "Mutation.logout",
    "Mutation.revokeOtherSessions",
}


@schemathesis.auth(refresh_interval=None)
class FreshAccount:
    """The token of one account; of a new one after a request that may have ended its session."""

    def __init__(self) -> None:
        """Have no account yet."""
        self._token: str | None = None

    def get(self, case: Any, _context: Any) -> str:
        """Return an access token that is good."""
        token = self._token or self._register(case.operation.base_url)
        self._token = None if case.operation.label in ENDING else token
        return token

    def set(self, case: Any, token: str, _context: Any) -> None:
        """Send it along."""
        case.headers["Authorization"] = f"Bearer {token}"

    def _register(self, url: str) -> str:
        variables = {"email": f"{secrets.token_hex(8)}@example.com"}
        body: Any = {"query": REGISTER, "variables": variables}
        response = requests.post(url, json=body, timeout=TIMEOUT)
        return str(response.json()["data"]["register"]["accessToken"])
