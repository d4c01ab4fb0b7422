"""What addresses are compared by, where that is not the address as it is stored.

Both columns may be null: a server of the release before writes rows without them, and an address in
plain letters, which is its own key, needs none. So a large table is neither rewritten nor updated.
The index takes rows as they are: without keys it says no more than that on `email`.
"""

from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("authberry", "0003_account_life")]

    operations = [
        ops.AddField(
            model_name="User",
            name="email_key",
            field=fields.CharField(
                null=True,
                description="What it is compared by, if that is not email.",
                max_length=320,
            ),
        ),
        ops.AddField(
            model_name="OneTimeToken",
            name="email_key",
            field=fields.CharField(
                null=True,
                description="What it is compared by, if that is not email.",
                max_length=320,
            ),
        ),
        ops.RunSQL(
            "CREATE UNIQUE INDEX authberry_user_one_address"
            " ON authberry_user (COALESCE(email_key, email))"
        ),
        ops.AddIndex(model_name="OneTimeToken", index=Index(fields=["email_key"])),
    ]
