"""The server whose tokens others verify, as far as they see of it."""

import base64
import json
from collections.abc import Mapping
from uuid import UUID

from frozen_clock import FrozenClock

from authberry import AccessTokenVerifier
from authberry.errors import Unauthenticated, UnauthenticatedReason
from authberry.tokens.jose import Key

ISSUER = "https://auth.example.com"
AUDIENCE = "https://api.example.com"
ADA = UUID("0197a3f0-0000-7000-8000-000000000001")
SESSION = UUID("0197a3f0-0000-7000-8000-000000000002")


class Issuer:
    """Signs tokens of Ada's, and any that no server would."""

    def __init__(self, clock: FrozenClock, algorithm: str = "ES256") -> None:
        """Begin with one key."""
        self._clock = clock
        self.key = Key.generate(algorithm)

    def token(self, header: Mapping[str, object] | None = None, **claims: object) -> str:
        """A token of now, for five minutes, with other claims perhaps, or another header."""
        now = int(self._clock.now().timestamp())
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(ADA),
            "client_id": "authberry",
            "iat": now,
            "exp": now + 300,
            "jti": "a token",
            "sid": str(SESSION),
            "roles": ["admin"],
            "auth_time": now,
            "amr": ["pwd"],
            **claims,
        }
        members = {"alg": self.key.algorithm, "kid": self.key.kid, "typ": "at+jwt"}
        signed = f"{_segment({**members, **(header or {})})}.{_segment(payload)}"
        signature = self.key._signer.sign(signed.encode(), self.key._material)
        return f"{signed}.{encoded(signature)}"


def _segment(members: dict[str, object]) -> str:
    return encoded(json.dumps(members).encode())


def encoded(raw: bytes) -> str:
    """A segment of a token."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


async def refusal(verifier: AccessTokenVerifier, token: str) -> UnauthenticatedReason | None:
    """Why a token is refused; None if it is good."""
    try:
        await verifier.verify(token)
    except Unauthenticated as error:
        return error.reason
    return None
