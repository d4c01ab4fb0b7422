"""Room for the word by which a session says that a cookie stands for it.

A server of the release before goes on: it begins no such session, and renews none.
"""

from tortoise import fields, migrations

from authberry.models.postgres_only import AlterFieldOnPostgres


class Migration(migrations.Migration):
    dependencies = [("authberry", "0007_identities")]

    operations = [
        AlterFieldOnPostgres(
            model_name="RefreshToken",
            name="transport",
            field=fields.CharField(max_length=7, description="How the client holds the token."),
        ),
        AlterFieldOnPostgres(
            model_name="PendingLogin",
            name="transport",
            field=fields.CharField(max_length=7, description="How the client will hold its token."),
        ),
    ]
