"""The rows of the database, read without the rules."""

from typing import Any
from uuid import UUID

from authberry import Auth, Issued
from authberry.models import (
    ExternalIdentity,
    ExternalLogin,
    FactorReset,
    OneTimeToken,
    OutboxMessage,
    Passkey,
    PendingLogin,
    RecoveryCode,
    RefreshToken,
    SecurityEvent,
    SigningKey,
    SpentChallenge,
    Totp,
    TrustedDevice,
    User,
)

Row = dict[str, Any]

EVENTS = SecurityEvent.__name__
ALL = [
    "0001_initial",
    "0002_changes",
    "0003_account_life",
    "0004_email_keys",
    "0005_indexes",
    "0006_factors",
    "0007_identities",
    "0008_session_cookies",
]
"""Every migration."""


async def session_row(auth: Auth, session: Issued | UUID) -> Row:
    """Read the row of a session."""
    session_id = session if isinstance(session, UUID) else session.session.id
    with auth.database.use():
        return await RefreshToken.get(id=session_id).values()


async def user_row(auth: Auth, user: User) -> Row:
    """Read the row of a person."""
    with auth.database.use():
        return await User.get(id=user.id).values()


async def everything(auth: Auth) -> dict[str, list[Row]]:
    """Read every row of every table, to compare a state with a later one."""
    with auth.database.use():
        return {
            model.__name__: await model.all().order_by(key).values()
            for model, key in (
                (User, "id"),
                (RefreshToken, "id"),
                (SigningKey, "kid"),
                (OneTimeToken, "id"),
                (OutboxMessage, "id"),
                (SecurityEvent, "id"),
                (Totp, "id"),
                (Passkey, "id"),
                (RecoveryCode, "id"),
                (PendingLogin, "id"),
                (TrustedDevice, "id"),
                (SpentChallenge, "challenge_hash"),
                (FactorReset, "id"),
                (ExternalIdentity, "id"),
                (ExternalLogin, "id"),
            )
        }


async def everything_but_events(auth: Auth) -> dict[str, list[Row]]:
    """The same, but for what happened, of which a server that is asked something writes more."""
    return {name: rows for name, rows in (await everything(auth)).items() if name != EVENTS}


def changes(before: Row, after: Row) -> Row:
    """What is different in the later of two states of a row."""
    return {name: value for name, value in after.items() if value != before[name]}
