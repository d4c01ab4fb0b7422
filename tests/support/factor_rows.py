"""Rows of factors, written past the rules, for what reads, counts or deletes them."""

from datetime import timedelta
from uuid import uuid4

from authberry import Auth
from authberry.models import (
    FactorReset,
    Passkey,
    PendingLogin,
    RecoveryCode,
    SpentChallenge,
    Totp,
    TrustedDevice,
    User,
)

SECRETS = {
    "sealed_seed": "c2VhbGVk",
    "code_hash": "$argon2id$a code",
    "secret_hash": "5" * 64,
    "token_hash": "7" * 64,
    "rests_on": "8" * 64,
    "sealed_payload": "cGF5bG9hZA",
    "public_key": "a public key",
    "credential_hash": "6" * 64,
}
"""What stands in columns that no export may hold."""


async def add_app(auth: Auth, user: User, name: str = "Phone") -> Totp:
    """Add an app that shows codes."""
    with auth.database.use():
        return await Totp.create(
            id=uuid4(),
            user=user,
            name=name,
            sealed_seed=SECRETS["sealed_seed"],
            last_step=1,
            created_at=auth.clock.now(),
        )


async def add_passkey(auth: Auth, user: User, name: str = "Laptop") -> Passkey:
    """Add a passkey."""
    passkey_id = uuid4()
    with auth.database.use():
        return await Passkey.create(
            id=passkey_id,
            user=user,
            name=name,
            credential_id=f"credential-{passkey_id}",
            credential_hash=passkey_id.hex + passkey_id.hex,
            user_handle="a handle",
            public_key=SECRETS["public_key"],
            sign_count=3,
            aaguid="00000000-0000-0000-0000-000000000000",
            transports="internal,hybrid",
            backup_eligible=True,
            backed_up=True,
            user_verified=True,
            created_at=auth.clock.now(),
        )


async def add_recovery_code(auth: Auth, user: User) -> RecoveryCode:
    """Add a code on paper."""
    with auth.database.use():
        return await RecoveryCode.create(
            id=uuid4(),
            user=user,
            slot="AB",
            code_hash=SECRETS["code_hash"],
            created_at=auth.clock.now(),
        )


async def add_pending_login(
    auth: Auth, user: User, lasts: timedelta = timedelta(minutes=5)
) -> PendingLogin:
    """Add a login that waits for its second factor."""
    now = auth.clock.now()
    with auth.database.use():
        return await PendingLogin.create(
            id=uuid4(),
            user=user,
            purpose="login",
            secret_hash=SECRETS["secret_hash"],
            transport="COOKIE",
            proofs='{"amr":["pwd"],"acr":"aal1"}',
            rests_on=SECRETS["rests_on"],
            sealed_payload=SECRETS["sealed_payload"],
            created_at=now,
            expires_at=now + lasts,
        )


async def add_trusted_device(
    auth: Auth, user: User, lasts: timedelta = timedelta(days=30)
) -> TrustedDevice:
    """Add a browser in which no second factor is asked for."""
    now, device_id = auth.clock.now(), uuid4()
    with auth.database.use():
        return await TrustedDevice.create(
            id=device_id,
            user=user,
            token_hash=device_id.hex + device_id.hex,
            rests_on=SECRETS["rests_on"],
            user_agent="Firefox",
            ip_address="192.0.2.1",
            created_at=now,
            last_used_at=now,
            expires_at=now + lasts,
        )


async def add_spent_challenge(
    auth: Auth, lasts: timedelta = timedelta(minutes=5)
) -> SpentChallenge:
    """Add a challenge that was answered."""
    with auth.database.use():
        return await SpentChallenge.create(
            challenge_hash=uuid4().hex + uuid4().hex, expires_at=auth.clock.now() + lasts
        )


async def add_factor_reset(
    auth: Auth, user: User, waits: timedelta = timedelta(hours=72)
) -> FactorReset:
    """Add a reset that waits."""
    now = auth.clock.now()
    with auth.database.use():
        return await FactorReset.create(
            id=uuid4(), user=user, created_at=now, effective_at=now + waits
        )
