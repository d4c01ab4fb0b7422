"""The shop's own tables."""

from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models import User as Account


class User(Model):
    """A customer. Who they are, Authberry knows. What they like, the shop does."""

    id = fields.IntField(primary_key=True)
    account: fields.OneToOneRelation[Account] = fields.OneToOneField(
        Account, related_name="customer", on_delete=fields.CASCADE
    )
    account_id: UUID
    nickname = fields.CharField(max_length=50)

    class Meta:
        table = "user"
