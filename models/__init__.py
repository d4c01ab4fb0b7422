"""The tables, one per file, and the database that holds them.

`Database` opens and migrates them, `Statements` are those that every request needs, written out,
and `Changes` hears from PostgreSQL of what other processes have changed.
"""

from authberry.models.change_notifications import Changes
from authberry.models.database import (
    Condition,
    Database,
    DatabaseTooNew,
    DatabaseUnavailable,
    OtherDialect,
    Refusal,
    check_database_url,
    told_by_caller,
    tortoise_apps,
)
from authberry.models.factor_reset import FactorReset
from authberry.models.one_time_token import OneTimeToken
from authberry.models.outbox_message import OutboxMessage
from authberry.models.passkey import Passkey
from authberry.models.pending_login import PendingLogin
from authberry.models.recovery_code import RecoveryCode
from authberry.models.refresh_token import RefreshToken
from authberry.models.security_event import SecurityEvent
from authberry.models.signing_key import SigningKey
from authberry.models.spent_challenge import SpentChallenge
from authberry.models.statements import Claim, HeldFactors, NewEvent, Statements
from authberry.models.totp import Totp
from authberry.models.trusted_device import TrustedDevice
from authberry.models.user import User
from authberry.models.walk_position import WalkPosition

__all__ = [
    "Changes",
    "Claim",
    "Condition",
    "Database",
    "DatabaseTooNew",
    "DatabaseUnavailable",
    "FactorReset",
    "HeldFactors",
    "NewEvent",
    "OneTimeToken",
    "OtherDialect",
    "OutboxMessage",
    "Passkey",
    "PendingLogin",
    "RecoveryCode",
    "RefreshToken",
    "Refusal",
    "SecurityEvent",
    "SigningKey",
    "SpentChallenge",
    "Statements",
    "Totp",
    "TrustedDevice",
    "User",
    "WalkPosition",
    "check_database_url",
    "told_by_caller",
    "tortoise_apps",
]
