"""Users, refresh tokens, signing keys."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="SigningKey",
            fields=[
                ("kid", fields.CharField(primary_key=True, max_length=64)),
                ("position", fields.IntField(unique=True)),
                ("algorithm", fields.CharField(max_length=8)),
                ("public_jwk", fields.JSONField()),
                (
                    "encrypted_jwk",
                    fields.TextField(description="The whole JWK, AES-256-GCM, base64url."),
                ),
                ("created_at", fields.DatetimeField()),
                ("activates_at", fields.DatetimeField()),
            ],
            options={
                "table": "authberry_signing_key",
                "app": "authberry",
                "pk_attr": "kid",
                "table_description": "One row a key pair, the private half as ciphertext (see `authberry.keys`).",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="User",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("email", fields.CharField(unique=True, max_length=320)),
                ("email_verified", fields.BooleanField(default=False)),
                ("name", fields.CharField(null=True, max_length=200)),
                ("password_hash", fields.CharField(null=True, max_length=255)),
                ("roles", fields.JSONField(default=list)),
                ("created_at", fields.DatetimeField()),
                ("disabled_at", fields.DatetimeField(null=True)),
            ],
            options={
                "table": "authberry_user",
                "app": "authberry",
                "pk_attr": "id",
                "table_description": "One row a person.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="RefreshToken",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "authberry.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="refresh_tokens",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("generation", fields.BigIntField(default=0)),
                (
                    "token_hash",
                    fields.CharField(description="SHA-256 of the secret, in hex.", max_length=64),
                ),
                (
                    "transport",
                    fields.CharField(description="How the client holds the token.", max_length=6),
                ),
                (
                    "authenticated_at",
                    fields.DatetimeField(description="When the password was proved."),
                ),
                ("created_at", fields.DatetimeField()),
                ("rotated_at", fields.DatetimeField(null=True)),
                ("last_used_at", fields.DatetimeField()),
                (
                    "expires_at",
                    fields.DatetimeField(
                        description="The nearer of the idle and the absolute limit."
                    ),
                ),
                ("absolute_expires_at", fields.DatetimeField()),
                ("user_agent", fields.CharField(null=True, max_length=400)),
                ("ip_address", fields.CharField(null=True, max_length=45)),
                ("revoked_at", fields.DatetimeField(null=True)),
                ("revoked_reason", fields.CharField(null=True, max_length=32)),
            ],
            options={
                "table": "authberry_refresh_token",
                "app": "authberry",
                "indexes": [Index(fields=["user_id"])],
                "pk_attr": "id",
                "table_description": "One row a session, however often its token is rotated.",
            },
            bases=["Model"],
        ),
    ]
