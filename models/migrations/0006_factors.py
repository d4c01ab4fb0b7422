"""Second factors and passkeys, what waits for them, and what a session was proved with.

All of it is new tables and one column that may be null: a server of the release before goes on.
"""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from authberry.models.datetime_field import DatetimeField


class Migration(migrations.Migration):
    dependencies = [("authberry", "0005_indexes")]

    operations = [
        ops.CreateModel(
            name="FactorReset",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.OneToOneField(
                        "authberry.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="factor_reset",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("created_at", DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "effective_at",
                    DatetimeField(
                        description="When it is done, unless it is cancelled.",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
            ],
            options={
                "table": "authberry_factor_reset",
                "app": "authberry",
                "indexes": [Index(fields=["effective_at"])],
                "pk_attr": "id",
                "table_description": "One row an account that waits for its reset, until that is cancelled or done.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Passkey",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "authberry.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="passkeys",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                ("credential_id", fields.CharField(description="base64url.", max_length=1400)),
                (
                    "credential_hash",
                    fields.CharField(
                        unique=True,
                        description="SHA-256 of the credential's id, in hex.",
                        max_length=64,
                    ),
                ),
                (
                    "user_handle",
                    fields.CharField(
                        description="What the authenticator knows the person by, base64url.",
                        max_length=86,
                    ),
                ),
                ("public_key", fields.TextField(description="COSE, base64url.", unique=False)),
                ("sign_count", fields.BigIntField()),
                (
                    "aaguid",
                    fields.CharField(
                        description="What model of authenticator it is.", max_length=36
                    ),
                ),
                ("transports", fields.CharField(description="With commas.", max_length=100)),
                ("backup_eligible", fields.BooleanField()),
                ("backed_up", fields.BooleanField()),
                (
                    "user_verified",
                    fields.BooleanField(
                        description="Whether it has ever verified its user: uvInitialized."
                    ),
                ),
                ("created_at", DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_used_at", DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "authberry_passkey",
                "app": "authberry",
                "indexes": [Index(fields=["user_id"])],
                "pk_attr": "id",
                "table_description": "One row a key: the credential record of the specification (section 4).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="PendingLogin",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "authberry.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="pending_logins",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("purpose", fields.CharField(description="What it ends with.", max_length=32)),
                ("secret_hash", fields.CharField(description="SHA-256, in hex.", max_length=64)),
                (
                    "transport",
                    fields.CharField(
                        description="How the client will hold its token.", max_length=6
                    ),
                ),
                (
                    "proofs",
                    fields.CharField(
                        description="What was proved so far, as JSON.", max_length=200
                    ),
                ),
                ("rests_on", fields.CharField(max_length=64)),
                (
                    "sealed_payload",
                    fields.TextField(
                        null=True,
                        description="What is done once it is complete, AES-256-GCM, base64url.",
                        unique=False,
                    ),
                ),
                ("attempts", fields.IntField(default=0)),
                ("created_at", DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "authberry_pending_login",
                "app": "authberry",
                "indexes": [Index(fields=["user_id"]), Index(fields=["expires_at"])],
                "pk_attr": "id",
                "table_description": "One row a login that is not complete. There is no session before it is.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RecoveryCode",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "authberry.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="recovery_codes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "slot",
                    fields.CharField(
                        description="What a code begins with, so that one try costs one hash.",
                        max_length=2,
                    ),
                ),
                ("code_hash", fields.CharField(max_length=255)),
                ("created_at", DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "authberry_recovery_code",
                "app": "authberry",
                "unique_together": (("user", "slot"),),
                "pk_attr": "id",
                "table_description": "One row a code, known by a password hash of it. New codes replace all rows of before.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SpentChallenge",
            fields=[
                (
                    "challenge_hash",
                    fields.CharField(
                        primary_key=True,
                        unique=True,
                        db_index=True,
                        description="SHA-256, in hex.",
                        max_length=64,
                    ),
                ),
                ("expires_at", DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "authberry_spent_challenge",
                "app": "authberry",
                "indexes": [Index(fields=["expires_at"])],
                "pk_attr": "challenge_hash",
                "table_description": "One row a challenge that was answered, until its time would have been over.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Totp",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "authberry.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="totps",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                (
                    "sealed_seed",
                    fields.CharField(description="AES-256-GCM, base64url.", max_length=255),
                ),
                ("last_step", fields.BigIntField()),
                ("created_at", DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_used_at", DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "authberry_totp",
                "app": "authberry",
                "indexes": [Index(fields=["user_id"])],
                "pk_attr": "id",
                "table_description": "One row an app (RFC 6238).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="TrustedDevice",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "authberry.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="trusted_devices",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "token_hash",
                    fields.CharField(unique=True, description="SHA-256, in hex.", max_length=64),
                ),
                ("rests_on", fields.CharField(max_length=64)),
                ("user_agent", fields.CharField(null=True, max_length=400)),
                ("ip_address", fields.CharField(null=True, max_length=45)),
                ("created_at", DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_used_at", DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "authberry_trusted_device",
                "app": "authberry",
                "indexes": [Index(fields=["user_id"]), Index(fields=["expires_at"])],
                "pk_attr": "id",
                "table_description": "One row a browser and a person. It is over once the password or the factors have changed.",
            },
            bases=["Model"],
        ),
        ops.AddField(
            model_name="RefreshToken",
            name="proofs",
            field=fields.CharField(
                null=True,
                description="What was proved, as JSON, or amr alone if null.",
                max_length=255,
            ),
        ),
    ]
