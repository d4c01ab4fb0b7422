"""Factors: what somebody can prove beside a password, or in its place.

Apps that show codes (`totp`), passkeys, and recovery codes for whoever has lost both. Each checks
what somebody presents without writing anything, and uses it up inside the transaction of what it is
presented for, so that nothing is good twice and a fault in between costs nobody a code. Who is
asked for what, and when, is decided in `authberry.logins`.
"""

from authberry.factors.factors import Factor, FactorKind, Factors, UsedFactor, checked_name
from authberry.factors.passkeys import AcceptedCredentials, Ceremony, UsedPasskey
from authberry.factors.providers import provider_of
from authberry.factors.recovery_codes import UsedRecoveryCode
from authberry.factors.totp import TotpEnrollment, seed_sealer

__all__ = [
    "AcceptedCredentials",
    "Ceremony",
    "Factor",
    "FactorKind",
    "Factors",
    "TotpEnrollment",
    "UsedFactor",
    "UsedPasskey",
    "UsedRecoveryCode",
    "checked_name",
    "provider_of",
    "seed_sealer",
]
