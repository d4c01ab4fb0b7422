"""One-time tokens, the outbox, and what happened; the rest of what an account has in its life."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from authberry.models.postgres_only import RunOnPostgres


class Migration(migrations.Migration):
    dependencies = [("authberry", "0002_changes")]

    operations = [
        # Each may be null: a server of the release before writes rows without them.
        ops.AddField(
            model_name="User",
            name="locale",
            field=fields.CharField(
                null=True, description="The language of mails, as BCP 47 writes it.", max_length=16
            ),
        ),
        ops.AddField(
            model_name="User",
            name="deletes_at",
            field=fields.DatetimeField(
                null=True, description="When the account goes, unless its owner logs in before."
            ),
        ),
        ops.AddField(
            model_name="RefreshToken",
            name="amr",
            field=fields.CharField(
                null=True,
                description="How it was proved who they are, pwd if null.",
                max_length=16,
            ),
        ),
        ops.CreateModel(
            name="OneTimeToken",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                (
                    "user",
                    fields.ForeignKeyField(
                        "authberry.User",
                        source_field="user_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="one_time_tokens",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("purpose", fields.CharField(max_length=32)),
                (
                    "token_hash",
                    fields.CharField(unique=True, description="SHA-256, in hex.", max_length=64),
                ),
                ("rests_on", fields.CharField(null=True, max_length=64)),
                (
                    "email",
                    fields.CharField(
                        null=True,
                        description="The address that the account is to have.",
                        max_length=320,
                    ),
                ),
                (
                    "browser_hash",
                    fields.CharField(
                        null=True,
                        description="Of the cookie of the browser that asked.",
                        max_length=64,
                    ),
                ),
                ("created_at", fields.DatetimeField()),
                ("expires_at", fields.DatetimeField()),
            ],
            options={
                "table": "authberry_one_time_token",
                "app": "authberry",
                "indexes": [Index(fields=["user_id"]), Index(fields=["email"])],
                "pk_attr": "id",
                "table_description": "One row a link, for one purpose and one person.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="OutboxMessage",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("letter", fields.CharField(max_length=32)),
                (
                    "payload",
                    fields.TextField(description="To whom and about what, AES-256-GCM, base64url."),
                ),
                (
                    "recipient_hash",
                    fields.CharField(
                        null=True, description="HMAC-SHA256 of the address, in hex.", max_length=64
                    ),
                ),
                ("attempts", fields.IntField(default=0)),
                ("last_error", fields.CharField(null=True, max_length=200)),
                ("created_at", fields.DatetimeField()),
                (
                    "expires_at",
                    fields.DatetimeField(description="When it is too late to be of use."),
                ),
                (
                    "due_at",
                    fields.DatetimeField(
                        description="When it is tried next. Whoever takes it moves this forward."
                    ),
                ),
            ],
            options={
                "table": "authberry_outbox",
                "app": "authberry",
                "indexes": [Index(fields=["due_at"])],
                "pk_attr": "id",
                "table_description": "One row a mail, written with the change it tells of.",
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", fields.UUIDField(primary_key=True)),
                ("kind", fields.CharField(max_length=32)),
                ("occurred_at", fields.DatetimeField()),
                ("user_id", fields.UUIDField(null=True)),
                ("session_id", fields.UUIDField(null=True)),
                ("client_id", fields.CharField(null=True, max_length=64)),
                ("reason", fields.CharField(null=True, max_length=64)),
                ("count", fields.IntField(null=True)),
                ("ip_address", fields.CharField(null=True, max_length=45)),
                ("user_agent", fields.CharField(null=True, max_length=400)),
                ("request_id", fields.CharField(null=True, max_length=32)),
            ],
            options={
                "table": "authberry_event",
                "app": "authberry",
                "indexes": [Index(fields=["user_id", "id"])],
                "pk_attr": "id",
                "table_description": "One row an event of the security log.",
            },
            bases=["Model"],
        ),
        RunOnPostgres(
            [
                """
                CREATE OR REPLACE FUNCTION authberry_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                  RAISE EXCEPTION 'events are added and deleted, never changed';
                END $$
                """,
                """
                CREATE TRIGGER authberry_event_unchanged
                  BEFORE UPDATE ON authberry_event
                  FOR EACH ROW EXECUTE FUNCTION authberry_refuse_change()
                """,
            ]
        ),
    ]
