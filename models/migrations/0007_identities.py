"""Accounts at providers, and the way to a provider and back.

All of it is new tables: a server of the release before goes on.
"""

from uuid import uuid4

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from authberry.models.datetime_field import DatetimeField


class Migration(migrations.Migration):
    dependencies = [("authberry", "0006_factors")]

    operations = [
        ops.CreateModel(
            name="ExternalIdentity",
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
                        related_name="external_identities",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "provider",
                    fields.CharField(description="What the settings call it.", max_length=64),
                ),
                ("issuer", fields.CharField(max_length=255)),
                ("subject", fields.CharField(max_length=255)),
                (
                    "email",
                    fields.CharField(
                        null=True,
                        description="As the provider last said it. Nobody is known by it.",
                        max_length=320,
                    ),
                ),
                (
                    "is_proved",
                    fields.BooleanField(
                        description="Whether the account's owner has linked it. Else a new password removes it."
                    ),
                ),
                ("created_at", DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_used_at", DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "authberry_external_identity",
                "app": "authberry",
                "unique_together": (("issuer", "subject"),),
                "indexes": [Index(fields=["user_id"])],
                "pk_attr": "id",
                "table_description": "One row an account elsewhere, known by who vouches for it and by what it is called there.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ExternalLogin",
            fields=[
                (
                    "id",
                    fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True),
                ),
                (
                    "provider",
                    fields.CharField(description="What the settings call it.", max_length=64),
                ),
                ("purpose", fields.CharField(description="What it ends with.", max_length=16)),
                (
                    "state_hash",
                    fields.CharField(
                        unique=True,
                        description="SHA-256 of what the provider sends back, in hex.",
                        max_length=64,
                    ),
                ),
                (
                    "browser_hash",
                    fields.CharField(
                        null=True,
                        description="Of the cookie of the browser that has begun it.",
                        max_length=64,
                    ),
                ),
                (
                    "post_hash",
                    fields.CharField(
                        null=True,
                        description="Of its cookie for a provider that posts its answer.",
                        max_length=64,
                    ),
                ),
                (
                    "secret_hash",
                    fields.CharField(
                        null=True,
                        description="Of the ticket, where no cookie stands for it.",
                        max_length=64,
                    ),
                ),
                (
                    "transport",
                    fields.CharField(
                        description="How the client will hold its token.", max_length=7
                    ),
                ),
                (
                    "return_to",
                    fields.TextField(
                        description="Where the browser goes afterwards.", unique=False
                    ),
                ),
                (
                    "sealed_secrets",
                    fields.TextField(
                        null=True,
                        description="State, nonce and verifier, AES-256-GCM, base64url.",
                        unique=False,
                    ),
                ),
                (
                    "sealed_outcome",
                    fields.TextField(
                        null=True,
                        description="What the provider has said, AES-256-GCM, base64url.",
                        unique=False,
                    ),
                ),
                (
                    "user",
                    fields.ForeignKeyField(
                        "authberry.User",
                        source_field="user_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="external_logins",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "session_id",
                    fields.UUIDField(null=True, description="In which it was begun, if in one."),
                ),
                ("attempts", fields.IntField(default=0)),
                ("created_at", DatetimeField(auto_now=False, auto_now_add=False)),
                (
                    "answered_at",
                    DatetimeField(
                        null=True,
                        description="When the provider's answer came, which is taken once.",
                        auto_now=False,
                        auto_now_add=False,
                    ),
                ),
                ("expires_at", DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "authberry_external_login",
                "app": "authberry",
                "indexes": [
                    Index(fields=["user_id"]),
                    Index(fields=["browser_hash"]),
                    Index(fields=["expires_at"]),
                ],
                "pk_attr": "id",
                "table_description": "One row a login at a provider that has begun and is not complete.",
            },
            bases=["Model"],
        ),
    ]
