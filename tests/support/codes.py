"""What an app shows: the codes of a secret, at the time of a test."""

from datetime import timedelta

import pyotp

from authberry import Auth


def code(auth: Auth, secret: str, *, after: timedelta = timedelta(0)) -> str:
    """Return the code that an app shows now, or after so long."""
    return pyotp.TOTP(secret).at(auth.clock.now() + after)
