"""A browser on which its owner is not asked for a second factor."""

from datetime import datetime
from uuid import UUID

from tortoise import fields
from tortoise.models import Model

from authberry.models.datetime_field import DatetimeField
from authberry.models.user import User


class TrustedDevice(Model):
    """One row a browser and a person. It is over once the password or the factors have changed."""

    id = fields.UUIDField(primary_key=True)
    user: fields.ForeignKeyRelation[User] = fields.ForeignKeyField(
        User, related_name="trusted_devices", on_delete=fields.CASCADE
    )
    user_id: UUID
    token_hash = fields.CharField(max_length=64, unique=True, description="SHA-256, in hex.")
    rests_on = fields.CharField(max_length=64)
    user_agent = fields.CharField(max_length=400, null=True)
    ip_address = fields.CharField(max_length=45, null=True)
    created_at: datetime = DatetimeField()
    last_used_at: datetime = DatetimeField()
    expires_at: datetime = DatetimeField()

    class Meta:
        app = "authberry"
        table = "authberry_trusted_device"
        indexes = (("user_id",), ("expires_at",))
