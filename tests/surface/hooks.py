"""What schemathesis asks of us: who it is. Loaded by the Python that has it."""

import secrets
from typing import Any

import requests
import schemathesis

TIMEOUT = 60  # seconds
REGISTER = """
mutation ($email: String!) {
  register(email: $email, password: "a horse, a battery, a staple", transport: BODY) {
    ... on AuthPayload { accessToken } } }
"""


@schemathesis.auth(refresh_interval=1)
class Somebody:
    """A new account now and then: whoever logs out on the way is somebody else a moment later."""

    def get(self, case: Any, _context: Any) -> str:
        """Register, and return the access token."""
        variables = {"email": f"{secrets.token_hex(8)}@example.com"}
        body: Any = {"query": REGISTER, "variables": variables}
        response = requests.post(case.operation.base_url, json=body, timeout=TIMEOUT)
        return str(response.json()["data"]["register"]["accessToken"])

    def set(self, case: Any, token: str, _context: Any) -> None:
        """Send it along."""
        case.headers["Authorization"] = f"Bearer {token}"
