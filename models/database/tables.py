"""The tables of ours: what each is used for, and the names that a message may repeat."""

from tortoise.models import Model

from authberry.models.external_identity import ExternalIdentity
from authberry.models.external_login import ExternalLogin
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
from authberry.models.tortoise_internals import columns, meta
from authberry.models.totp import Totp
from authberry.models.trusted_device import TrustedDevice
from authberry.models.user import User
from authberry.models.walk_position import WalkPosition

MODELS: tuple[type[Model], ...] = (
    User,
    RefreshToken,
    SigningKey,
    OneTimeToken,
    OutboxMessage,
    SecurityEvent,
    WalkPosition,
    Totp,
    Passkey,
    RecoveryCode,
    PendingLogin,
    TrustedDevice,
    SpentChallenge,
    FactorReset,
    ExternalIdentity,
    ExternalLogin,
)
MIGRATIONS = "tortoise_migrations"
TABLES = frozenset({MIGRATIONS, *(meta(model).db_table for model in MODELS)})

_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
RIGHTS: dict[str, tuple[str, ...]] = {
    **{meta(model).db_table: _ALL for model in MODELS},
    SecurityEvent.Meta.table: ("SELECT", "INSERT", "DELETE"),  # events are never changed
    MIGRATIONS: ("SELECT",),
}
"""What a server does with each table, and has to be allowed to."""


def known_columns() -> frozenset[str]:
    """Return the names of all columns of ours; complete once a database was opened."""
    return frozenset(name for model in MODELS for name in columns(model))
