from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    dependencies = [("authberry", "0002_changes")]

    initial = True

    operations = [
        ops.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    fields.IntField(generated=True, primary_key=True, unique=True, db_index=True),
                ),
                (
                    "account",
                    fields.OneToOneField(
                        "authberry.User",
                        source_field="account_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="customer",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("nickname", fields.CharField(max_length=50)),
            ],
            options={
                "table": "user",
                "app": "shop",
                "pk_attr": "id",
                "table_description": "A customer. Who they are, Authberry knows. What they like, the shop does.",
            },
            bases=["Model"],
        ),
    ]
