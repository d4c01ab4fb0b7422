"""Indexes for lists and for what is due, so that neither reads a whole table; and where a walk is.

None is on a column that a rotation writes: of sessions PostgreSQL still writes one page.
"""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from authberry.models.index_creation import CreateIndex


class Migration(migrations.Migration):
    dependencies = [("authberry", "0004_email_keys")]

    operations = [
        CreateIndex("authberry_user_newest", "authberry_user (created_at DESC, id)"),
        CreateIndex(
            "authberry_user_deletion_due",
            "authberry_user (deletes_at, id) WHERE deletes_at IS NOT NULL",
        ),
        CreateIndex(
            "authberry_user_by_email_key",
            "authberry_user (email_key) WHERE email_key IS NOT NULL",
        ),
        CreateIndex("authberry_one_time_token_due", "authberry_one_time_token (expires_at)"),
        CreateIndex("authberry_outbox_recipient", "authberry_outbox (recipient_hash)"),
        CreateIndex("authberry_event_kind", "authberry_event (kind, id)"),
        ops.CreateModel(
            name="WalkPosition",
            fields=[
                ("name", fields.CharField(primary_key=True, max_length=32)),
                (
                    "position",
                    fields.UUIDField(description="The last row that was looked at."),
                ),
                (
                    "round_began_at",
                    fields.DatetimeField(description="When the walk last began at the first row."),
                ),
                (
                    "whole_since",
                    fields.DatetimeField(
                        null=True, description="When the last round began that came to the end."
                    ),
                ),
            ],
            options={
                "table": "authberry_walk",
                "app": "authberry",
                "pk_attr": "name",
                "table_description": "One row a walk over a table that goes on where the last one stopped.",
            },
            bases=["Model"],
        ),
    ]
